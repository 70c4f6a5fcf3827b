"""One run of the simulation: a hunt with everything that goes wrong, from one seed."""

import logging
import random
from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec import Struct

from actors.hunt import TIMER_STEP_MAX_S
from actors.simulation.disk import VirtualDisk
from actors.simulation.timeline import Timeline
from actors.simulation.trace import Trace
from server.client_openings import game_master, join, watch
from server.simulation.auditor import Auditor, Violation
from server.simulation.client import SimulatedClient
from server.simulation.faults import Faults
from server.simulation.link import LinkTrouble, Message
from server.simulation.people import CALM_S, STORM_S, THINK_S, GameMaster, Habit, Player
from server.simulation.screen import Screen
from server.simulation.site import GM_TOKEN, Site

TEAMS = 5
PLACES = 6
PHONES = 9
HUNT = "harbour"

PLAY_S = 120.0
"""Virtual seconds of play in which things go wrong."""

PATIENCE_S = 400.0
"""Virtual seconds, at most, until all is quiet after the last fault: heartbeats, keep-alives and
growing pauses between tries to reconnect included."""

CHECK_S = 1.0
"""Virtual seconds between two looks at every actor."""

SETTLE_S = 60.0
"""Virtual seconds until paced pushes, and a reconnection, are over for certain."""

QUIET_STEP_S = 2.0
"""Virtual seconds between two looks at whether all is quiet."""


class Result(Struct, frozen=True):
    """What became of a run."""

    seed: str
    deliveries: int
    """Messages to actors, frames, timers and commit reports to the server, frames to clients."""
    trace: str
    """Hash over all of it."""
    violations: tuple[Violation, ...]
    kinds: tuple[str, ...]
    """What went wrong in it."""
    lives: int
    records: int
    virtual_s: float


def simulate(seed: str, prepare: Callable[["World"], None] = lambda _: None) -> Result:
    """Play the run of a seed.

    Args:
        seed: Any text; the same one gives the same run.
        prepare: Is given the world before anything happens in it.
    """
    logger, level = logging.getLogger("cairn"), logging.getLogger("cairn").level
    logger.setLevel(logging.CRITICAL + 1)  # What is made to fail on purpose is no news.
    quiet = logging.getLogger("actors")
    quiet.setLevel(logging.CRITICAL + 1)
    try:
        world = World(seed)
        prepare(world)
        return world.play()
    finally:
        logger.setLevel(level)
        quiet.setLevel(logging.NOTSET)


