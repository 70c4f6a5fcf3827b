"""What simulated people do: players who claim, buy and write, game masters in a storm."""

import random
from collections.abc import Sequence
from typing import Any

from server.simulation.client import SimulatedClient
from server.simulation.link import Message

THINK_S = 6.0
"""Mean seconds between two actions of a player."""

STORM_S = 0.4
"""Mean seconds between two commands of a game master in a storm of corrections."""

CALM_S = 12.0
"""The same, on an ordinary day."""

HELP_SHARE = 0.2
"""Part of a game master's commands that help a team, or let others help."""

CLOCK_JUMP_S = 3_600.0
"""Seconds by which a phone's clock may be wrong."""


class Player:
    """Decides what one phone asks next."""

    def __init__(self, chance: random.Random, places: list[str], team: str) -> None:
        self._chance = chance
        self.places = places
        self.team = team
        self.clock_offset_s = 0.0
        """By how much the phone's clock is wrong."""

    def act(self, now: float) -> Message:
        """The next action."""
        kind = self._chance.random()
        if kind < 0.68:
            return self.claim(self._chance.choice(self.places), now)
        if kind < 0.80:
            place = self._chance.choice(self.places)
            return {"t": "hint", "location": place, "hint": self._chance.randrange(3)}
        if kind < 0.90:
            return {"t": "say", "text": f"hello {self._chance.randrange(1_000)}"}
        return {"t": "seen", "announcement": self._chance.randint(1, 4)}

    def claim(self, place: str, now: float) -> Message:
        """A claim there, as its plan wants it, or wrong."""
        claim: Message = {"t": "claim", "location": place, "code": place.upper()}
        if self._chance.random() < 0.25:
            claim["code"] = "WRONG"
        if self._chance.random() < 0.3:
            claim["at"] = now + self.clock_offset_s
        return claim

    def position(self) -> Message:
        """Where the phone is."""
        return {
            "t": "position",
            "lat": round(57.7 + self._chance.random() / 100, 5),
            "lon": round(11.9 + self._chance.random() / 100, 5),
            "accuracy": 12.0,
        }


class GameMaster:
    """Decides what one game master commands next."""

    def __init__(self, chance: random.Random, places: list[str], teams: list[str]) -> None:
        self._chance = chance
        self._places = places
        self._teams = teams

    def act(self, messages: Sequence[int]) -> Message:
        """The next command; `messages` are the latest that teams wrote, as far as they are shown."""
        if self._chance.random() < HELP_SHARE:
            return self._help(messages)
        team, place = self._chance.choice(self._teams), self._chance.choice(self._places)
        find: dict[str, Any] = {"team": team, "location": place, "reason": "as I saw it"}
        commands: list[Message] = [
            {"t": "void", **find},
            {"t": "void", **find},
            {"t": "restore", **find},
            {"t": "restore", **find},
            {"t": "adjust", "team": team, "points": self._chance.randint(-9, 9), "reason": "song"},
            {"t": "close", "location": place},
            {"t": "open", "location": place},
            {"t": "open", "location": place},
            {"t": "disqualify", "team": team, "reason": "car"},
            {"t": "reinstate", "team": team, "reason": "it was a bus"},
            {"t": "reinstate", "team": team, "reason": "it was a bus"},
            {"t": "announce", "text": f"News {self._chance.randrange(100)}", "to": "all"},
            {"t": "announce", "text": "Only you", "to": [team], "level": "warning"},
            {"t": "freeze"},
            {"t": "thaw"},
            {"t": "pause"},
            {"t": "resume"},
            {"t": "resume"},
        ]
        return self._chance.choice(commands)

    def _help(self, messages: Sequence[int]) -> Message:
        """Do something for a team, or let others help; there may be no message to handle."""
        team, place = self._chance.choice(self._teams), self._chance.choice(self._places)
        message = self._chance.choice(messages) if messages else 1
        state = self._chance.choice(("claimed", "done", "open"))
        commands: list[Message] = [
            {"t": "grant", "team": team, "location": place, "hint": self._chance.randrange(2)},
            {"t": "extend", "seconds": self._chance.randint(-20, 20), "reason": "rain"},
            {"t": "handle", "message": message, "state": state},
            {"t": "handle", "message": message, "state": state},
            {"t": "invite", "name": "Cleo", "role": "station", "location": place},
            {"t": "revoke", "staff": f"s{self._chance.randint(1, 5)}"},
            {"t": "cards"},
        ]
        return self._chance.choice(commands)


class Habit:
    """Lets somebody act again and again, until the world goes quiet."""

    def __init__(self, client: SimulatedClient, person: Player | GameMaster, mean_s: float) -> None:
        self.client = client
        self.person = person
        self.mean_s = mean_s
        self.is_over = False

    def go_on(self) -> None:
        """Act after a while, then again."""
        pause_s = self.client.chance.expovariate(1 / self.mean_s)
        self.client.site.timeline.call_later(pause_s, self._act)

    def _act(self) -> None:
        if self.is_over or self.client.is_ended:
            return
        if isinstance(self.person, Player):
            self.client.submit(self.person.act(self.client.site.timeline.now))
            if self.client.link is not None and self.client.chance.random() < 0.2:
                self.client.link.send(self.person.position())
        else:
            self.client.submit(self.person.act(self.client.messages))
        self.go_on()
