"""The harness itself: a watch that sees nothing would let every page pass."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Route, expect

from tests.integration.games import SIMPLE
from tests.integration.states import read_journal
from tests.pages import models as models_module
from tests.pages.models import Models
from tests.pages.stage import NOWHERE, Person, Stage

SINS = {
    "() => console.error('lost it')": "console: lost it",
    "() => { setTimeout(() => { throw new Error('late') }, 0) }": "uncaught: Error: late",
    "() => { Promise.reject(new Error('nobody caught it')) }": "nobody caught it",
    "() => alert('owned')": "dialog: alert 'owned'",
    "() => { fetch('https://evil.example/x').catch(() => 0) }": "to https://evil.example/x",
    "() => { new WebSocket('wss://evil.example/y') }": "to wss://evil.example/y",
    "() => { new Image().src = '//evil.example/z.gif' }": "to http://evil.example/z.gif",
    "() => { fetch('/missing') }": "404",
}
"""What a page must not do, and what the watch says of it."""

TALK = """() => {
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws", "cairn.v1.json");
  socket.onopen = () => { document.title = "open"; };
  socket.onclose = () => { document.title = "closed"; };
}"""


async def bare_page(stage: Stage, has_policy: bool = False, **more: Any) -> Person:
    """Somebody on a page of the server without scripts of its own."""

    async def no_icon(route: Route) -> None:
        await route.fulfill(status=204)

    person = await stage.phone(NOWHERE, bypass_csp=not has_policy, **more)
    await person.context.route("**/favicon.ico", no_icon)
    await person.go("/healthz")
    return person


async def test_whatever_a_page_must_not_do_is_seen(stage: Stage) -> None:
    person = await bare_page(stage)
    for script, fault in SINS.items():
        await person.page.evaluate(script)
        assert fault in await person.watch.first_fault()
        with pytest.raises(AssertionError, match="browser 1: "):
            await stage.check()
        await person.go("/healthz")
        person.watch.faults.clear()


async def test_a_breach_of_the_content_policy_is_seen(stage: Stage) -> None:
    person = await bare_page(stage, has_policy=True)
    await person.page.evaluate(
        "() => { document.body.innerHTML = '<img src=data:, onerror=document.title=1>' }"
    )
    await person.watch.first_fault()
    with pytest.raises(AssertionError, match="policy violated: script-src-attr by inline"):
        await stage.check()
    person.watch.faults.clear()


async def test_a_network_that_is_not_there_is_a_fault_unless_it_was_taken_away(
    stage: Stage,
) -> None:
    person = await bare_page(stage)
    await person.context.set_offline(True)
    await person.page.evaluate("() => { fetch('/healthz').catch(() => 0) }")
    assert "ERR_INTERNET_DISCONNECTED" in await person.watch.first_fault()
    await person.go_online()
    person.watch.faults.clear()
    async with person.offline():
        await person.page.evaluate("() => fetch('/healthz').catch(() => 0)")
    await person.page.evaluate("() => fetch('/healthz')")
    await stage.check()


async def test_the_server_comes_back_where_it_was_with_what_it_had(stage: Stage) -> None:
    game = await stage.seed(SIMPLE)
    await game.gm.saved(2)
    person = await bare_page(stage)
    await person.page.evaluate(TALK)
    await expect(person.page).to_have_title("open")
    origin = stage.origin
    async with stage.outage():
        await expect(person.page).to_have_title("closed")
        records = read_journal(stage.server.db)
    assert stage.origin == origin
    await person.page.evaluate(TALK)
    await expect(person.page).to_have_title("open")
    assert read_journal(stage.server.db)[: len(records)] == records


async def test_a_page_learns_where_it_is_and_what_is_liked(stage: Stage) -> None:
    person = await bare_page(stage, at=(57.7, 11.9), scheme="dark")
    where = """() => new Promise((resolve, reject) => navigator.geolocation.watchPosition(
        ({ coords }) => coords.latitude > 57.75 && resolve(coords.latitude), reject))"""
    await person.walk_to((57.8, 11.9))
    assert await person.page.evaluate(where) == 57.8
    assert await person.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert await person.page.evaluate("matchMedia('(prefers-reduced-motion: reduce)').matches")
    assert await person.page.evaluate("navigator.maxTouchPoints > 0")
    assert await person.page.evaluate("navigator.language") == "en-GB"


def test_a_model_takes_messages_in_the_browser(
    models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models_module, "WEB", tmp_path)
    (tmp_path / "sum.js").write_text("export const sum = (a, b) => a + b;")
    (tmp_path / "model.js").write_text(
        'import { sum } from "./sum.js";\n'
        "export const begin = (welcome) => ({ total: welcome.total, by: new Map() });\n"
        "export function take(model, message, now = 0) {\n"
        "  const by = new Map(model.by).set(message.who, { seen: new Set([now]) });\n"
        "  return { total: sum(model.total, message.n), by };\n"
        "}\n"
    )
    ada, bob = {"who": "ada", "n": 2}, {"who": "bob", "n": 3}
    assert models.fold("/web/model.js", {"total": 1}, [ada, bob]) == {
        "total": 6,
        "by": {"ada": {"seen": [0]}, "bob": {"seen": [0]}},
    }
    games = [({"total": 0}, [[ada, 7]]), ({"total": 9}, [])]
    assert models.fold_all("/web/model.js", games) == [
        {"total": 2, "by": {"ada": {"seen": [7]}}},
        {"total": 9, "by": {}},
    ]
    assert models.call("/web/sum.js", "sum", 1, 2) == 3
