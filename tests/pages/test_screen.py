"""The big screen: what it knows, and what people in the hall see."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.async_api import Page, expect

from tests.integration.clients import Message
from tests.integration.games import SIMPLE, Game, location, plan
from tests.pages.models import Models
from tests.pages.people import Audience, part
from tests.pages.stage import Person, Stage

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


# The model ----------------------------------------------------------------------------------


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


# The page -----------------------------------------------------------------------------------


async def hall_of(stage: Stage, game: Game, **more: Any) -> Person:
    return await stage.desktop(f"/screen#hunt={game.hunt}", scheme="dark", **more)


async def order_of(page: Page, *teams: str) -> None:
    """Wait until the board shows these teams in this order."""
    await page.wait_for_function(
        "(wanted) => [...document.querySelectorAll('[data-test=board-row]')]"
        ".map((row) => row.dataset.team).join() === wanted",
        arg=",".join(teams),
    )


async def test_the_hall_sees_who_leads_what_phase_it_is_and_what_is_announced(
    stage: Stage,
) -> None:
    game = await stage.seed(SIMPLE | {"duration": "2h", "title": "Harbour Lights"}, start=False)
    hall = Audience(await hall_of(stage, game))
    phase, clock = part(hall.page, "phase"), part(hall.page, "countdown")
    await expect(phase).to_have_attribute("data-state", "draft")
    await expect(hall.page.get_by_role("heading", name="Harbour Lights")).to_be_visible()
    await expect(hall.page.get_by_text(f"Open 127.0.0.1:{stage.server.port}")).to_be_visible()
    await game.gm.done("start")
    await expect(phase).to_have_attribute("data-state", "running")
    await expect(clock).to_have_text("1:59:59")
    await order_of(hall.page, "otters", "terns")
    terns = await game.join("terns")
    await terns.done("claim", location="pier", code="PIER")
    await order_of(hall.page, "terns", "otters")
    await hall.sees_score("terns", 10)
    await expect(part(hall.page, "board-row", team="terns")).to_have_attribute("data-move", "up")
    await game.gm.done("announce", text="**Rain** at four.", level="warning")
    await hall.sees_announcement("Rain at four.")
    await game.gm.done("pause")
    await expect(phase).to_have_attribute("data-state", "paused")
    await game.gm.done("finish")
    await expect(phase).to_have_attribute("data-state", "finished")
    await expect(hall.page.get_by_role("heading", name="Final standings")).to_be_visible()


async def test_frozen_standings_say_so_and_keep_still(stage: Stage) -> None:
    game = await stage.seed(SIMPLE)
    hall = Audience(await hall_of(stage, game))
    await game.gm.done("freeze")
    await expect(hall.page.get_by_text("Standings are frozen")).to_be_visible()
    terns = await game.join("terns")
    await terns.done("claim", location="pier", code="PIER")
    await game.gm.done("announce", text="Later than the find.")
    await hall.sees_announcement("Later than the find.")
    await hall.sees_score("terns", 0)
    await order_of(hall.page, "otters", "terns")
    late = Audience(await hall_of(stage, game))
    await expect(late.page.get_by_text("Standings are frozen")).to_be_visible()
    await late.sees_score("terns", 0)
    await game.gm.done("thaw")
    await order_of(hall.page, "terns", "otters")
    await expect(hall.page.get_by_text("Standings are frozen")).to_be_hidden()


async def test_it_connects_again_by_itself_and_says_meanwhile_that_it_is_old(stage: Stage) -> None:
    game = await stage.seed(SIMPLE)
    terns = await game.join("terns")
    await terns.done("claim", location="pier", code="PIER")
    await terns.saved(1)
    hall = Audience(await hall_of(stage, game))
    await hall.sees_score("terns", 10)
    async with stage.outage():
        await expect(hall.page.get_by_text("No connection. Standings as of")).to_be_visible()
        await hall.sees_score("terns", 10)
    await expect(hall.page.get_by_text("No connection. Standings as of")).to_be_hidden()
    gm = await stage.server.game_master()
    await gm.done("adjust", team="terns", points=5)
    await hall.sees_score("terns", 15)


async def test_a_hunt_that_is_set_up_anew_is_shown_anew(stage: Stage) -> None:
    game = await stage.seed(SIMPLE)
    hall = await hall_of(stage, game)
    await order_of(hall.page, "otters", "terns")
    await game.gm.done("seed", plan=SIMPLE | {"title": "Second Try"}, replace=True)
    await expect(hall.page.get_by_role("heading", name="Second Try")).to_be_visible()


async def test_without_a_hunt_it_asks_and_remembers_what_was_chosen(stage: Stage) -> None:
    await stage.seed(SIMPLE)
    hall = await stage.desktop("/screen")
    field = part(hall.page, "hunt-id")
    await expect(field).to_be_focused()
    await field.fill("nowhere")
    await hall.page.keyboard.press("Enter")
    await expect(hall.page.get_by_role("alert")).to_contain_text("nowhere")
    await field.fill("harbour")
    await part(hall.page, "hunt-show").click()
    await order_of(hall.page, "otters", "terns")
    assert hall.page.url.endswith("/screen#hunt=harbour")
    await hall.go("/screen")
    await expect(field).to_have_value("harbour")


# Movement, map and finds --------------------------------------------------------------------


async def test_rows_glide_to_their_new_ranks_unless_somebody_wants_calm(stage: Stage) -> None:
    game = await stage.seed(SIMPLE)
    glides = """() => {
      window.glides = 0;
      const animate = Element.prototype.animate;
      Element.prototype.animate = function (...how) {
        if (this.dataset.test === "board-row") window.glides += 1;
        return animate.apply(this, how);
      };
    }"""
    lively = await hall_of(stage, game, reduced_motion="no-preference")
    calm = await hall_of(stage, game)
    for hall in (lively, calm):
        await order_of(hall.page, "otters", "terns")
        await hall.page.evaluate(glides)
    await game.gm.done("adjust", team="terns", points=5)
    for hall in (lively, calm):
        await order_of(hall.page, "terns", "otters")
    assert await lively.page.evaluate("window.glides") == 2
    assert await calm.page.evaluate("window.glides") == 0


ON_MAP = plan(
    [
        location("pier", name="The Old <b>Pier</b>", at=[57.7072, 11.9668], on_map=True),
        location("mill", at=[57.7010, 11.9750], on_map=True),
        location("vault", at=[57.7033, 11.9611]),
    ]
)


async def test_places_stand_on_a_map_and_finds_in_a_list(stage: Stage) -> None:
    game = await stage.seed(ON_MAP)
    hall = await hall_of(stage, game)
    marks, finds = part(hall.page, "map-place"), part(hall.page, "find")
    await expect(marks).to_have_text(["The Old <b>Pier</b>", "Mill"])
    await expect(hall.page.get_by_text("© OpenStreetMap contributors")).to_be_visible()
    await game.gm.done("close", location="mill")
    await expect(marks.nth(1)).to_have_attribute("data-closed", "")
    terns, otters = await game.join("terns"), await game.join("otters")
    await terns.done("claim", location="vault", code="VAULT")
    await expect(finds).to_contain_text(["Terns"])
    await expect(finds).to_contain_text(["at a secret place"])
    await otters.done("claim", location="pier", code="PIER")
    await expect(finds).to_contain_text(["Otters", "Terns"])
    await expect(finds.first).to_contain_text("The Old <b>Pier</b>")
    await expect(marks.first).to_have_attribute("data-fresh", "")
    late = await hall_of(stage, game)
    await expect(part(late.page, "find")).to_contain_text(["Otters", "Terns"])
    assert [url for url in hall.watch.requests if url.startswith("https://tile")]


async def test_requests_for_tiles_alone_name_the_site(stage: Stage) -> None:
    game = await stage.seed(ON_MAP)
    hall = await stage.desktop("about:blank")
    named: asyncio.Queue[tuple[bool, str | None]] = asyncio.Queue()
    hall.page.on(
        "request",
        lambda one: named.put_nowait(("openstreetmap" in one.url, one.headers.get("referer"))),
    )
    await hall.go(f"/screen#hunt={game.hunt}")
    await expect(hall.page.locator(".leaflet-tile-loaded").first).to_be_visible()
    found = {named.get_nowait() for _ in range(named.qsize())}
    assert found == {(False, None), (True, f"{stage.origin}/")}


async def test_it_fills_the_screen_with_a_key_and_leaves_it_again(stage: Stage) -> None:
    game = await stage.seed(SIMPLE)
    hall = await hall_of(stage, game)
    await order_of(hall.page, "otters", "terns")
    await hall.page.keyboard.press("f")
    await hall.page.wait_for_function("document.fullscreenElement !== null")
    await hall.page.dblclick("body")
    await hall.page.wait_for_function("document.fullscreenElement === null")


@pytest.mark.parametrize(
    "size", [(1920, 1080), (1280, 720), (3840, 2160), (1080, 1920), (1024, 768)]
)
async def test_nothing_is_cut_off_on_any_screen(stage: Stage, size: tuple[int, int]) -> None:
    names = [f"Team {'x' * (number % 40)} {number}" for number in range(60)]
    game = await stage.seed(plan([location("pier")], {"names": names}))
    viewport = {"width": size[0], "height": size[1]}
    hall = await hall_of(stage, game, viewport=viewport)
    await game.gm.done("announce", text="Rain at four.\n" * 70, level="urgent")
    await Audience(hall).sees_announcement("Rain")
    cut = await hall.page.evaluate(
        """() => [...document.querySelectorAll(".row, .head, .announcement, .board, .clock")]
          .map((node) => [node.className, node.getBoundingClientRect()])
          .filter(([, box]) => box.bottom > innerHeight + 1 || box.right > innerWidth + 1)
          .map(([name]) => name)"""
    )
    assert cut == []
    low = await hall.page.evaluate(
        "() => Math.min(...[...document.querySelectorAll('.row')].map((row) => row.offsetHeight))"
    )
    assert low >= size[1] / 60
