"""What each team must have in the end, from what its phones were answered; and whether it has.

The points of a find, a hint and a wrong code are never 0, so a team's score tells whether anything
of it was lost, or counted twice.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from msgspec import Struct

from scripts.loadtest_plan import WRONG_COST, What, place_id

EXAMPLES_MAX = 3
"""Differences that are told in full; one is enough to look into."""

_KINDS = {
    What.CLAIM: "location_found",
    What.HINT: "hint_bought",
    What.SAY: "team_spoke",
    What.SEEN: "announcement_seen",
}
"""Requests whose every `accepted` is one event of the journal."""


class TeamBook:
    """One team's account."""

    def __init__(self) -> None:
        self.score = 0
        self.found: set[str] = set()
        self.unsure: set[str] = set()
        """Places whose claim was carried out, or not: its answer was lost with a connection."""
        self.is_sure = True
        """Whether every answer that may have changed the score is known."""

    def enter(self, what: What, place: int, answer: dict[str, Any]) -> None:
        """A phone of the team was answered."""
        reason = answer.get("reason")
        if answer["t"] == "accepted" and what is What.CLAIM:
            self.found.add(place_id(place))
            self.score += int(answer.get("points", 0))
        elif answer["t"] == "accepted" and what is What.HINT:
            self.score -= int(answer.get("cost", 0))
        elif reason == "wrong_code":
            self.score -= WRONG_COST
        elif reason in ("already_applied", "internal"):
            self.leave_open(what, place)

    def leave_open(self, what: What, place: int) -> None:
        """The answer to a request will never be known."""
        if what in (What.CLAIM, What.WRONG, What.HINT):
            self.is_sure = False
        if what is What.CLAIM:
            self.unsure.add(place_id(place))

    def differences(self, team: dict[str, Any]) -> list[str]:
        """What a team's view, from a welcome, has otherwise than the book."""
        found = {one["id"] for one in team.get("locations", ()) if one["state"] == "found"}
        wrong = [f"has lost {place}" for place in sorted(self.found - found)]
        wrong += [f"has {place}, unasked" for place in sorted(found - self.found - self.unsure)]
        if self.is_sure and team["score"] != self.score:
            wrong.append(f"has {team['score']} points instead of {self.score}")
        return wrong


class Books(Struct):
    """What the comparison came to."""

    teams: int = 0
    """Teams that were compared."""
    unsure: int = 0
    """Those of them whose score could not be compared: an answer was lost with a connection."""
    unreachable: int = 0
    """Teams of which no phone could come back to be asked."""
    wrong: int = 0
    """Differences."""
    examples: list[str] = []
    """Some of them, a sentence each."""
    journal: dict[str, int] = {}
    """Events in the database of a server of our own, by kind; empty for any other."""

    def compare(self, name: str, book: TeamBook, team: dict[str, Any] | None) -> None:
        """Compare one team with its book; None when nobody could look."""
        if team is None:
            self.unreachable += 1
            return
        self.teams += 1
        self.unsure += not book.is_sure
        self.note(f"{name} {difference}" for difference in book.differences(team))

    def note(self, sentences: Any) -> None:
        """Count differences, and keep the first ones."""
        for sentence in sentences:
            self.wrong += 1
            if len(self.examples) < EXAMPLES_MAX:
                self.examples.append(sentence)

    def compare_journal(self, accepted: dict[str, int], lost_answers: int) -> None:
        """Compare the journal's events with what was accepted.

        `lost_answers` requests may have been carried out without our knowing.
        """
        for what, kind in _KINDS.items():
            saved, told = self.journal.get(kind, 0), accepted.get(what, 0)
            if not told <= saved <= told + lost_answers:
                self.note([f"{told:,} of {what} accepted, {saved:,} {kind} in the database"])


def journal_of(db: Path) -> dict[str, int]:
    """Events by kind in the database of a server that has ended."""
    with closing(sqlite3.connect(db)) as connection:
        rows = connection.execute("SELECT kind, count(*) FROM events GROUP BY kind").fetchall()
    return {str(kind): int(count) for kind, count in rows}
