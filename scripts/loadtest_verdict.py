"""Whether a server is fit for so many players. Pure: from what was measured to a verdict."""

from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from scripts.loadtest_books import Books
from scripts.loadtest_master import Health
from scripts.loadtest_strain import Machine, Strain
from scripts.loadtest_tally import Figures

ANSWER_P99_MAX_S = 0.25
"""Seconds within which 99 of 100 requests must be answered: above it a tap feels like waiting."""

JOIN_P99_MAX_S = 3.0
"""Seconds within which 99 of 100 joins must be welcomed: while all come at once people wait for a
page to load, and no longer."""

SAVED_P99_MAX_S = 1.0
"""Seconds after which 99 of 100 answers must be final. The second tick may lag behind the first,
but what is not saved has to be sent again after a crash."""

ANNOUNCE_P99_MAX_S = 1.0
"""Seconds within which an announcement must reach 99 of 100 phones: a warning of a thunderstorm."""

RESUMED_MIN = 0.99
"""Part of the lost connections that must have been resumed. One phone in a hundred may just be on
its way when the test ends."""

EXPECTED = frozenset(
    {"wrong_code", "already_found", "already_bought", "already_applied", "no_change"}
)
"""Reasons of refusals that the test provokes: mistyped codes, team-mates who come second, answers
that were lost with a connection."""

STEPS_PLAYERS_NOTICE = frozenset({"joins", "claims"})
"""Steps of the ladder that nobody may reach: whoever comes is sent away, or is answered `busy`."""


class Tolerances(Struct, frozen=True):
    """What is tolerated. In seconds, but for the last."""

    answer_p99_s: float = ANSWER_P99_MAX_S
    join_p99_s: float = JOIN_P99_MAX_S
    saved_p99_s: float = SAVED_P99_MAX_S
    announce_p99_s: float = ANNOUNCE_P99_MAX_S
    resumed_min: float = RESUMED_MIN


class Measured(Struct, frozen=True):
    """Everything that a load test measured."""

    players: int = 0
    joined: int = 0
    answers: dict[str, Figures] = {}
    """By kind; joins and comebacks among them."""
    requests: Figures = Figures()
    """All kinds of requests together, without joins and comebacks."""
    saved: Figures = Figures()
    heard: Figures = Figures()
    accepted: dict[str, int] = {}
    refused: dict[str, int] = {}
    closed: dict[str, int] = {}
    not_in: dict[str, int] = {}
    gone: dict[str, int] = {}
    announced: int = 0
    """Announcements that were made."""
    unanswered: int = 0
    """Requests without an answer in the end."""
    unsaved: int = 0
    """Requests that were never called saved."""
    drops: int = 0
    resumes: int = 0
    positions: int = 0
    books: Books = field(default_factory=Books)
    health: Health = Health()
    """The worst of each figure."""
    machine: Machine = Machine()
    is_interrupted: bool = False

    @property
    def lost(self) -> int:
        """Connections that were lost, whoever cut them."""
        return self.drops + sum(self.closed.values())


class Reason(Struct, frozen=True):
    """Why the server is not fit."""

    name: str
    """For scripts."""
    text: str
    """For people."""


class Verdict(Struct, frozen=True):
    """What the test came to."""

    is_fit: bool
    reasons: list[Reason]
    """Why not."""
    notes: list[str]
    """What is worth knowing all the same."""
    strains: list[Strain]
    first: str
    """What would give way first, in words."""


def reasons(measured: Measured, tolerated: Tolerances) -> list[Reason]:
    """Why the server is not fit for these players; nothing when it is."""
    found = [
        *_people(measured),
        *_outcomes(measured),
        *_books(measured.books),
        *_times(measured, tolerated),
        *_server(measured.health),
    ]
    if measured.is_interrupted:
        found.append(Reason("interrupted", "The test was stopped before its end."))
    if found and measured.machine.is_bottleneck:
        text = (
            "This load generator could not keep up (see below), so what is slow may be its own "
            "fault. The figures say little about the server."
        )
        found.insert(0, Reason("load_machine", text))
    return found


