"""The player's model after any messages of a real game is what a fresh welcome would make it."""

import asyncio
import random
import time
from asyncio import Runner
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.clients import Client, Message
from tests.integration.games import Game, location, plan, seed
from tests.integration.harness import InProcessServer
from tests.pages.models import Models

MODEL = "/web/play/model.js"

SETTLE_S = 3.0
"""Seconds within which everything that was done is shown: leaderboards wait for 0.25 s."""

CLOCKS = {"locked_until": 0.5, "began_at": 0.01}
"""Seconds by which times that a phone works out for itself may be off: what was on its way, or
the last digit."""

MOVES = 40
LOOK_EVERY = 3
"""Moves between two comparisons: a `team` push soon mends what another message spoiled."""

HINTS = [{"text": "It floats.", "cost": 3}, {"text": "Look up.", "cost": 0, "after": "1h"}]
PLACES = [
    location("pier", hints=HINTS, at=[57.7, 11.9], clue="Where the *ferry* sleeps"),
    location("mill", proof=["answer"], answers=["right"], near_misses={"near": "Warm."}),
    location("quay", stock=1, at=[57.8, 11.9], on_map=True),
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


def moves(dice: random.Random, count: int) -> Iterator[Move]:
    """A game: mostly claims, and now and then everything else that can happen."""
    kinds = [a_claim, a_purchase, a_correction, an_order]
    yield from (an_order(dice) for _ in range(dice.randrange(3)))
    yield ("gm", "start")
    for kind in dice.choices(kinds, weights=[6, 1, 2, 2], k=count):
        yield kind(dice)
        if dice.random() < 0.2:
            yield ("gm", "resume")  # Else most games would stand still.
    yield ("gm", dice.choice(["finish", "freeze", "pause", "thaw"]))


def a_claim(dice: random.Random) -> Move:
    text = dice.choice(["right", "right", "right", "near", "wrong"])
    return (dice.choice(sorted(PHONES)), "claim", dice.choice(IDS), text)


def a_purchase(dice: random.Random) -> Move:
    who = dice.choice(sorted(PHONES))
    return dice.choice([(who, "hint", dice.choice(IDS), dice.randrange(2)), (who, "seen")])


def a_correction(dice: random.Random) -> Move:
    team, place = dice.choice(TEAMS), dice.choice(IDS)
    return dice.choice(
        [
            ("gm", "void", team, place),
            ("gm", "restore", team, place),
            ("gm", "adjust", team, dice.choice([-4, 7])),
            ("gm", "grant", team, place, dice.randrange(2)),
            ("gm", dice.choice(["disqualify", "reinstate", "reinstate"]), team),
        ]
    )


def an_order(dice: random.Random) -> Move:
    return dice.choice(
        [
            ("gm", dice.choice(["pause", "resume", "freeze", "thaw"])),
            ("gm", dice.choice(["open", "close"]), dice.choice(IDS)),
            ("gm", "announce", dice.choice(["all", *TEAMS])),
            ("gm", "extend", dice.choice([-60, 600])),
            (dice.choice(["Dan", "Eve", "Fay"]), "arrives"),
        ]
    )


class Play:
    """A hunt, three phones in it, and the moves of a test."""

    def __init__(self, game: Game, phones: dict[str, Recorded], twins: dict[str, Client]) -> None:
        self._game = game
        self.phones = phones
        self._twins = twins

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
            return (
                {"location": place, "answer": text}
                if place == "mill"
                else {"location": place, "code": code}
            )
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
            case "extend":
                return {"seconds": details[0]}
            case "grant":
                return {"team": details[0], "location": details[1], "hint": details[2]}
            case "disqualify" | "reinstate":
                return {"team": details[0]}
            case "announce":
                return {"text": "Hear!", "to": details[0]}
            case _:
                return {}

    async def fresh_welcome(self, name: str) -> Message:
        """What the same player is welcomed with on another device, which just came back."""
        session = self._twins[name].welcome["session"]
        self._twins[name] = await self._game.server.resume(session)
        return self._twins[name].welcome


async def begin(server: InProcessServer, route: str) -> Play:
    await server.__aenter__()
    seats = {"names": ["Otters", "Terns"], "size_max": 9}
    document = plan(PLACES, seats, route=route, scoring=RULES, duration="2h")
    game = await seed(server, document, start=False)
    phones = {name: await game.join(team, name) for name, team in PHONES.items()}
    twins = {name: await game.join(team, name) for name, team in PHONES.items()}
    assert all(isinstance(phone, Recorded) for phone in phones.values())
    return Play(game, phones, twins)  # type: ignore[arg-type]


@pytest.mark.parametrize("route", ["free", "linear", "staggered"])
@pytest.mark.parametrize("number", range(6))
def test_pushes_make_of_a_model_what_a_fresh_welcome_would(
    runner: Runner, models: Models, tmp_path: Path, route: str, number: int
) -> None:
    server = RecordingServer(tmp_path / "cairn.db")
    play = runner.run(begin(server, route))
    try:
        dice = random.Random(f"{route} {number}")
        for index, move in enumerate(moves(dice, MOVES)):
            runner.run(play.move(*move))
            if index % LOOK_EVERY == 0:
                settles(runner, models, play, dice.choice(sorted(PHONES)))
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
    shown = {
        key: model[key] for key in ("hunt", "team", "leaderboard", "isFrozen", "announcements")
    }
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
        return bool(abs(one - other) <= CLOCKS[key])
    return bool(one == other)
