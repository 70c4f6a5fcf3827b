"""Looks over a browser's shoulder: everything that a page must not do is noted as a fault."""

import asyncio
import contextlib
import re
from collections.abc import Sequence

from playwright.async_api import (
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    WebError,
    WebSocket,
)
from playwright.async_api import Error as PlaywrightError

from tests.integration.clients import PATIENCE_S

LOCAL = ("data:", "blob:", "about:")
"""Addresses that nothing is fetched from."""

NETWORK_LINE = re.compile(r"net::ERR_\w+|WebSocket connection to '[^']*' failed")
"""What the browser itself writes to the console when the server cannot be reached."""

REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy violated: ${event.effectiveDirective} by ${event.blockedURI}`);
});
"""


class Watch:
    """The faults of one browser context."""

    def __init__(self, origin: str, foreign: Sequence[str] = ()) -> None:
        """`origin` is the server's; addresses beginning with one of `foreign` are fine, too."""
        self.faults: list[str] = []
        self.requests: list[str] = []
        """Every address that was asked for, in order."""
        self.expects_outages = False
        """Set before the server is killed or the context goes offline: from then on the browser's
        own lines about a network that is not there are no faults."""
        self._news = asyncio.Event()
        self._homes = (origin, origin.replace("http", "ws", 1))
        self._foreign = tuple(foreign)

    async def attach(self, context: BrowserContext) -> None:
        """Begin to watch, before the first page opens."""
        await context.add_init_script(REPORT_VIOLATIONS)
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("request", self._on_request)
        context.on("dialog", self._on_dialog)
        context.on("page", self._on_page)

    async def first_fault(self) -> str:
        """Wait until there is a fault."""
        async with asyncio.timeout(PATIENCE_S):
            while not self.faults:
                self._news.clear()
                await self._news.wait()
        return self.faults[0]

    def _blame(self, fault: str) -> None:
        self.faults.append(fault)
        self._news.set()

    def _on_page(self, page: Page) -> None:
        page.on("websocket", self._on_websocket)
        page.on("crash", lambda _: self._blame("the page crashed"))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "assert"):
            return
        if self.expects_outages and NETWORK_LINE.search(message.text):
            return
        where = message.location
        self._blame(f"console: {message.text} ({where['url']}:{where['lineNumber']})")

    def _on_error(self, error: WebError) -> None:
        self._blame(f"uncaught: {error.error.stack or error.error}")

    def _on_request(self, request: Request) -> None:
        self._note_address(request.url)

    def _on_websocket(self, socket: WebSocket) -> None:
        self._note_address(socket.url)

    def _note_address(self, url: str) -> None:
        self.requests.append(url)
        if url.startswith((*LOCAL, *self._foreign)):
            return
        if not any(url.startswith(f"{home}/") for home in self._homes):
            self._blame(f"request to {url}")

    async def _on_dialog(self, dialog: Dialog) -> None:
        self._blame(f"dialog: {dialog.type} {dialog.message!r}")
        with contextlib.suppress(PlaywrightError):  # It may go with its page.
            await dialog.dismiss()