def _people(measured: Measured) -> Iterator[Reason]:
    if measured.joined < measured.players:
        out = measured.players - measured.joined
        yield Reason("joins", f"{out:,} players never got in ({_counts(measured.not_in)}).")
    if measured.closed:
        text = f"Connections were lost that no phone had cut: {_counts(measured.closed)}."
        yield Reason("closed", text)
    if measured.gone:
        yield Reason("sent_away", f"Phones were sent away for good: {_counts(measured.gone)}.")


def _outcomes(measured: Measured) -> Iterator[Reason]:
    if busy := measured.refused.get("busy", 0):
        yield Reason("busy", f"Players were answered busy {busy:,} times.")
    if internal := measured.refused.get("internal", 0):
        yield Reason("internal", f"Cairn failed on {internal:,} requests.")
    if measured.unanswered:
        yield Reason("unanswered", f"{measured.unanswered:,} requests were never answered.")
    if measured.unsaved > measured.unanswered:
        unsaved = measured.unsaved - measured.unanswered
        yield Reason("unsaved", f"{unsaved:,} answers were never called saved.")
    if not measured.requests.count:
        yield Reason("nothing", "Not one request was answered.")


def _books(books: Books) -> Iterator[Reason]:
    if books.wrong:
        text = f"{books.wrong:,} things are not as they were answered: {'; '.join(books.examples)}."
        yield Reason("not_exactly_once", f"{text} This must never happen, please report it.")
    if books.unreachable:
        text = f"{books.unreachable:,} teams could not be compared: no phone came back to look."
        yield Reason("not_compared", text)


def _times(measured: Measured, tolerated: Tolerances) -> Iterator[Reason]:
    joins = measured.answers.get("join", Figures())
    for name, what, figures, most_s in (
        ("slow_answers", "answers", measured.requests, tolerated.answer_p99_s),
        ("slow_joins", "joins", joins, tolerated.join_p99_s),
        ("slow_saved", "'saved'", measured.saved, tolerated.saved_p99_s),
        ("slow_announcements", "announcements", measured.heard, tolerated.announce_p99_s),
    ):
        if figures.p99_s > most_s:
            text = f"1 of 100 {what} took over {figures.p99_s:.3g} s; {most_s:g} s is tolerated."
            yield Reason(name, text)
    if measured.announced and not measured.heard.count:
        yield Reason("unheard", "No phone heard an announcement.")
    if measured.resumes < tolerated.resumed_min * measured.lost:
        text = f"Of {measured.lost:,} lost connections {measured.resumes:,} were resumed."
        yield Reason("resumes", text)


def _server(health: Health) -> Iterator[Reason]:
    if shed := sorted(health.shed & STEPS_PLAYERS_NOTICE):
        yield Reason("shed", f"The server gave up: {', '.join(shed)}.")
    if health.commit_failures:
        yield Reason("storage", f"{health.commit_failures:,} commits failed; see the server's log.")
    if health.actor_failures:
        text = f"{health.actor_failures:,} failures in actors; see the server's log."
        yield Reason("actors", text)


def notes(measured: Measured, tolerated: Tolerances) -> list[str]:
    """What is no reason against the server, but worth knowing."""
    found = []
    own_s = measured.health.accept_p99_s
    if measured.requests.p99_s > tolerated.answer_p99_s and own_s < tolerated.answer_p99_s / 2:
        found.append(
            f"The server itself made 99 of 100 answers within {own_s:.3g} s; the rest of the time "
            "went by in the network, in a proxy, or on this machine."
        )
    if shed := sorted(measured.health.shed - STEPS_PLAYERS_NOTICE):
        found.append(f"The server shed for a while, as it should under load: {', '.join(shed)}.")
    odd = {key: count for key, count in measured.refused.items() if key not in EXPECTED}
    if odd:
        found.append(f"Refusals that the test did not mean to provoke: {_counts(odd)}.")
    if measured.joined == measured.players and measured.not_in:
        found.append(f"Some tries to connect failed at first: {_counts(measured.not_in)}.")
    if measured.machine.is_bottleneck:
        found.append(
            "This load generator was at its own limit, so the server does better than this."
        )
    return found


def _counts(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda one: -one[1])
    return ", ".join(f"{name} {count:,}" for name, count in ordered) or "no reason known"