class World:
    """The hunt, its people, their devices, the machine, and who looks on."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.chance = random.Random(f"{seed}/world")
        self.timeline = Timeline()
        self.trace = Trace()
        self.disk = VirtualDisk(self.timeline, random.Random(f"{seed}/disk"))
        self.auditor = Auditor(self.timeline, self.disk, self.trace)
        self.site = Site(self.timeline, seed, self.disk, self.auditor)
        self.links = LinkTrouble()
        self.plan = plan_of(self.chance)
        self.places = [place["id"] for place in self.plan["locations"]]
        self.teams = [f"team-{number}" for number in range(1, TEAMS + 1)]
        self.habits: list[Habit] = []
        self.watchers: list[SimulatedClient] = []

    def play(self) -> Result:
        """From the first boot to the last tick."""
        began = self.timeline.now
        self.site.boot()
        self._set_up()
        faults = Faults(self.seed, self.site, self.disk, self.links, self.habits)
        faults.begin()
        self._check_again(began + PLAY_S)
        self.timeline.run_until(self.timeline.now + PLAY_S)
        faults.stop()
        self._get_quiet()
        self._check_the_end()
        result = self._result(faults, began)
        self._let_go()
        return result

    # Before ---------------------------------------------------------------------------------

    def _set_up(self) -> None:
        """Two game masters, one of whom seeds and starts the hunt; then the players join."""
        for number in range(2):
            person = GameMaster(self._stream(f"gm/{number}"), self.places, self.teams)
            # One of them says who they are: that is journaled with every new console.
            name = "Ann" if number else None
            opening = partial(game_master, GM_TOKEN, name=name)
            self._habit(self._client(f"gm-{number}", opening), person)
        first = self.habits[0].client
        first.submit({"t": "seed", "plan": self.plan, "replace": True})
        first.submit({"t": "start", "hunt": HUNT})
        self._run_until(lambda: first.queue.saved >= 2)
        self.habits[1].client.drop()
        for number in range(PHONES):
            team = self.teams[number % TEAMS]
            self._phone(f"{number}", team, "Ada" if number >= TEAMS else f"P{number}")
        self._phone("second", self.teams[0], "P0")  # A second device of a player.
        screen = self._client("screen", lambda: watch(HUNT))
        self.watchers.append(screen)
        self._run_until(lambda: all(habit.client.welcome for habit in self.habits))
        for habit in self.habits:
            habit.go_on()

    def _phone(self, name: str, team: str, player: str) -> None:
        person = Player(self._stream(f"player/{name}"), self.places, team)

        def opening() -> Message:
            return join(self.site.code_of(team), player)

        self._habit(self._client(name, opening), person)

    def _client(self, name: str, opening: Callable[[], Message]) -> SimulatedClient:
        client = SimulatedClient(
            name, self.site, self._stream(f"client/{name}"), self.links, opening, self.auditor
        )
        client.connect()
        return client

    def _habit(self, client: SimulatedClient, person: Player | GameMaster) -> None:
        if isinstance(person, GameMaster):
            mean_s = STORM_S if self.chance.random() < 0.3 else CALM_S
        else:
            mean_s = THINK_S * self.chance.uniform(0.3, 1.5)
        self.habits.append(Habit(client, person, mean_s))

    def _stream(self, name: str) -> random.Random:
        return random.Random(f"{self.seed}/{name}")

    def _run_until(self, condition: Callable[[], object]) -> None:
        deadline = self.timeline.now + PATIENCE_S
        while not condition():
            assert self.timeline.now < deadline, "the world could not be set up"
            self.timeline.step()

    def _check_again(self, until: float) -> None:
        def check() -> None:
            self.auditor.check_now()
            if self.timeline.now < until:
                self._check_again(until)

        self.timeline.call_later(CHECK_S, check)

    # After ----------------------------------------------------------------------------------

    def _get_quiet(self) -> None:
        """Nobody does anything new; everything that is still open has time to end."""
        for habit in self.habits:
            habit.is_over = True
        if self.site.core is not None and self.site.core.supervisor.quarantined:
            self.site.kill()  # Their operator sees it on the console and starts the server anew.
        clients = [*(habit.client for habit in self.habits), *self.watchers]
        for client in clients:
            client.is_offline = False
            client.connect()
        deadline = self.timeline.now + PATIENCE_S
        while self.timeline.now < deadline and not self._is_quiet(clients):
            for client in clients:
                client.beat()
            self.timeline.run_until(self.timeline.now + QUIET_STEP_S)

    def _is_quiet(self, clients: list[SimulatedClient]) -> bool:
        is_served = self.site.core is not None and self.site.core.journal.pending == 0
        return is_served and all(
            client.is_ended or (client.link is not None and client.link.is_up and not client.queue)
            for client in clients
        )

    def _check_the_end(self) -> None:
        auditor = self.auditor
        # A timer that looks at the wall clock again and again has had time to.
        self.timeline.run_until(self.timeline.now + 2 * TIMER_STEP_MAX_S)
        auditor.check_on_time(2 * TIMER_STEP_MAX_S)
        # From now on time alone changes nothing any more.
        self.habits[0].client.submit({"t": "finish", "hunt": HUNT})
        self.timeline.run_until(self.timeline.now + SETTLE_S)
        for habit in self.habits:
            client = habit.client
            left = len(client.queue)
            auditor.expect(
                client.is_ended or not left, "I9", f"{client.name} still holds {left} actions"
            )
            if not client.is_ended and client.session:
                auditor.ledger.check_all_decided(client.session, client.queue.last)
        auditor.check_now()
        self._check_screens()

    def _check_screens(self) -> None:
        """What everybody was shown so far must be what they are shown now, on a fresh look."""
        clients = [*(habit.client for habit in self.habits), *self.watchers]
        before = {
            client: self.auditor.screens[client].picture()
            for client in clients
            if client in self.auditor.screens and client.link is not None
        }
        for client in before:
            self.auditor.screens[client] = Screen()
            client.drop()
        self.timeline.run_until(self.timeline.now + SETTLE_S)
        for client, shown in before.items():
            fresh = self.auditor.screens[client].picture()
            if not shown["leaderboard"] and not any(row["score"] for row in fresh["leaderboard"]):
                # Who was welcomed before the hunt was seeded is shown rows once there is a score.
                shown["leaderboard"] = fresh["leaderboard"]
            wrong = {
                key: (shown[key], fresh.get(key)) for key in shown if shown[key] != fresh.get(key)
            }
            self.auditor.expect(not wrong, "I10", f"{client.name} shows {wrong}"[:600])
            self.auditor.check_snapshot(client)

    def _result(self, faults: Faults, began: float) -> Result:
        return Result(
            seed=self.seed,
            deliveries=self.site.deliveries + self.auditor.frames_to_clients,
            trace=self.trace.digest(),
            violations=tuple(self.auditor.violations),
            kinds=tuple(faults.kinds),
            lives=self.site.lives,
            records=len(self.disk.records),
            virtual_s=round(self.timeline.now - began, 1),
        )

    def _let_go(self) -> None:
        """The last process ends with the world, without a successor."""
        self.site.on_boot = lambda: None
        self.site.kill()


def plan_of(chance: random.Random) -> dict[str, Any]:
    """A plan with scarce stock and room, hints, bonuses, lock-outs, and any kind of route."""
    route = chance.choice(("free", "free", "linear", "staggered"))
    places = [
        {
            "id": f"place-{number}",
            "name": f"Place {number}",
            "code": f"PLACE-{number}",
            "points": 10 * number + 10,
            "capacity": 2,
            "hints": [
                {"text": "It floats.", "cost": 3},
                {"text": "Deep.", "cost": 5, "after": "1m"},
            ],
        }
        for number in range(PLACES)
    ]
    places[1]["stock"] = 2
    if route == "free":
        places[3]["requires"] = ["place-0"]
        places[4]["stock"] = 1
    return {
        "version": 1,
        "hunt": HUNT,
        "title": "Harbour",
        "route": route,
        "duration": chance.choice(("1h", "90s")),
        "teams": {"count": TEAMS, "size_max": 3},
        "scoring": {
            "finder_bonus": [20, 10, 5],
            "wrong_claim": -1,
            "lockout": {"after": 2, "for": "10s", "factor": 2},
        },
        "locations": places,
    }
