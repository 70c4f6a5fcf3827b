"""Sixty teams at a hundred places: the console keeps its frames while much more comes in than a
server ever sends."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from tests.integration.clients import Message
from tests.pages.console_world import World
from tests.pages.people import part
from tests.pages.stage import NOWHERE, Stage

TEAMS = 60
PLACES = 100

PUSHES = 60
PUSHES_PER_S = 20
"""A server sends two."""

MEDIAN_MS_MAX = 100.0
"""A console that draws all of its 6,000 cells anew takes several times as long for each push."""

P95_MS_MAX = 1_000.0
"""On a machine that does other things besides."""

FRAMES = """() => {
  window.frames = [];
  let last = performance.now();
  const step = (now) => {
    window.frames.push(now - last);
    last = now;
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}"""

TOUCHED = """() => {
  window.touched = new Set();
  const watch = new MutationObserver((changes) => {
    for (const { target } of changes) {
      const node = target.nodeType === Node.TEXT_NODE ? target.parentNode : target;
      const cell = node?.closest?.(".m-cell");
      if (cell) window.touched.add(`${cell.dataset.team}/${cell.dataset.place}`);
    }
  });
  const all = { subtree: true, childList: true, attributes: true, characterData: true };
  watch.observe(document.querySelector(".matrix"), all);
}"""


class Server:
    """The other end of the console's socket: a world that is made up."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._socket: WebSocketRoute | None = None

    def accept(self, socket: WebSocketRoute) -> None:
        self._socket = socket
        socket.on_message(self._answer)

    def _answer(self, frame: str | bytes) -> None:
        message = json.loads(frame)
        if message["t"] == "gm":
            self.send(self.world.welcome())
        elif message["t"] == "ping":
            self.send({"t": "pong", "now": self.world.now})

    def send(self, message: Message) -> None:
        assert self._socket is not None
        self._socket.send(json.dumps(message))


async def opened(stage: Stage, server: Server) -> Page:
    """A console that looks at the made-up world."""
    person = await stage.desktop(NOWHERE)
    accept: Callable[[WebSocketRoute], Any] = server.accept
    await person.page.route_web_socket("**/ws", accept)
    await person.go("/gm")
    await part(person.page, "gm-name").fill("Ann")
    await part(person.page, "token").fill("a-token-of-a-made-up-world")
    await part(person.page, "gm-connect").click()
    await expect(part(person.page, "cell")).to_have_count(TEAMS * PLACES)
    return person.page


async def test_frames_keep_coming_while_twenty_pushes_a_second_come_in(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    world = World(TEAMS, PLACES)
    server = Server(world)
    page = await opened(stage, server)
    await page.evaluate(FRAMES)
    for number in range(PUSHES):
        server.send(world.progress(teams=6))
        if number % 5 == 0:
            server.send({"t": "leaderboard", "hunt": "harbour", "leaderboard": world.board()})
            server.send({"t": "feed", "events": world.feed[-6:]})
        if number % PUSHES_PER_S == 0:
            server.send(world.positions())
            server.send(world.health())
        await asyncio.sleep(1 / PUSHES_PER_S)
    frames = sorted(await page.evaluate("window.frames"))
    median, p95 = frames[len(frames) // 2], frames[len(frames) * 95 // 100]
    record_property("frame_ms_median", round(median, 1))
    record_property("frame_ms_p95", round(p95, 1))
    assert median < MEDIAN_MS_MAX
    assert p95 < P95_MS_MAX


@pytest.mark.parametrize("teams", [1, 3])
async def test_a_push_touches_only_the_cells_that_changed(stage: Stage, teams: int) -> None:
    world = World(TEAMS, PLACES)
    server = Server(world)
    page = await opened(stage, server)
    await page.evaluate(TOUCHED)
    push = world.progress(teams=teams)
    changed = {f"{line['id']}/{place}" for line in push["teams"] for place in line["cells"]}
    server.send(push)
    server.send(world.health())
    await expect(page.locator("[data-figure=connections]")).to_contain_text("212")
    touched = set(await page.evaluate("[...window.touched]"))
    assert touched
    assert touched <= changed
