"""What the big screen knows after any messages, and how it lays out what it shows."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.clients import Message
from tests.pages.models import Models

MODEL = "/web/screen/model.js"
LABELS = "/web/screen/labels.js"

NOW = 1_795_425_756.0


def row(rank: int, team: str, score: int = 0) -> Message:
    return {"rank": rank, "team": team, "name": team.title(), "score": score}


def rows(teams: str) -> list[Message]:
    """Best first; each letter is a team."""
    return [row(rank, team, 100 - rank) for rank, team in enumerate(teams, 1)]


def hunt(phase: str = "running", **more: Any) -> Message:
    return {"id": "harbour", "title": "Harbour Lights", "phase": phase, **more}


def welcome(**more: Any) -> Message:
    return {"t": "welcome", "hunt": hunt(), "leaderboard": [], "announcements": [], "now": NOW} | (
        more
    )


class Hall:
    """What the server would show a watcher, and the pushes by which it gets there."""

    def __init__(self) -> None:
        self.parts: Message = {
            "hunt": hunt("draft"),
            "leaderboard": rows("abcd"),
            "is_frozen": False,
            "announcements": [],
            "finds": [],
            "closed": [],
            "now": NOW,
        }
        self.pushes: list[list[Any]] = []

    def push(self, message: Message) -> None:
        self.pushes.append([message, NOW + len(self.pushes)])

    def ranks(self, teams: str) -> None:
        self.parts["leaderboard"] = rows(teams)
        self._board()

    def freeze(self, is_frozen: bool) -> None:
        self.parts["is_frozen"] = is_frozen
        self._board()

    def _board(self) -> None:
        board = {key: self.parts[key] for key in ("leaderboard", "is_frozen")}
        self.push({"t": "leaderboard", "hunt": "harbour", **board})

    def phase(self, phase: str) -> None:
        self.parts["hunt"] = hunt(phase, elapsed_s=float(len(self.pushes)))
        self.push({"t": "phase", "phase": phase, "hunt": self.parts["hunt"], "now": NOW})

    def announce(self, level: str) -> None:
        known = self.parts["announcements"]
        one = {"id": len(known) + 1, "text": "Rain.", "to": None, "level": level, "at": NOW}
        known.append(one)
        self.push({"t": "announcement", "announcement": one})

    def find(self, teams: str) -> None:
        known = self.parts["finds"]
        news = [
            {"id": 7 * (len(known) + index), "team": team, "name": team, "at": NOW, "rank": 1}
            for index, team in enumerate(teams)
        ]
        known += news
        # A find that the welcome had already may come again.
        self.push({"t": "finds", "finds": known[-len(news) - 1 :]})

    def close(self, place: str) -> None:
        closed = set(self.parts["closed"]) ^ {place}
        self.parts["closed"] = sorted(closed)
        self.push({"t": "location", "id": place, "open": place not in closed})

    def other(self) -> None:
        self.push({"t": "something_new", "hunt": "harbour"})


DEEDS = st.one_of(
    st.tuples(st.just("ranks"), st.permutations("abcde").map("".join)),
    st.tuples(st.just("freeze"), st.booleans()),
    st.tuples(st.just("phase"), st.sampled_from(["running", "paused", "finished"])),
    st.tuples(st.just("announce"), st.sampled_from(["info", "warning", "urgent"])),
    st.tuples(st.just("find"), st.text("abcd", min_size=1, max_size=15)),
    st.tuples(st.just("close"), st.sampled_from(["pier", "mill"])),
    st.tuples(st.just("other")),
)


def shown(model: Message) -> Message:
    """All of a model but how the board came to look as it does."""
    return model | {"moves": None, "closed": sorted(model["closed"])}


@settings(max_examples=200, deadline=None)
@given(st.lists(DEEDS, max_size=30), st.integers(0, 30))
def test_after_any_pushes_it_knows_what_a_fresh_welcome_says(
    models: Models, deeds: list[tuple[Any, ...]], welcomed_after: int
) -> None:
    hall = Hall()
    first = json.loads(json.dumps(welcome(**hall.parts)))
    for index, (deed, *how) in enumerate(deeds):
        if index == welcomed_after:
            first = json.loads(json.dumps(welcome(**hall.parts)))
            hall.pushes.clear()
        getattr(hall, deed)(*how)
    fresh = welcome(**hall.parts)
    pushed, welcomed = models.fold_all(MODEL, [(first, hall.pushes), (fresh, [])])
    assert shown(pushed) == shown(welcomed)


def test_who_moved_on_the_board_is_known_with_how_far_and_when(models: Models) -> None:
    def board(teams: str) -> Message:
        return {"t": "leaderboard", "hunt": "harbour", "leaderboard": rows(teams)}

    first = welcome(leaderboard=rows("abcd"))
    game: list[list[Any]] = [[board("dabc"), 10], [board("dabce"), 20], [board("dbace"), 30]]
    after = [models.fold_all(MODEL, [(first, game[:count])])[0]["moves"] for count in (1, 2, 3)]
    falls = {team: {"by": -1, "at": 10} for team in "abc"}
    assert after[0] == after[1] == {"d": {"by": 3, "at": 10}, **falls}
    assert after[2] == after[1] | {"b": {"by": 1, "at": 30}, "a": {"by": -1, "at": 30}}


@pytest.mark.parametrize(
    ("state", "kind", "seconds"),
    [
        (hunt("draft"), "none", 0),
        (hunt("draft", starts_at=NOW + 90), "starts", 90),
        (hunt("running", ends_at=NOW + 30, duration_s=7_200), "left", 30),
        (hunt("running", elapsed_s=100), "played", 160),
        (hunt("paused", elapsed_s=100), "played", 100),
        (hunt("paused", elapsed_s=100, duration_s=150), "left", 50),
        (hunt("finished", elapsed_s=100, duration_s=150), "none", 0),
    ],
)
def test_the_clock_counts_to_the_start_to_the_end_or_up(
    models: Models, state: Message, kind: str, seconds: float
) -> None:
    model = {"hunt": state, "madeAt": NOW - 60}
    assert models.call(MODEL, "clock", model, NOW) == {"kind": kind, "seconds": seconds}


def test_announcements_stay_for_a_while_the_urgent_ones_first(models: Models) -> None:
    def told(number: int, level: str, ago: float) -> Message:
        return {"id": number, "text": "x", "to": None, "level": level, "at": NOW - ago}

    told_so_far = [
        told(1, "urgent", 3_500),
        told(2, "info", 400),
        told(3, "warning", 400),
        told(4, "info", 200),
        told(5, "info", 100),
    ]
    found = models.call(MODEL, "current", {"announcements": told_so_far}, NOW)
    assert [one["id"] for one in found] == [1, 3, 5, 4]


@pytest.mark.parametrize(
    ("count", "fits", "columns", "turn", "expected"),
    [
        (0, 10, 2, 0, (1, 1, 0, 0, 0, 1)),
        (10, 10, 2, 5, (10, 1, 10, 10, 10, 1)),
        (14, 12, 2, 0, (7, 2, 7, 7, 14, 1)),
        (24, 12, 2, 3, (12, 2, 12, 12, 24, 1)),
        (60, 12, 2, 0, (12, 2, 12, 12, 24, 4)),
        (60, 12, 2, 3, (12, 2, 12, 48, 60, 4)),
        (60, 12, 2, 4, (12, 2, 12, 12, 24, 4)),
        (20, 9, 1, 1, (9, 1, 5, 9, 13, 4)),
    ],
)
def test_a_board_shows_the_best_always_and_the_others_in_turns(
    models: Models, count: int, fits: int, columns: int, turn: int, expected: tuple[int, ...]
) -> None:
    found = models.call(MODEL, "layout", count, fits, columns, turn)
    names = ("rows", "columns", "pinned", "from", "to", "pages")
    assert found == dict(zip(names, expected, strict=True))


@given(st.integers(0, 250), st.integers(1, 30), st.integers(1, 2))
@settings(max_examples=100, deadline=None)
def test_every_team_has_its_turn_and_none_has_no_place(
    models: Models, count: int, fits: int, columns: int
) -> None:
    pages = [models.call(MODEL, "layout", count, fits, columns, turn) for turn in range(3)]
    seen = set(range(pages[0]["pinned"]))
    for turn in range(pages[0]["pages"]):
        page = models.call(MODEL, "layout", count, fits, columns, turn)
        seen |= set(range(page["from"], page["to"]))
        assert page["pinned"] + page["to"] - page["from"] <= page["rows"] * page["columns"]
        assert page["rows"] <= max(fits, 1)
    assert seen == set(range(count)) or (columns, fits) == (1, 1)


def test_names_on_a_map_stand_where_they_cover_nothing(models: Models) -> None:
    canvas = {"width": 600, "height": 400}
    size = {"width": 120, "height": 30}

    def sides(*points: tuple[int, int]) -> list[str]:
        marks = [{"x": x, "y": y, **size} for x, y in points]
        found: list[str] = models.call(LABELS, "labelSides", marks, canvas, 15)
        return found

    assert sides((100, 100)) == ["right"]
    assert sides((560, 100)) == ["left"], "it would be cut off"
    assert sides((100, 100), (150, 100)) == ["below", "right"]
    assert sides((400, 200), (560, 200)) == ["right", "below"], "they would cover each other"
    assert sides((300, 100), (340, 100), (260, 100))[0] in ("above", "below")
