"""A made-up hunt as a console is shown it: of any size, at any moment, without a server.

It speaks the wire's words (a welcome, then pushes), so that the console can be tried and
photographed with sixty teams in the middle of their hunt.
"""

import random
from typing import Any

from tests.integration.clients import Message

NOW = 1_795_425_750.0
"""UTC seconds at which the world stands still."""

TEAMS = ["Otters", "Terns", "Foxes", "Herons", "Badgers", "Puffins", "Lynxes", "Ravens"]
TEAMS += ["Salmon", "Weasels", "Moles", "Kestrels", "Adders", "Newts", "Swifts", "Hares"]

PLACES = ["The Old Pier", "The Quay", "The Mill", "Harbour Vault", "Rope Walk", "Customs House"]
PLACES += ["Lighthouse", "Fish Market", "The Bell Tower", "Sail Loft", "Captain's Garden", "Crane"]

HINT_COSTS = (10, 20)
BONUS = (20, 10, 5)


class World:
    """One hunt that runs; `random.Random` makes it the same every time."""

    def __init__(self, teams: int, places: int, seed: int = 1, now: float = NOW) -> None:
        self.random = random.Random(seed)
        self.now = now
        self.position = 0
        self.places = [self._place(index) for index in range(places)]
        self.lines = {f"team-{index}": self._team(index) for index in range(teams)}
        self.feed: list[Message] = []
        routes = [self._route(team) for team in self.lines]
        for at, team, place, kind in sorted(step for route in routes for step in route):
            self.happen(team, self.places[place], kind, at)

    def _route(self, team: str) -> list[tuple[float, str, int, str]]:
        """What a team did so far: it tries one place after the other, and is at the last one."""
        steps = []
        at = self.now - 3_600
        order = self.random.sample(range(len(self.places)), len(self.places))
        pace = self.random.uniform(200, 1_500)
        for place in order:
            at += self.random.uniform(60, 200)
            tries = self.random.choices([0, 1, 2], [6, 3, 1])[0]
            for kind in [self.random.choice(["failed", "failed", "hint"]) for _ in range(tries)]:
                steps.append((at, team, place, kind))
                at += self.random.uniform(30, pace)
            at += self.random.uniform(40, pace)
            if at > self.now:
                break
            steps.append((at, team, place, "found"))
        return [step for step in steps if step[0] <= self.now]

    def _place(self, index: int) -> Message:
        name = PLACES[index % len(PLACES)]
        number = index // len(PLACES)
        place: dict[str, Any] = {
            "id": f"place-{index}",
            "name": f"{name} {number + 1}" if number else name,
            "points": self.random.choice([10, 25, 50]),
            "proof": self.random.choice([["code"], ["answer"], ["code", "position"]]),
            "at": [57.70 + self.random.uniform(0, 0.02), 11.95 + self.random.uniform(0, 0.03)],
            "radius_m": 40.0,
            "hints": [{"cost": cost} for cost in HINT_COSTS],
        }
        if index % 4 == 0:
            place["stock"] = 30
        if index % 3 == 0:
            place["capacity"] = 4
        return place

    def _team(self, index: int) -> Message:
        name = TEAMS[index % len(TEAMS)]
        number = index // len(TEAMS)
        is_there = self.random.random() < 0.85
        line: dict[str, Any] = {
            "id": f"team-{index}",
            "name": f"{name} {number + 1}" if number else name,
            "score": 0,
            "online": self.random.randrange(1, 5) if is_there else 0,
            "found": 0,
            "delivered": 2 if is_there else 1,
            "seen": [1, 2] if self.random.random() < 0.6 else [1],
            "cells": {},
        }
        if not is_there:
            line["last_seen_at"] = self.now - self.random.uniform(60, 1_500)
        return line

    def happen(self, team: str, place: Message, kind: str, at: float) -> Message:
        """A team finds a place, fails there or buys a hint; the cell afterwards."""
        line = self.lines[team]
        cell = dict(line["cells"].get(place["id"], {"state": "tried"}))
        if cell["state"] == "found":
            return cell
        data = {"team": team, "location": place["id"], "player": "ada"}
        if kind != "found":
            cell.setdefault("since", at)
        if kind == "found":
            data |= self._find(line, place, cell, at)
        elif kind == "failed":
            cell["failures"] = cell.get("failures", 0) + 1
            data |= {"reason": "wrong_code", "message": "That is not the code here."}
        else:
            cell["hints"] = sorted({*cell.get("hints", ()), self.random.randrange(2)})
            data |= {"hint": cell["hints"][-1], "cost": 10}
        self.position += 1
        kinds = {"found": "location_found", "failed": "claim_failed", "hint": "hint_bought"}
        event = {"position": self.position, "at": at, "kind": kinds[kind], "data": data}
        self.feed.append(event)
        line["cells"] = {**line["cells"], place["id"]: cell}
        return cell

    def _find(self, line: Message, place: Message, cell: Message, at: float) -> Message:
        rank = 1 + self.standing(place["id"])
        bonus = BONUS[rank - 1] if rank <= len(BONUS) else 0
        cell.update(state="found", rank=rank, bonus=bonus, at=at, by="Ada")
        line["found"] += 1
        line["score"] += place["points"] + bonus
        line["last_find_at"] = max(line.get("last_find_at", 0.0), at)
        return {"points": place["points"], "bonus": bonus, "rank": rank}

    def standing(self, place: str) -> int:
        """Finds of a place that count."""
        cells = (line["cells"].get(place) for line in self.lines.values())
        return sum(cell is not None and cell["state"] == "found" for cell in cells)

    def board(self) -> list[Message]:
        """The leaderboard."""
        ranked = sorted(self.lines.values(), key=lambda line: (-line["score"], line["id"]))
        return [
            {"rank": rank, "team": line["id"], "name": line["name"], "score": line["score"]}
            for rank, line in enumerate(ranked, 1)
        ]

    def location(self, place: Message, closed: tuple[str, ...] = ()) -> Message:
        """The line of a location."""
        heading = sum(line.get("target") == place["id"] for line in self.lines.values())
        is_open = place["id"] not in closed
        standing = self.standing(place["id"])
        return {"id": place["id"], "open": is_open, "standing": standing, "heading": heading}

    def hunt(self) -> Message:
        """The hunt, for an hour and with two to go."""
        return {
            "id": "harbour",
            "title": "Harbour Lights",
            "phase": "running",
            "ends_at": self.now + 7_200,
            "elapsed_s": 3_600.0,
            "duration_s": 10_800.0,
            "team_size_max": 6,
            "wrong_claim": -1,
            "finder_bonus": list(BONUS),
        }

    def welcome(self, rights: str = "owner", **more: Any) -> Message:
        """What a console gets first."""
        started = {"id": 1, "at": self.now - 3_600, "by": "Ann", "kind": "hunt_started", "data": {}}
        return {
            "t": "welcome",
            "session": "s" * 32,
            "applied": 0,
            "hunt": self.hunt(),
            "team": None,
            "you": {"role": "gm", "name": "Ann", "rights": rights},
            "leaderboard": self.board(),
            "announcements": announcements(self.now),
            "now": self.now,
            "hunts": ["harbour", "old-town"],
            "teams": list(self.lines.values()),
            "places": self.places,
            "locations": [self.location(place) for place in self.places],
            "feed": self.feed[-100:],
            "staff_log": [started],
            **more,
        }

    def progress(self, teams: int = 3) -> Message:
        """Some teams got on: the lines that changed, each with its changed cells only."""
        self.now += 0.5
        changed = []
        places = set()
        for team in self.random.sample(sorted(self.lines), teams):
            place = self.random.choice(self.places)
            kind = self.random.choice(["found", "failed", "hint"])
            cell = self.happen(team, place, kind, self.now)
            places.add(place["id"])
            changed.append({**self.lines[team], "cells": {place["id"]: cell}})
        lines = [self.location(place) for place in self.places if place["id"] in places]
        return {"t": "progress", "teams": changed, "locations": lines}

    def positions(self) -> Message:
        """Where the teams' phones were."""
        return {
            "t": "position",
            "positions": {
                team: [
                    57.70 + self.random.uniform(0, 0.02),
                    11.95 + self.random.uniform(0, 0.03),
                    12.0,
                    self.now - self.random.choice([5, 20, 40, 300, 900]),
                ]
                for team in list(self.lines)[:24]
            },
        }

    def health(self, **more: Any) -> Message:
        """A server that is well."""
        steps = ("positions", "map", "leaderboard", "joins", "claims")
        ladder = [{"step": step, "mode": "auto", "active": False, "why": ""} for step in steps]
        return {
            "t": "health",
            "health": {
                "status": "ok",
                "version": "0.1.0",
                "uptime_s": 8_130.0,
                "connections": 212,
                "accepted": 4_711,
                "refused": {"wrong_code": 212, "too_far": 40},
                "journal_pending": 0,
                "journal_lag_s": 0.0,
                "loop_lag_s": 0.0,
                "claims_per_s": 3.4,
                "accept_p99_s": 0.0021,
                "mailbox_depth": 1,
                "slow_clients": 0,
                "commit_failures": 0,
                "actor_failures": 0,
                "shedding": ladder,
                "quarantined": [],
                "alerts": [],
                **more,
            },
        }


def announcements(now: float) -> list[Message]:
    """Two that were made."""
    return [
        {
            "id": 1,
            "text": "Welcome, and **good luck**!",
            "to": None,
            "level": "info",
            "at": now - 3_500,
        },
        {
            "id": 2,
            "text": "The Quay is closed: a boat is unloading. Come back later.",
            "to": None,
            "level": "urgent",
            "at": now - 900,
        },
    ]
