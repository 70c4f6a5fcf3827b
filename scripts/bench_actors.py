"""`bench.py actors`: what idle team and location actors cost, beside a thread for each.

Run as a module with a kind and a number, it measures that in its own process, and prints JSON.
"""

import argparse
import gc
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pykka

from actors.directory import Directory
from actors.dispatch import Dispatcher
from actors.domain.events import HuntSeeded, Record
from actors.domain.ids import HuntId, LocationId, TeamId
from actors.domain.plan import HuntPlan, Location, TeamSeat
from actors.journal import Journal
from actors.messages import Push, Sender
from actors.supervisor import Supervisor
from scripts.bench_children import ROOT, CannotStart, cores
from scripts.bench_command import (
    Benchmark,
    Column,
    Summary,
    Tell,
    correct,
    count_to,
    ratio,
    target,
)
from scripts.bench_panels import Bars, Line, bars

TEXT = """\
Starts so many actors, half of them teams, half locations, as the server does: hunts are put in
force, every actor is started and told to begin, until none has a message left. Then it stops them
all. Each kind is measured in a process of its own, on one core; KiB are what the process grew by,
divided by the actors, the states that they hold included and the plan not.

actor   on the dispatcher that all share
thread  `pykka.ThreadingActor`, which does nothing: a sample, since few machines hold 100,000.
        A thread reserves its stack, 8 MiB as a rule, and uses some of it: both are shown.
"""

KIB_EACH_MAX, START_S_MAX, STOP_S_MAX = 4.0, 3.0, 3.0
"""What an actor may take, and 100,000 of them."""

THREAD_RATIO_MAX = 0.25
"""Of a thread's memory in use; the stack that is only reserved does not count."""

START_RATIO_MAX = 0.5
"""Of what starting a thread each takes."""

HUNT_ACTORS = 10_000
"""Teams and locations of one of the hunts."""

SCALE = 100_000

WAIT_S = 300.0

