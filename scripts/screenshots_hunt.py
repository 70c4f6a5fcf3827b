"""The hunt that is photographed: half an hour of play, made in as many seconds.

Bots play at a furious pace while the server runs; then every time in the database is moved back,
so that what took seconds took minutes. A picture of a console on which nobody has been stuck for
a while, and nothing was announced an hour ago, would show little.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from scripts.bots import read_plan
from scripts.bots_mind import Traits, solution
from scripts.bots_play import Game, Pace, Tally, play
from scripts.bots_walk import WALKING_M_PER_S
from scripts.demo_hunt import DEMO_PLAN, Demo
from server.client import Client, game_master, join

STRETCH = 90
"""How many seconds one second of play becomes."""

PLAYED_S = 20.0
"""Seconds for which the bots play before the clock is put back."""

ABSENT_TEAMS = 1
"""Teams of the plan that nobody plays for, as in any hunt."""

TRIED_PLACE = "dragon-gate"
"""Where the first team has failed."""

FOUND_PLACES = 5
"""Places that the first team has found."""

PLAYER = "Ada"
"""Who is photographed with a phone; one of the demo's first team."""

SEED = 7
"""Of the bots' decisions: the pictures show the same teams ahead every time."""


def _game(demo: Demo, pace: float, stretch: float) -> Game:
    traits = Traits(solve=0.6, walking_m_per_s=WALKING_M_PER_S * stretch)
    seats = demo.teams[1 : len(demo.teams) - ABSENT_TEAMS]
    return Game(demo.websocket, read_plan(DEMO_PLAN), seats, traits, Pace(pace), SEED)


async def play_half_an_hour(demo: Demo, token: str) -> None:
    """Play until there is something to see: finds, failures, messages, announcements."""
    async with asyncio.TaskGroup() as tasks:
        game = _game(demo, 1.2, STRETCH)
        tasks.create_task(play(game, Tally(), asyncio.Event(), PLAYED_S))
        tasks.create_task(_first_team(demo))
        tasks.create_task(_game_master(demo, token))


async def _first_team(demo: Demo) -> None:
    """The team in front of the camera has found something and failed at something."""
    places = [place for place in read_plan(DEMO_PLAN).locations if place.id != TRIED_PLACE]
    async with Client(demo.websocket, join(demo.teams[0]["code"], "Bob")) as phone:
        for place in places[:FOUND_PLACES]:
            proof = {"answer": solution(place), "code": place.code}
            position = dict(zip(("lat", "lon"), place.at, strict=True)) if place.at else None
            claim = {"t": "claim", "location": place.id, "position": position, **proof}
            await phone.request({key: value for key, value in claim.items() if value})
            await asyncio.sleep(PLAYED_S / FOUND_PLACES / 2)
        await phone.request({"t": "claim", "location": TRIED_PLACE, "answer": "dragons"})
        await phone.request({"t": "say", "text": "Is the gate with the lions the right one?"})
        await phone.saved()


async def _game_master(demo: Demo, token: str) -> None:
    async with Client(demo.websocket, game_master(token, demo.hunt)) as console:
        say = {"t": "announce", "hunt": demo.hunt}
        await console.request(say | {"text": "Welcome! Mind the traffic, and have fun."})
        rain = "Rain at four. The last ferry leaves at five, with or without you."
        await asyncio.sleep(PLAYED_S * 0.6)
        await console.request(say | {"text": rain, "level": "warning"})
        team = demo.teams[2]["id"]
        await console.request(
            {"t": "adjust", "hunt": demo.hunt, "team": team, "points": 10, "reason": "Best song"}
        )
        await console.saved()


def move_back(db: Path, hunt: str, stretch: float = STRETCH) -> None:
    """Make everything that happened in a hunt `stretch` times as long ago. No server may run."""
    with closing(sqlite3.connect(db)) as connection, connection:
        now = time.time()
        connection.execute(
            "UPDATE events SET at = ? - (? - at) * ? WHERE hunt = ?", (now, now, stretch, hunt)
        )


@asynccontextmanager
async def strolling(demo: Demo) -> AsyncIterator[None]:
    """Teams that walk about and seldom do anything, for the length of the block."""
    stop = asyncio.Event()
    walk = asyncio.create_task(play(_game(demo, 0.02, 1), Tally(), stop, None))
    try:
        yield
    finally:
        stop.set()
        await walk
