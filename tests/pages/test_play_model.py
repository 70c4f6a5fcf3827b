"""The player's model after any messages of a real game is what a fresh welcome would make it."""

import asyncio
import tempfile
import time
from asyncio import Runner
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.integration.clients import Client, Message
from tests.integration.games import Game, location, plan, seed
from tests.integration.harness import InProcessServer
from tests.pages.models import Models

MODEL = "/web/play/model.js"

SETTLE_S = 3.0
"""Seconds within which everything that was done is shown: leaderboards wait for 0.25 s."""

CLOCK_S = 1.0
"""Seconds by which times that a phone works out for itself may be off."""

CLOCKS = {"found_at", "locked_until", "ends_at", "began_at"}

HINTS = [{"text": "It floats.", "cost": 3}, {"text": "Look up.", "cost": 0, "after": "1h"}]
PLACES = [
    location("pier", hints=HINTS, at=[57.7, 11.9], clue="Where the *ferry* sleeps"),
    location("mill", proof=["answer"], answers=["right"], near_misses={"near": "Warm."}),
    location("quay", stock=1, at=[57.8, 11.9]),
    location("vault", requires=["pier"], hints=HINTS),
    location("attic", requires={"any": 1, "of": ["mill", "quay"]}),
]
RULES = {"finder_bonus": [5, 3], "wrong_claim": -1, "lockout": {"after": 2, "for": "10m"}}
IDS = [place["id"] for place in PLACES]
TEAMS = ["otters", "terns"]
PHONES = {"Ada": "otters", "Bob": "otters", "Cyd": "terns"}


Move = tuple[Any, ...]
"""Who, what, and the details of it."""


class Recorded(Client):
    """A phone that remembers what it was told, in order, and what it had asked."""

    def __init__(self, socket: Any) -> None:
        self.asked: dict[int, Message] = {}
        self.told: list[tuple[Message, float]] = []
        self._heard = asyncio.Event()
        super().__init__(socket)

    def _receive(self, message: Message) -> None:
        super()._receive(message)
        if message["t"] not in ("welcome", "saved"):
            self.told.append((message, time.time()))
            self._heard.set()

    async def send(self, message: Message) -> None:
        if "n" in message:
            self.asked[message["n"]] = message
        await super().send(message)

    def steps(self) -> list[list[Any]]:
        """What the model's `take` is given behind the model, message by message."""
        return [[told, self.asked.get(told.get("n", 0)), at] for told, at in self.told]

    async def hears_more_than(self, count: int) -> None:
        async with asyncio.timeout(SETTLE_S):
            while len(self.told) <= count:
                self._heard.clear()
                await self._heard.wait()


class RecordingServer(InProcessServer):
    client_class = Recorded


# Moves: who does what ---------------------------------------------------------------------------

_phones = st.sampled_from(sorted(PHONES))
_places, _teams = st.sampled_from(IDS), st.sampled_from(TEAMS)
_texts = st.sampled_from(["right", "right", "right", "near", "wrong"])
_claims = st.tuples(_phones, st.just("claim"), _places, _texts)
_rest = [
    st.tuples(_phones, st.just("hint"), _places, st.integers(0, 1)),
    st.tuples(_phones, st.just("seen")),
    st.tuples(st.sampled_from(["Dan", "Eve", "Fay"]), st.just("arrives")),
    st.tuples(st.just("gm"), st.sampled_from(["pause", "resume", "resume", "freeze", "thaw"])),
    st.tuples(st.just("gm"), st.sampled_from(["open", "open", "close"]), _places),
    st.tuples(st.just("gm"), st.sampled_from(["void", "restore"]), _teams, _places),
    st.tuples(st.just("gm"), st.just("adjust"), _teams, st.sampled_from([-4, 7])),
    st.tuples(
        st.just("gm"), st.sampled_from(["disqualify", "reinstate", "reinstate"]), _teams
    ),
    st.tuples(st.just("gm"), st.just("announce"), st.sampled_from(["all", *TEAMS])),
]
_moves = st.one_of(*([_claims] * len(_rest)), *_rest)


