"""How much a page is, and how soon it can be used: what a phone on a bad line feels first."""

import sys
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.pages.people import part
from tests.pages.stage import Stage

SHELL_BYTES_MAX = 150_000
"""Bytes of a page on the wire, without the map: some seconds of a bad line, once."""

USABLE_MS_MAX = 10_000
"""Ten times what is wanted of this machine's own server: this test is about kinds of mistakes, such
as modules that are fetched one after another. The figure is in docs/performance.md."""

LOADED = """() => {
  const parts = [...performance.getEntriesByType("resource"),
    ...performance.getEntriesByType("navigation")];
  const shell = parts.filter((one) => !one.name.includes("/leaflet"));
  return { bytes: shell.reduce((sum, one) => sum + one.transferSize, 0), files: shell.length };
}"""


async def loaded(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = await page.evaluate(LOADED)
    return found


@pytest.mark.parametrize(
    ("path", "first"), [("/", "join-form"), ("/gm", "token"), ("/screen", "hunt")]
)
async def test_a_page_is_small_and_soon_there(
    stage: Stage, path: str, first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    person = await stage.phone("/healthz")  # The browser is awake, and knows nothing of the page.
    began = await person.page.evaluate("performance.timeOrigin + performance.now()")
    await person.go(path)
    field = part(person.page, first) if first != "hunt" else person.page.locator("form input")
    await expect(field).to_be_visible()
    took_ms = await person.page.evaluate("performance.timeOrigin + performance.now()") - began
    found = await loaded(person.page)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{path}: {found['bytes']:,} bytes in {found['files']} files, usable in {took_ms:.0f} ms "
        )
    assert 10_000 < found["bytes"] < SHELL_BYTES_MAX
    assert took_ms < USABLE_MS_MAX
