"""The pages' models, run where they will run: in the browser, but without a page around them.

A model is a module without DOM: `begin(welcome) -> model`, `take(model, message, ...) -> model`.
The browser gets the modules from the disk under the addresses that the server gives them.
"""

import mimetypes
from asyncio import Runner
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, Route

from tests.integration.clients import Message
from tests.integration.harness import REPOSITORY

ORIGIN = "https://cairn.test"
"""Of a server that does not exist; secure, as service workers and positions want it."""

WEB = REPOSITORY / "server" / "web"

PLAIN = """
function plain(value) {
  if (value instanceof Map) value = Object.fromEntries(value);
  if (value instanceof Set) value = [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}
"""
"""Maps and sets as JSON has them."""

FOLD = f"""async ([path, games]) => {{
  {PLAIN}
  const {{ begin, take }} = await import(path);
  return games.map(([welcome, messages]) =>
    plain(messages.reduce((model, args) => take(model, ...args), begin(welcome))));
}}"""

CALL = f"""async ([path, name, args]) => {{
  {PLAIN}
  return plain(await (await import(path))[name](...args));
}}"""


CONSTANT = f"""async ([path, name]) => {{
  {PLAIN}
  return plain((await import(path))[name]);
}}"""


class Models:
    """Calls functions of modules. Its methods block, so that Hypothesis can use them."""

    def __init__(self, runner: Runner, browser: Browser) -> None:
        self._runner = runner
        self._page: Page = runner.run(_blank_page(browser))

    def call(self, path: str, name: str, *args: Any) -> Any:
        """What an exported function returns; maps become objects, sets become lists."""
        return self._runner.run(self._page.evaluate(CALL, [path, name, args]))

    def fold(self, path: str, welcome: Message, messages: Sequence[Message]) -> Any:
        """The model after a welcome and these messages."""
        return self.fold_all(path, [(welcome, [[message] for message in messages])])[0]

    def fold_all(
        self, path: str, games: Sequence[tuple[Message, Sequence[Sequence[Any]]]]
    ) -> list[Any]:
        """The same for many games in one go; each message is the list of what `take` gets
        behind the model."""
        found: list[Any] = self._runner.run(self._page.evaluate(FOLD, [path, games]))
        return found

    def constant(self, path: str, name: str = "default") -> Any:
        """What a module exports under a name."""
        return self._runner.run(self._page.evaluate(CONSTANT, [path, name]))

    def close(self) -> None:
        self._runner.run(self._page.context.close())


async def _blank_page(browser: Browser) -> Page:
    page = await browser.new_page()
    await page.route("**/*", _answer)
    await page.goto(ORIGIN)
    return page


async def _answer(route: Route) -> None:
    path = urlsplit(route.request.url).path
    if path == "/":
        await route.fulfill(body="<!doctype html><title>Models</title>", content_type="text/html")
        return
    file = WEB / path.removeprefix("/web/")
    if not path.startswith("/web/") or not file.is_file():
        await route.fulfill(status=404)
        return
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    await route.fulfill(body=file.read_bytes(), content_type=kind)