class Play:
    """A hunt, three phones in it, and the moves of a test."""

    def __init__(self, game: Game, phones: dict[str, Recorded]) -> None:
        self._game = game
        self.phones = phones

    async def move(self, who: str, kind: str, *details: Any) -> None:
        if kind == "arrives":
            await self._game.join("otters", who)
        elif who == "gm":
            await self._game.gm.ask(kind, **self._order(kind, details))
        else:
            await self.phones[who].ask(kind, **self._request(kind, details))

    def _request(self, kind: str, details: tuple[Any, ...]) -> Message:
        if kind == "claim":
            place, text = details
            code = place.upper() if text == "right" else text
            return {"location": place, "answer": text} if place == "mill" else {"location": place, "code": code}
        if kind == "hint":
            return {"location": details[0], "hint": details[1]}
        return {"announcement": 1}

    def _order(self, kind: str, details: tuple[Any, ...]) -> Message:
        match kind:
            case "open" | "close":
                return {"location": details[0]}
            case "void" | "restore":
                return {"team": details[0], "location": details[1]}
            case "adjust":
                return {"team": details[0], "points": details[1]}
            case "disqualify" | "reinstate":
                return {"team": details[0]}
            case "announce":
                return {"text": "Hear!", "to": details[0]}
            case _:
                return {}

    async def fresh_welcome(self, name: str) -> Message:
        """What the same player is welcomed with on another device."""
        newcomer = await self._game.join(PHONES[name], name)
        return newcomer.welcome


async def begin(server: InProcessServer, route: str) -> Play:
    await server.__aenter__()
    seats = {"names": ["Otters", "Terns"], "size_max": 9}
    document = plan(PLACES, seats, route=route, scoring=RULES, duration="2h")
    game = await seed(server, document, start=False)
    phones = {name: await game.join(team, name) for name, team in PHONES.items()}
    assert all(isinstance(phone, Recorded) for phone in phones.values())
    return Play(game, phones)  # type: ignore[arg-type]


@settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # Shrinking would play for minutes.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    route=st.sampled_from(["free", "linear", "staggered"]),
    early=st.lists(_moves, max_size=3),
    moves=st.lists(_moves, min_size=10, max_size=50),
    end=st.sampled_from(["finish", "freeze", "pause"]),
)
def test_pushes_make_of_a_model_what_a_fresh_welcome_would(
    runner: Runner,
    models: Models,
    route: str,
    early: list[Move],
    moves: list[Move],
    end: str,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = RecordingServer(Path(folder) / "cairn.db")
        play = runner.run(begin(server, route))
        try:
            for move in (*early, ("gm", "start"), *moves, ("gm", end)):
                runner.run(play.move(*move))
            for name in PHONES:
                settles(runner, models, play, name)
        finally:
            runner.run(server.__aexit__())


def settles(runner: Runner, models: Models, play: Play, name: str) -> None:
    """The phone's model becomes the snapshot with the last of what it is told.

    Raises:
        AssertionError: It is told no more, and they differ.
    """
    phone = play.phones[name]
    while True:
        heard = len(phone.told)
        fresh = runner.run(play.fresh_welcome(name))
        games = [(phone.welcome, phone.steps()[:heard]), (fresh, [])]
        pushed, welcomed = (comparable(model) for model in models.fold_all(MODEL, games))
        if agree(pushed, welcomed):
            return
        try:
            runner.run(phone.hears_more_than(heard))
        except TimeoutError:
            assert pushed == welcomed


def comparable(model: Message) -> Message:
    """Without what differs between devices, and with moments in place of durations."""
    shown = {key: model[key] for key in ("hunt", "team", "leaderboard", "isFrozen", "announcements")}
    hunt = dict(shown["hunt"])
    elapsed = hunt.pop("elapsed_s", 0.0)
    began_at = model["madeAt"] - elapsed if hunt["phase"] == "running" else elapsed
    places = sorted(shown["team"]["locations"], key=lambda place: str(place["id"]))
    return shown | {
        "hunt": hunt | {"began_at": began_at},
        "team": shown["team"] | {"locations": places},
        "closed": sorted(model["closed"]),
    }


def agree(one: Any, other: Any, key: str = "") -> bool:
    """Whether they are equal, but for clocks that are a little off."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(agree(one[at], other[at], at) for at in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(agree, one, other))
    if key in CLOCKS and one is not None and other is not None:
        return bool(abs(one - other) <= CLOCK_S)
    return bool(one == other)
