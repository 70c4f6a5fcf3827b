"""What `bench.py capacity` shows beside its curves: what a server holds, and a picture."""

from rich.box import SIMPLE
from rich.console import RenderableType
from rich.table import Table

from scripts.bench_capacity_price import UNITS
from scripts.bench_command import Summary
from scripts.bench_panels import Curve


def tables(summary: Summary) -> list[RenderableType]:
    """How many players a server holds, and what they cost; nothing where too little was measured."""
    found = summary["capacity"]
    return [] if found is None else [_assumed(found), _limits(found), _machines(found)]


def _assumed(found: Summary) -> str:
    assumed = found["assumed"]
    return (
        f"Assumed: a player makes {assumed['claims_per_h']:g} requests and sends "
        f"{assumed['positions_per_h']:g} positions an hour; {assumed['announcements_per_h']:g} "
        f"announcements come; {assumed['headroom']:g} times the average must be free; a server may take "
        f"{assumed['memory_gib']:g} GiB; a core costs {assumed['price']:g} an hour. A player then takes "
        f"{found['player_core_ms_per_h']:,.1f} ms of a core an hour."
    )


def _limits(found: Summary) -> Table:
    result = Table(title="What one server on one core holds", box=SIMPLE)
    result.add_column("what gives way")
    result.add_column("holds", justify="right")
    result.add_column("of")
    for what, players in found["limits"].items():
        mark = "  <- first" if what == found["first_to_give_way"] else ""
        result.add_row(what, f"{players:,}", f"{UNITS[what]}{mark}")
    return result


def _machines(found: Summary) -> Table:
    result = Table(title="What machines hold", box=SIMPLE)
    for heading in (
        "machines",
        "cores each",
        "servers each",
        "players in all",
        "in one hunt",
        "price an hour",
        "1,000 players an hour",
    ):
        result.add_column(heading, justify="right")
    for row in found["machines"]:
        result.add_row(
            f"{row['machines']}",
            f"{row['cores']}",
            f"{row['servers']}",
            f"{row['players']:,}",
            f"{row['in_one_hunt']:,}",
            f"{row['price_per_h']:.2f}",
            f"{row['per_1000_h']:.4f}",
        )
    return result


def panels(summary: Summary) -> list[Curve]:
    """A small curve for each figure."""
    result = []
    for row in summary["rows"]:
        exponent = row["exponent"]
        grows = row["verdict"] if exponent is None else f"{row['verdict']} (e = {exponent:.2f})"
        result.append(
            Curve(
                row["title"],
                row["across"],
                row["unit"],
                tuple((x, y) for x, y in row["curve"]),
                tuple((x, y) for x, y in row["line"]),
                grows,
                row["remark"] is not None,
            )
        )
    return result
