"""`bench.py peers`: the same claims on what people would pick instead, Socket.IO and Colyseus."""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from scripts import bench_claims
from scripts.bench_children import cores, on_core
from scripts.bench_claims import Run, Sample, Settings, locations
from scripts.bench_command import (
    Benchmark,
    Column,
    Summary,
    Tell,
    correct,
    count_to,
    ratio,
    seconds,
    target,
)
from scripts.bench_panels import Bars, bars
from scripts.bench_peers_servers import (
    PEERS,
    Peer,
    install,
    journaled,
    players,
    running_peer,
)
from scripts.bench_report import correctness, figures
from scripts.load_generator import generator, program
from server.limits import raise_descriptor_limit

TEXT = """\
Plays the same hunt on Cairn and then, one at a time on the same core, on servers of Node that people
would pick instead: Socket.IO (websockets only) and Colyseus, each with a journal and without. The load
comes from another core: every connection is a team, and every claim finds a new location. A peer keeps
teams and locations in memory, checks the code, the order of finders and the bonus, and answers; the
journaled ones save in SQLite (WAL, synchronous=FULL) what came in a turn of their loop with one commit
at its end. They tell nobody what is saved, which Cairn does.

It needs Node 20 or newer, npm with its registry, and a C compiler. The packages are pinned; they go to
the folder that --packages names and are used again from there, else to a temporary one, which takes a
minute. Targets: ahead of each journaled peer with 1 and 8 claims in flight, and of each that keeps
everything in memory with 1.
"""

DEPTHS = (1, 8)
"""Claims in flight for each connection."""

COLUMNS = (
    Column("what", "claims on"),
    Column("per_s_1", "1 in flight, /s", ",.0f"),
    Column("p99_ms_1", "p99, ms", ",.1f"),
    Column("ratio_1", "Cairn / it", ".2f"),
    Column("per_s_8", "8 in flight, /s", ",.0f"),
    Column("p99_ms_8", "p99, ms", ",.1f"),
    Column("ratio_8", "Cairn / it", ".2f"),
    Column("server_busy", "server busy", ".0%"),
    Column("load_busy", "load busy", ".0%"),
)


class Result(Struct, frozen=True):
    """What one server has shown."""

    row: Summary
    accepted: int
    journaled: int | None
    """Finds in its database; None: it keeps none."""
    refused: int

    @property
    def is_correct(self) -> bool:
        """Whether nothing was lost or refused."""
        return self.refused == 0 and self.journaled in (None, self.accepted)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `peers`."""
    text = "default: %(default)s"
    parser.add_argument("--connections", type=count_to(10_000), default=200, metavar="N", help=text)
    parser.add_argument("--seconds", type=seconds, default=5.0, help=f"of each phase; {text}")
    parser.add_argument("--packages", type=Path, help="folder for Node's packages, used again")


def measure(options: argparse.Namespace, tell: Tell) -> Summary:
    """Measure once.

    Raises:
        LoadFailed, CannotStart, OSError: it could not be done; without Node, too.
    """
    settings = _settings(options)
    raise_descriptor_limit(settings.connections)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        tell("Node's packages", 0.0)
        installed = (options.packages or folder / "packages").resolve()
        install(installed)
        share = 1.0 / (1 + len(PEERS))
        tell("Cairn", share)
        results = [_cairn(bench_claims.one_run(settings, lambda _what, _share: None))]
        with on_core(cores()[1]):
            load = program("c", folder)
            for peer in PEERS:
                tell(peer.name, share)
                results.append(_measure_peer(settings, peer, load, installed, folder))
    return _summary(results)


def _settings(options: argparse.Namespace) -> Settings:
    is_quick = options.quick
    return Settings(
        connections=min(options.connections, 20) if is_quick else options.connections,
        depths=DEPTHS,
        seconds=min(options.seconds, 0.3) if is_quick else options.seconds,
        open_connections=1,
        open_rate_per_s=0.0,
        encoding="json",
        folder=options.folder,
        anchors=(),
        generator="c",
    )


def _cairn(run: Run) -> Result:
    refused = int(correctness([run])["refused"])
    row = _row("Cairn, journaled", list(run.samples["cairn"].values()))
    return Result(row, run.accepted, run.journaled, refused)


def _measure_peer(
    settings: Settings, peer: Peer, load: Path | None, installed: Path, folder: Path
) -> Result:
    count = locations(settings, is_open=False)
    samples: list[Sample] = []
    with running_peer(peer, installed, folder, count) as child:
        everybody = players(peer, child, settings.connections, count)
        with generator(load, everybody, folder) as playing:
            for depth in settings.depths:
                before_s = child.cpu_s()
                phase = playing.closed_loop(depth, settings.seconds)
                took_s = phase.seconds + phase.drain_s
                samples.append(Sample(phase, min(1.0, (child.cpu_s() - before_s) / took_s)))
        child.stop()
    return Result(
        _row(peer.name, samples),
        sum(sample.phase.accepted for sample in samples),
        journaled(peer, folder) if peer.is_journaled else None,
        sum(sample.phase.refused for sample in samples),
    )


def _row(what: str, samples: Sequence[Sample]) -> Summary:
    row: Summary = {"what": what}
    for depth, sample in zip(DEPTHS, samples, strict=True):
        shown = figures(sample)
        row |= {f"per_s_{depth}": shown["per_s"], f"p99_ms_{depth}": shown["p99_ms"]}
    return row | {
        "server_busy": min(sample.server_busy for sample in samples),
        "load_busy": max(sample.phase.busy for sample in samples),
        "exhausted": max(sample.phase.exhausted for sample in samples),
    }


def _summary(results: Sequence[Result]) -> Summary:
    ours, *theirs = (result.row for result in results)
    for row in theirs:
        row |= {f"ratio_{n}": ratio(ours[f"per_s_{n}"], row[f"per_s_{n}"]) for n in DEPTHS}
    is_correct = all(result.is_correct for result in results)
    counted = [result for result in results if result.journaled is not None]
    accepted = sum(result.accepted for result in counted)
    saved = sum(result.journaled or 0 for result in counted)
    refused = sum(result.refused for result in results)
    text = f"{accepted:,} claims accepted with a journal, {saved:,} in it, {refused:,} refused."
    return {
        "rows": [ours, *theirs],
        "targets": _targets(theirs),
        "correct": correct(is_correct, text),
    }


def _targets(rows: Sequence[Summary]) -> list[Summary]:
    return [
        target(f"Cairn / {peer.name}, {depth} in flight", row[f"ratio_{depth}"], 1.0)
        for peer, row in zip(PEERS, rows, strict=True)
        for depth in DEPTHS
        if peer.is_journaled or depth == 1
    ]


def panels(summary: Summary) -> list[Bars]:
    """Throughput at each depth."""
    return [
        bars(
            summary["rows"],
            f"per_s_{depth}",
            f"Claims answered, {depth} in flight on each connection",
            "claims/s",
            ",.0f",
        )
        for depth in DEPTHS
    ]


PEERS_BENCHMARK = Benchmark(
    "peers",
    "the same claims on Socket.IO and Colyseus (needs Node)",
    TEXT,
    "The same claims on Cairn and on what people would pick instead",
    COLUMNS,
    add_arguments,
    measure,
    panels,
)
