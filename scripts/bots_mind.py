"""What a bot team knows, and what it does next. Without I/O; the same seed decides the same."""

import random
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from actors.domain.geo import distance_m
from actors.domain.ids import LocationId
from actors.domain.plan import HuntPlan, Location, Proof
from actors.domain.text import matches_answer, same_code
from scripts.bots_walk import WALKING_M_PER_S, Point, as_seen_by_a_phone, moved, scattered
from scripts.regex_example import examples

Message = dict[str, Any]

START_M = 200.0
"""Metres from the first location within which teams start."""

SAY_SHARE = 0.02
"""Share of a bot's actions that are messages to the game masters."""

NEAR_SHARE = 0.7
"""Share of choices that go to the nearest location; the others go anywhere."""

NEAR_MISS_SHARE = 0.5
"""Share of wrong answers that the author foresaw, where there are any."""

GIVE_UP_SHARE = 0.3
"""Share of wrong tries after which a team looks around for another location."""

HINT_SHARE = 0.3
"""Share of actions after a wrong try that buy a hint."""

TOO_FAR_SHARE = 0.1
"""Share of actions on the way that try to claim from too far away, until that is refused once."""

GONE = frozenset({"already_found", "stock_gone", "not_found"})
"""Reasons after which another claim of the same location is pointless."""

WRONG = ("no idea", "the moon", "seventeen", "a very long bridge", "ask the other team", "42")

SAYINGS = (
    "Which way is north?",
    "We found a cat. Does that count?",
    "Our phone is at 10 per cent.",
    "Is the place behind the gate part of the hunt?",
    "Greetings from the bus stop.",
)


class Traits(Struct, frozen=True):
    """How a bot team plays."""

    solve: float = 0.7
    """Share of tries that are right, 0 to 1."""
    walking_m_per_s: float = WALKING_M_PER_S
    """Metres a second."""


