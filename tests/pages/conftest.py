"""What the tests of the pages share: one browser, and for each test a server of its own.

A test may be a coroutine: `async def test_...(stage: Stage)`. At its end it also fails when a
page threw or logged an error, broke the content policy, or asked another origin for anything.
"""

import asyncio
import inspect
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop
from playwright.async_api import Browser, Playwright, async_playwright, expect

from scripts.browser import NoBrowser, chromium_path, launch
from tests.integration.clients import PATIENCE_S
from tests.pages.models import Models
from tests.pages.stage import Stage

LIMIT_S = 60.0
"""Seconds that a test of a page may take."""

_skipped: list[str] = []


@pytest.fixture(scope="package")
def is_browser_there() -> None:
    """Skips every test of the pages when there is no chromium; where CI is set, they fail."""
    try:
        chromium_path()
    except NoBrowser as reason:
        if os.environ.get("CI"):
            pytest.fail(str(reason))
        _skipped.append(str(reason))
        pytest.skip(str(reason))


@pytest.fixture(scope="package", autouse=True)
def runner(is_browser_there: None) -> Iterator[asyncio.Runner]:
    """The loop that the browser is spoken to in, kept from test to test as the browser is."""
    expect.set_options(timeout=PATIENCE_S * 1_000)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        yield loop


@pytest.fixture(scope="package")
def browser(runner: asyncio.Runner) -> Iterator[Browser]:
    async def start() -> tuple[Playwright, Browser]:
        playwright = await async_playwright().start()
        return playwright, await launch(playwright)

    async def stop() -> None:
        await browser.close()
        await playwright.stop()

    playwright, browser = runner.run(start())
    yield browser
    runner.run(stop())


@pytest.fixture
def stage(
    runner: asyncio.Runner, browser: Browser, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Stage]:
    """A server that has just started, without a hunt. Its options are an indirect parameter."""
    stage = Stage(browser, tmp_path, getattr(request, "param", ()))
    runner.run(stage.server.start())
    yield stage
    runner.run(stage.close())


@pytest.fixture(scope="package")
def models(runner: asyncio.Runner, browser: Browser) -> Iterator[Models]:
    models = Models(runner, browser)
    yield models
    models.close()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test, and look at what its browsers saw."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    stages = [one for one in arguments.values() if isinstance(one, Stage)]

    async def whole() -> None:
        try:
            async with asyncio.timeout(LIMIT_S):
                await pyfuncitem.obj(**arguments)
            for stage in stages:
                await stage.check()
        except BaseException:
            for stage in stages:
                await stage.photograph()
            raise

    loop = pyfuncitem.funcargs["runner"]
    assert isinstance(loop, asyncio.Runner)
    loop.run(whole())
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was skipped where it is seen: a plain run shows no reasons."""
    if _skipped:
        terminalreporter.write_line(
            f"The tests of the pages (tests/pages) were skipped: {_skipped[0]}", yellow=True
        )
