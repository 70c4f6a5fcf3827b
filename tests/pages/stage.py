"""A test's stage: a real server, and watched browsers of the people in front of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, Page

from scripts.browser import DESKTOP, LOCALE, PHONE, TILES, serve_tiles
from tests.integration.clients import PATIENCE_S, Message
from tests.integration.games import Game, seed
from tests.integration.harness import ServerProcess
from tests.pages.watching import Watch

NOWHERE = "about:blank"

Point = tuple[float, float]
"""Latitude and longitude, as plans have them."""


class Person:
    """Somebody with a browser of their own: nothing is shared with other people's."""

    def __init__(self, context: BrowserContext, page: Page, watch: Watch, origin: str) -> None:
        self.context = context
        self.page = page
        self.watch = watch
        self._origin = origin

    async def go(self, path: str) -> None:
        """Open an address of the server; a deep link counts as freshly opened."""
        await self.page.goto(NOWHERE)  # Else only the fragment changes, and nothing loads.
        if path != NOWHERE:
            await self.page.goto(self._origin + path)

    async def new_tab(self, path: str) -> Page:
        """One more tab in the same browser."""
        page = await self.context.new_page()
        await page.goto(self._origin + path)
        return page

    async def walk_to(self, point: Point) -> None:
        """Be somewhere else, for a page that asks for the position."""
        await self.context.set_geolocation({"latitude": point[0], "longitude": point[1]})

    async def go_offline(self) -> None:
        """Lose the network: requests fail, and what an open socket carries is held back."""
        self.watch.expects_outages = True
        await self.context.set_offline(True)

    async def go_online(self) -> None:
        await self.context.set_offline(False)

    @contextlib.asynccontextmanager
    async def offline(self) -> AsyncIterator[None]:
        """No network for the length of the block."""
        await self.go_offline()
        try:
            yield
        finally:
            await self.go_online()


class Stage:
    """The server of one test, and everybody who looks at it."""

    def __init__(self, browser: Browser, folder: Path, options: Sequence[str] = ()) -> None:
        """`options` are the server's; with `--tiles off` a request for a tile is a fault."""
        self.server = ServerProcess(folder / "cairn.db", options=options)
        self.people: list[Person] = []
        self._browser = browser
        self._folder = folder

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    async def seed(self, document: Message, start: bool = True) -> Game:
        """Put a plan in force and, unless told otherwise, start the hunt."""
        return await seed(self.server, document, start)

    async def phone(self, path: str = "/", at: Point | None = None, **more: Any) -> Person:
        """Somebody with a phone. `at` grants the page the position."""
        return await self.person(path, PHONE, at=at, **more)

    async def desktop(self, path: str = "/", **more: Any) -> Person:
        """Somebody at a desk."""
        return await self.person(path, DESKTOP, **more)

    async def person(
        self,
        path: str,
        device: Mapping[str, Any],
        *,
        at: Point | None = None,
        scheme: Literal["light", "dark"] = "light",
        **more: Any,
    ) -> Person:
        """Somebody new; `more` are further options of the browser's context."""
        position: dict[str, Any] = {}
        if at is not None:
            spot = {"latitude": at[0], "longitude": at[1]}
            position = {"permissions": ["geolocation"], "geolocation": spot}
        options = {"locale": LOCALE, "color_scheme": scheme, "reduced_motion": "reduce"}
        context = await self._browser.new_context(**{**device, **options, **position, **more})
        context.set_default_timeout(PATIENCE_S * 1_000)
        await serve_tiles(context)
        watch = Watch(self.origin, [] if "--tiles" in self.server.options else [TILES])
        await watch.attach(context)
        person = Person(context, await context.new_page(), watch, self.origin)
        self.people.append(person)
        await person.go(path)
        return person

    @contextlib.asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        """`kill -9`, and a new server on the same port and database after the block."""
        for person in self.people:
            person.watch.expects_outages = True
        await self.server.kill()
        await self.server.dismiss_clients()
        yield
        await self.server.start()

    async def check(self) -> None:
        """Nobody's browser has seen anything that it must not.

        Raises:
            AssertionError: With every fault of every page.
        """
        for page in [page for person in self.people for page in person.context.pages]:
            await page.evaluate("0")  # What the page did before has been told once this is back.
        faults = [
            f"browser {number}: {fault}"
            for number, person in enumerate(self.people, 1)
            for fault in person.watch.faults
        ]
        assert not faults, "\n".join(faults)

    async def photograph(self) -> None:
        """Say what everybody sees, for somebody who looks into a failed test."""
        for number, person in enumerate(self.people, 1):
            for tab, page in enumerate(person.context.pages, 1):
                file = self._folder / f"browser-{number}-{tab}.png"
                with contextlib.suppress(Exception):  # The test has its own error to tell.
                    await asyncio.wait_for(page.screenshot(path=file), 5.0)
                    print(f"browser {number}, {page.url}: {file}")  # noqa: T201 - pytest shows it.
                    print(await page.locator("body").inner_text(timeout=1_000))  # noqa: T201
        for person in self.people:
            print("\n".join(person.watch.faults))  # noqa: T201

    async def close(self) -> None:
        for person in self.people:
            await person.context.close()
        await self.server.__aexit__()
