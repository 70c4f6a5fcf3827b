"""The browser that the pages are tried and photographed in: Debian's chromium, no other.

Playwright only speaks to it; it downloads nothing. The browser itself is told to ask the network
for nothing either, and to find no host but this machine.
"""

import os
import shutil
from collections.abc import Mapping
from typing import Any

from playwright.async_api import Browser, BrowserContext, Playwright, Route

LOCALE = "en-GB"

SILENT = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
"""A browser of ours calls nobody: a foreign request that is made fails, and is seen."""

PHONE: Mapping[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}

DESKTOP: Mapping[str, Any] = {"viewport": {"width": 1440, "height": 900}}

TILES = "https://tile.openstreetmap.org/"

TILE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256">'
    '<rect width="256" height="256" fill="#e8ecec" stroke="#d5dcdc"/></svg>'
)
"""Stands in for every map tile, so that no test and no picture needs the network."""


class NoBrowser(Exception):
    """There is no chromium; the text says how to get it."""


def chromium_path() -> str:
    """Return where the browser is.

    Raises:
        NoBrowser: It is not installed.
    """
    found = shutil.which("chromium")
    if found is None:
        raise NoBrowser("There is no chromium. On Debian:  sudo apt-get install chromium")
    return found


async def launch(playwright: Playwright) -> Browser:
    """Start the browser.

    Raises:
        NoBrowser: It is not installed.
    """
    return await playwright.chromium.launch(
        executable_path=chromium_path(),
        chromium_sandbox=os.geteuid() != 0,  # Root has none.
        args=list(SILENT),
    )


async def serve_tiles(context: BrowserContext) -> None:
    """Answer every request for a map tile with a plain square."""

    async def answer(route: Route) -> None:
        await route.fulfill(body=TILE, content_type="image/svg+xml")

    await context.route(f"{TILES}**", answer)