COLUMNS = (
    Column("kind", "kind"),
    Column("count", "how many", ",d"),
    Column("start_s", "start, s", ",.2f"),
    Column("stop_s", "stop, s", ",.2f"),
    Column("kib_each", "KiB each", ",.2f"),
    Column("reserved_kib_each", "KiB reserved", ",.0f"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `actors`."""
    text = "default: %(default)s"
    parser.add_argument("--actors", type=count_to(100_000), default=SCALE, metavar="N", help=text)
    parser.add_argument("--threads", type=count_to(5_000), default=1_000, metavar="N", help=text)


def measure(options: argparse.Namespace, tell: Tell) -> Summary:
    """Measure once.

    Raises:
        CannotStart, OSError: it could not be done.
    """
    actors, threads = options.actors, options.threads
    if options.quick:
        actors, threads = min(actors, 2_000), min(threads, 100)
    tell("Actors", 0.0)
    rows = [_in_a_process("actor", actors)]
    tell("Threads", 0.7)
    rows.append(_in_a_process("thread", threads))
    ours, theirs = rows
    each = [row["start_s"] / row["count"] for row in rows]
    gone = ours["alive_after"] == theirs["alive_after"] == 0
    return {
        "rows": rows,
        "targets": [
            target("KiB of an actor, absolute", ours["kib_each"], 0, KIB_EACH_MAX),
            target("start of 100,000, s, absolute", each[0] * SCALE, 0, START_S_MAX),
            target("stop of 100,000, s, absolute", ours["stop_s"] / actors * SCALE, 0, STOP_S_MAX),
            target(
                "an actor's memory / a thread's",
                ratio(ours["kib_each"], theirs["kib_each"]),
                0,
                THREAD_RATIO_MAX,
            ),
            target("an actor's start / a thread's", ratio(*each), 0, START_RATIO_MAX),
        ],
        "correct": correct(gone, "All have stopped." if gone else "Some did not stop."),
    }


def _in_a_process(kind: str, count: int) -> Summary:
    command = [sys.executable, "-m", "scripts.bench_actors", kind, str(count)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=WAIT_S, check=False
    )
    if done.returncode:
        raise CannotStart(f"{count} of kind {kind} could not be started: {done.stderr[-500:]}")
    row: Summary = json.loads(done.stdout)
    return row


# In that process ----------------------------------------------------------------------------


class HandDispatcher(Dispatcher):
    """Runs its actors when it is told to, on the real clock; nobody waits for its timers."""

    def now(self) -> float:
        """See `Dispatcher.now`."""
        return time.time()

    def monotonic(self) -> float:
        """See `Dispatcher.monotonic`."""
        return time.monotonic()

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> None:
        """Forget it: nothing here takes as long as a timer does."""

    def call_soon(self, callback: Callable[[], None]) -> None:
        """See `Dispatcher.call_soon`."""
        callback()

    def _schedule_turn(self) -> None:
        pass

    def run(self) -> None:
        """Run turns until nobody has a message left."""
        while not self.is_idle:
            self.run_turn()


class NobodyLooksOn:
    """A publisher without an audience, and a writer without a disk."""

    def tell(self, push: Push) -> None:
        """Show nothing."""

    def has_audience(self, _hunt: HuntId, _team: TeamId, _but: Sender | None) -> bool:
        """Nobody."""
        return False

    def append(self, records: Sequence[Record]) -> None:
        """Save nothing."""


def measure_actors(count: int) -> Summary:
    """Start and stop so many."""
    # As the server sets Python's cycle collector; with the default it goes over all again and
    # again.
    gc.set_threshold(50_000, 100, 100)
    dispatcher, nobody, directory = HandDispatcher(), NobodyLooksOn(), Directory()
    journal = Journal(nobody, 0, dispatcher)
    supervisor = Supervisor(dispatcher, journal, directory, nobody, lambda _hunt, _reply: None)
    sizes = [HUNT_ACTORS] * (count // HUNT_ACTORS) + [count % HUNT_ACTORS]
    plans = [_plan(number, size) for number, size in enumerate(sizes) if size]
    gc.collect()
    memory = _memory_kib()
    started = time.perf_counter()
    for plan in plans:
        record = journal.draft(plan.hunt, dispatcher.now(), HuntSeeded(plan))
        supervisor.replace_hunt(record, journal.append)
    dispatcher.run()
    start_s = time.perf_counter() - started
    row = _row("actor", count, start_s, memory)
    started = time.perf_counter()
    supervisor.stop_all()
    dispatcher.run()
    stop_s = time.perf_counter() - started
    return row | {"stop_s": stop_s, "alive_after": len(pykka.ActorRegistry.get_all())}


def _plan(number: int, actors: int) -> HuntPlan:
    teams = (actors + 1) // 2
    return HuntPlan(
        hunt=HuntId(f"hunt-{number}"),
        title="Actors",
        teams=tuple(TeamSeat(id=TeamId(f"team-{i}"), name=f"Team {i}") for i in range(teams)),
        locations=tuple(
            Location(id=LocationId(f"place-{i}"), name=f"Place {i}", code="x", points=10)
            for i in range(actors - teams)
        ),
    )


def measure_threads(count: int) -> Summary:
    """Start and stop so many."""
    memory = _memory_kib()
    started = time.perf_counter()
    refs = [pykka.ThreadingActor.start() for _ in range(count)]
    start_s = time.perf_counter() - started
    row = _row("thread", count, start_s, memory)
    started = time.perf_counter()
    for ref in refs:
        ref.stop(block=False)
    for ref in refs:
        ref.actor_stopped.wait()
    stop_s = time.perf_counter() - started
    return row | {"stop_s": stop_s, "alive_after": len(pykka.ActorRegistry.get_all())}


def _row(kind: str, count: int, start_s: float, before: tuple[int, int]) -> dict[str, Any]:
    used, reserved = (after - one for after, one in zip(_memory_kib(), before, strict=True))
    return {
        "kind": kind,
        "count": count,
        "start_s": start_s,
        "kib_each": used / count,
        "reserved_kib_each": reserved / count,
    }


def _memory_kib() -> tuple[int, int]:
    """KiB in use and KiB reserved by this process (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    used, reserved = (
        re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE) for name in ("VmRSS", "VmSize")
    )
    assert used is not None
    assert reserved is not None
    return int(used[1]), int(reserved[1])


def main(arguments: Sequence[str]) -> None:
    """Measure one kind in this process."""
    kind, count = arguments
    os.sched_setaffinity(0, {cores()[0]})
    measure_kind = measure_actors if kind == "actor" else measure_threads
    print(json.dumps(measure_kind(int(count))))


def panels(summary: Summary) -> list[Bars]:
    """Memory and start of one, whichever kind it is."""
    rows = [row | {"start_us": 1e6 * row["start_s"] / row["count"]} for row in summary["rows"]]
    most = Line(KIB_EACH_MAX, f"target: {KIB_EACH_MAX:g} KiB")
    return [
        bars(rows, "kib_each", "Memory in use", "KiB each", ",.1f", "kind", most),
        bars(rows, "start_us", "Time to start", "us each", ",.1f", "kind"),
    ]


ACTORS = Benchmark(
    "actors",
    "what 100,000 team and location actors cost, beside threads",
    TEXT,
    "Idle actors, beside a thread for each",
    COLUMNS,
    add_arguments,
    measure,
    panels,
)

if __name__ == "__main__":
    main(sys.argv[1:])
