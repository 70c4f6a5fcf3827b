#!/usr/bin/env python3
"""Photograph every page with a lively demo hunt: light and dark, on a phone and on a desktop.

Starts a server of its own on a database of its own, and needs chromium. The pictures in
docs/screenshots are made with this; run it again after a page has changed.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Literal

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # Runs from any checkout.

from msgspec import Struct
from playwright.async_api import Geolocation, Locator, Page, async_playwright

from scripts.browser import DESKTOP, LOCALE, PHONE, NoBrowser, launch, serve_tiles
from scripts.demo_children import ROOT, CannotRun, Server
from scripts.demo_hunt import Demo, open_demo
from scripts.demo_watch import Watch
from scripts.screenshots_hunt import PLAYER, TRIED_PLACE, move_back, play_half_an_hour, strolling

EXIT_DONE, EXIT_FAILED = 0, 1

SETTLE_MS = 1_500
"""How long a page gets after its last step, for map tiles, pushes and transitions."""

STANDING_AT: Geolocation = {"latitude": 37.7936, "longitude": -122.3992, "accuracy": 12.0}
"""Where the player is, in the middle of the demo's hunt."""

DEVICES = {"phone": PHONE, "desktop": DESKTOP}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


Step = Callable[[Page, Demo], Awaitable[None]]
"""Brings a page from what it showed to what is to be seen."""


class Tour(Struct, frozen=True):
    """A page, and what there is to see on it, in the order in which people come there."""

    open: Callable[[Page, Demo, str], Awaitable[None]]
    """Loads it: page, demo, game master's token."""
    scenes: dict[str, Step]
    """Names of pictures, and the way to each from the one before."""


def part(page: Page | Locator, name: str, **data: str) -> Locator:
    """The first part of a page with this `data-test`."""
    more = "".join(f'[data-{key}="{value}"]' for key, value in data.items())
    return page.locator(f'[data-test="{name}"]{more}').first


def address(demo: Demo, path: str) -> str:
    """An address of the demo's server."""
    return demo.websocket.replace("ws", "http", 1).removesuffix("/ws") + path


async def open_play(page: Page, demo: Demo, _token: str) -> None:
    """The player's page, by the link on a team's card."""
    await page.goto(address(demo, f"/#join={demo.teams[0]['code']}"))
    await part(page, "join-button").wait_for()


async def join(page: Page, _demo: Demo) -> None:
    """Join, and confirm all announcements but one."""
    await part(page, "join-name").fill(PLAYER)
    await part(page, "join-button").click()
    await part(page, "place").wait_for()
    if await part(page, "announcement-seen").is_visible():
        await part(page, "announcement-seen").click()


async def open_place(page: Page, _demo: Demo) -> None:
    """Look at a place that was tried already."""
    await part(part(page, "place", place=TRIED_PLACE), "place-open").click()
    await part(page, "claim-form").wait_for()


def tab(name: str) -> Step:
    """Turn to one of the player's tabs."""

    async def turn(page: Page, _demo: Demo) -> None:
        await page.keyboard.press("Escape")  # Whatever lies over it.
        await part(page, f"tab-{name}").click()

    return turn


async def open_map(page: Page, demo: Demo) -> None:
    """The map, with the player on it."""
    await tab("map")(page, demo)
    consent = part(page, "consent-own")
    if await consent.is_visible():
        await consent.click()


async def open_console(page: Page, demo: Demo, token: str) -> None:
    """The console: the only hunt comes into view by itself."""
    await page.goto(address(demo, "/gm"))
    await part(page, "token").fill(token)
    await part(page, "gm-name").fill("Grace")
    await part(page, "gm-connect").click()
    await part(page, "phase").wait_for()


def area(name: str) -> Step:
    """Turn to an area of the console."""

    async def turn(page: Page, _demo: Demo) -> None:
        await part(page, f"area-{name}").click()

    return turn


async def open_screen(page: Page, demo: Demo, _token: str) -> None:
    """The big screen."""
    await page.goto(address(demo, f"/screen#hunt={demo.hunt}"))
    await part(page, "board-row").wait_for()


async def stay(_page: Page, _demo: Demo) -> None:
    """What a page shows first."""


TOURS = {
    "play": Tour(
        open_play,
        {
            "join": stay,
            "play": join,
            "place": open_place,
            "map": open_map,
            "board": tab("board"),
            "messages": tab("messages"),
        },
    ),
    "gm": Tour(
        open_console,
        {
            "console": area("overview"),
            "console-teams": area("teams"),
            "console-places": area("places"),
            "console-messages": area("messages"),
            "console-announce": area("announce"),
            "console-staff": area("staff"),
        },
    ),
    "screen": Tour(open_screen, {"screen": stay}),
}


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    result = argparse.ArgumentParser(description=__doc__)
    result.add_argument(
        "--out", type=Path, default=ROOT / "docs" / "screenshots", help="default: docs/screenshots"
    )
    result.add_argument(
        "--only", nargs="+", choices=TOURS, default=list(TOURS), help="pages; default: all"
    )
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures; return the exit code."""
    options = parser().parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    tours = [TOURS[name] for name in options.only]
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "cairn.db"
        try:
            with Server(db, 0, None, Watch()) as server:
                demo = open_demo(server.address, server.token, is_fresh=True)
                asyncio.run(play_half_an_hour(demo, server.token))
            move_back(db, demo.hunt)
            with Server(db, 0, server.token, Watch()) as server:
                demo = open_demo(server.address, server.token, is_fresh=False)
                asyncio.run(take(tours, demo, server.token, options.out))
        except (CannotRun, NoBrowser) as error:
            print(error, file=sys.stderr)
            return EXIT_FAILED
    return EXIT_DONE


async def take(tours: Sequence[Tour], demo: Demo, token: str, out: Path) -> None:
    """Take every picture of these pages."""
    async with async_playwright() as playwright, strolling(demo):
        browser = await launch(playwright)
        for tour, device in product(tours, DEVICES):
            context = await browser.new_context(
                **DEVICES[device],
                locale=LOCALE,
                reduced_motion="reduce",
                geolocation=STANDING_AT,
                permissions=["geolocation"],
            )
            await serve_tiles(context)
            page = await context.new_page()
            await tour.open(page, demo, token)
            for name, step in tour.scenes.items():
                await step(page, demo)
                await shoot(page, out / f"{name}-{device}")
            await context.close()
        await browser.close()


async def shoot(page: Page, stem: Path) -> None:
    """Take a picture of what is to be seen, light and dark."""
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        await page.wait_for_timeout(SETTLE_MS)
        file = stem.with_name(f"{stem.name}-{scheme}.png")
        await page.screenshot(path=file)
        print(file)


if __name__ == "__main__":
    sys.exit(main())