class Mind:
    """One bot team. Times are seconds of any clock that never goes back."""

    def __init__(self, plan: HuntPlan, traits: Traits, rng: random.Random) -> None:
        self._traits = traits
        self._rng = rng
        self._places = {place.id: place for place in plan.locations}
        self._answers = {place.id: solution(place) for place in plan.locations}
        self._open: dict[LocationId, Message] = {}
        self._closed: set[LocationId] = set()
        self._wait_until: dict[LocationId, float] = {}
        self._failures: dict[LocationId, int] = {}
        self._hint_at: dict[LocationId, float] = {}
        self._impatient_at: set[LocationId] = set()
        self._unseen: list[int] = []
        self._seen: set[int] = set()
        self._target: LocationId | None = None
        self._goal: LocationId | None = None
        self.phase = "draft"
        self.found: set[LocationId] = set()
        self.gone = {id_ for id_, answer in self._answers.items() if answer is None}
        """Locations that cannot be found: taken by others, or their answer is beyond the bots."""
        starts = [place.at for place in plan.locations if place.at is not None]
        self.at: Point | None = scattered(starts[0], START_M, rng) if starts else None
        """Where the team is; None in a hunt without positions."""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.phase == "finished" or len(self.found | self.gone) == len(self._places)

    # What it is shown -----------------------------------------------------------------------

    def see(self, message: Message) -> None:
        """Take in a welcome or a push."""
        match message:
            case {"t": "welcome", "hunt": hunt, "announcements": announcements}:
                self.phase = hunt["phase"]
                self._closed = set(message.get("closed", ()))
                self._note_announcements(announcements)
                self._see_team(message.get("team") or {})
            case {"t": "team", "team": team}:
                self._see_team(team)
            case {"t": "location", "location": view}:
                self._see_locations([view])
            case {"t": "location", "id": id_, "open": is_open}:
                (self._closed.discard if is_open else self._closed.add)(id_)
            case {"t": "phase", "phase": phase}:
                self.phase = phase
            case {"t": "announcement", "announcement": announcement}:
                self._note_announcements([announcement])

    def _note_announcements(self, announcements: Iterable[Message]) -> None:
        for announcement in announcements:
            if announcement["id"] not in self._seen:
                self._seen.add(announcement["id"])
                self._unseen.append(announcement["id"])

    def _see_team(self, team: Message) -> None:
        self._target = team.get("target")
        self._open.clear()
        self._see_locations(team.get("locations", ()))

    def _see_locations(self, views: Iterable[Message]) -> None:
        for view in views:
            if view["state"] == "open":
                self._open[view["id"]] = view
                self.found.discard(view["id"])
            else:
                self._open.pop(view["id"], None)
                self.found.add(view["id"])

    def learn(self, request: Message, answer: Message, now: float) -> None:
        """Take in the answer to one of its own requests."""
        location = request.get("location")
        if location is None:
            return
        if answer["t"] == "accepted" and request["t"] == "claim":
            self._open.pop(location, None)
            self.found.add(location)
            self._see_locations(answer.get("unlocked", ()))
        elif answer["t"] == "accepted":
            self._failures[location] = 0  # With the hint they think anew.
        else:
            self._learn_refusal(location, request, answer, now)

    def _learn_refusal(
        self, location: LocationId, request: Message, answer: Message, now: float
    ) -> None:
        reason, wait_s = answer["reason"], float(answer.get("retry_after") or 0.0)
        if request["t"] == "hint":
            self._hint_at[location] = now + wait_s
            return
        if reason == "closed":
            self._closed.add(location)
        elif reason in GONE and location not in self.found:
            self._open.pop(location, None)
            self.gone.add(location)
        else:
            self._failures[location] = self._failures.get(location, 0) + 1
            self._wait_until[location] = now + wait_s
            if self._rng.random() < GIVE_UP_SHARE:
                self._goal = None

    # What it does ---------------------------------------------------------------------------

    def walk(self, seconds: float) -> Message | None:
        """Walk on for so long; the position to report, None in a hunt without positions."""
        if self.at is None:
            return None
        goal = self._places[self._goal].at if self._goal is not None else None
        if goal is not None:
            self.at = moved(self.at, seconds * self._traits.walking_m_per_s, goal)
        return {"t": "position", **as_seen_by_a_phone(self.at, self._rng)}

    def act(self, now: float) -> Message | None:
        """The next request, without its number; None when there is nothing to do but walk."""
        if self._unseen:
            return {"t": "seen", "announcement": self._unseen.pop(0)}
        if self.phase != "running":
            return None
        if self._rng.random() < SAY_SHARE:
            return {"t": "say", "text": self._rng.choice(SAYINGS)}
        self._goal = self._choose(now)
        if self._goal is None:
            return None
        place = self._places[self._goal]
        hint = self._hint(place, now)
        if hint is not None:
            return {"t": "hint", "location": place.id, "hint": hint}
        if not self._is_there(place):
            if place.id in self._impatient_at or self._rng.random() >= TOO_FAR_SHARE:
                return None
            self._impatient_at.add(place.id)
        return self._claim(place)

    def _choose(self, now: float) -> LocationId | None:
        """Stay with a goal that can be claimed, else choose another."""
        ready = [
            id_
            for id_ in self._open
            if id_ not in self._closed
            and id_ not in self.gone
            and id_ in self._places
            and self._wait_until.get(id_, now) <= now
        ]
        if self._goal in ready:
            return self._goal
        if self._target in ready:
            return self._target
        if not ready:
            return None
        if self.at is not None and self._rng.random() < NEAR_SHARE:
            return min(ready, key=self._way_m)
        return self._rng.choice(ready)

    def _way_m(self, id_: LocationId) -> float:
        place = self._places[id_]
        return 0.0 if place.at is None or self.at is None else distance_m(self.at, place.at)

    def _is_there(self, place: Location) -> bool:
        return Proof.POSITION not in place.proof or self._way_m(place.id) <= place.radius_m / 2

    def _hint(self, place: Location, now: float) -> int | None:
        """The first hint that is not bought, if the team feels like buying it."""
        is_stuck = self._failures.get(place.id) and self._hint_at.get(place.id, now) <= now
        if not is_stuck or self._rng.random() >= HINT_SHARE:
            return None
        views = self._open[place.id].get("hints", ())
        return next((view["hint"] for view in views if "text" not in view), None)

    def _claim(self, place: Location) -> Message:
        claim: Message = {"t": "claim", "location": place.id}
        is_right = self._rng.random() < self._traits.solve
        if Proof.CODE in place.proof:
            claim["code"] = place.code if is_right else self._wrong_code(place)
        if Proof.ANSWER in place.proof:
            claim["answer"] = self._answers[place.id] if is_right else self._wrong_answer(place)
        if Proof.POSITION in place.proof and self.at is not None:
            claim["position"] = as_seen_by_a_phone(self.at, self._rng)
        return claim

    def _wrong_code(self, place: Location) -> str:
        words = [word for word in WRONG if not same_code(word, place.code)]
        return self._rng.choice(words)

    def _wrong_answer(self, place: Location) -> str:
        near = sorted(place.near_misses)
        if near and self._rng.random() < NEAR_MISS_SHARE:
            return self._rng.choice(near)
        words = [word for word in WRONG if not matches_answer(word, place.answers)]
        return self._rng.choice(words or WRONG)  # A pattern may take anything.


def solution(place: Location) -> str | None:
    """An answer that the location accepts ("" when it asks for none); None if none is found."""
    if Proof.ANSWER not in place.proof:
        return ""
    for answer in place.answers:
        if answer.text is not None:
            return answer.text
        for example in examples(answer.regex or ""):
            if matches_answer(example, (answer,)):
                return example
    return None
