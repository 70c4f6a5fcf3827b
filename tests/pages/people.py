"""What people do on the pages, in the words of the pages' `data-test` attributes."""

from playwright.async_api import Locator, Page, expect

from tests.integration.harness import GM_TOKEN
from tests.pages.stage import Person


def part(where: Page | Locator, name: str, **data: str | int) -> Locator:
    """The part of a page with this `data-test`, and with these further `data-` attributes."""
    more = "".join(f'[data-{key}="{value}"]' for key, value in data.items())
    return where.locator(f'[data-test="{name}"]{more}')


def shown(where: Page | Locator, name: str, **data: str | int) -> Locator:
    """The same, without those that are hidden."""
    return part(where, name, **data).locator("visible=true")


class Player:
    """Somebody who plays, on `/`."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.page = person.page

    async def join(self, code: str, name: str) -> None:
        """With the form; a deep link may have filled in the code."""
        field = part(self.page, "join-code")
        if await field.input_value() != code:
            await field.fill(code)
        await part(self.page, "join-name").fill(name)
        await part(self.page, "join-button").click()
        await self.sees_connection("online")

    async def sees_connection(self, state: str) -> None:
        await expect(part(self.page, "connection")).to_have_attribute("data-state", state)

    async def sees_score(self, score: int) -> None:
        await expect(part(self.page, "score").first).to_have_text(_number(score))

    async def sees_place(self, place: str, state: str) -> None:
        """On the list, wherever the page was before."""
        await self.turn_to("places")
        await expect(part(self.page, "place", place=place)).to_have_attribute("data-state", state)

    async def turn_to(self, tab: str) -> None:
        await part(self.page, f"tab-{tab}").click()

    async def open_place(self, place: str) -> None:
        await self.turn_to("places")
        await part(part(self.page, "place", place=place), "place-open").click()

    async def leave_place(self) -> None:
        await self.page.keyboard.press("Escape")
        await expect(self.page.locator("dialog[open]")).to_have_count(0)

    async def claim(self, place: str, **proof: str) -> None:
        """Type a `code` or an `answer`, and send it off."""
        await self.open_place(place)
        for kind, text in proof.items():
            await part(self.page, f"claim-{kind}").fill(text)
        await part(self.page, "claim-button").click()

    async def buy_hint(self, place: str, hint: int = 0) -> None:
        await self.open_place(place)
        await part(self.page, "hint-button", hint=hint).click()
        await shown(self.page, "hint-confirm").click()

    async def say(self, text: str) -> None:
        await self.turn_to("messages")
        await part(self.page, "say-text").fill(text)
        await part(self.page, "say-button").click()

    async def sees_action(self, n: int, state: str) -> None:
        """In the list of what this phone did."""
        await self.turn_to("places")
        await expect(part(self.page, "action", n=n)).to_have_attribute("data-state", state)

    async def is_kept_on_the_phone(self) -> None:
        """From here on the page opens without a network."""
        await self.page.evaluate("() => navigator.serviceWorker.ready.then(() => null)")

    async def waiting(self) -> int:
        """How many actions are not final, by what the phone has stored."""
        found: int = await self.page.evaluate(STORED_ACTIONS)
        return found


STORED_ACTIONS = """() => {
  const kept = Object.values({ ...localStorage }).map((text) => {
    try { return JSON.parse(text); } catch { return null; }
  });
  const lists = kept.flatMap((one) => [one?.actions, one?.queue?.actions]).filter(Array.isArray);
  return lists.flat().length;
}"""
"""Every action in every queue that is stored, under whatever key."""


class GameMaster:
    """Somebody at the console, on `/gm`."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.page = person.page

    async def connect(self, name: str = "Grace") -> None:
        """Sign in; the only hunt there is comes into view by itself."""
        await part(self.page, "token").fill(GM_TOKEN)
        await part(self.page, "gm-name").fill(name)
        await part(self.page, "gm-connect").click()
        await expect(shown(self.page, "phase").first).to_be_visible()

    async def areas(self) -> list[str]:
        """Everywhere that the console can turn to."""
        found: list[str] = await self.page.eval_on_selector_all(
            '[data-test^="area-"]', "(nodes) => nodes.map((one) => one.dataset.test.slice(5))"
        )
        return found

    async def turn_to(self, area: str) -> None:
        await part(self.page, f"area-{area}").first.click()

    async def do(self, button: str) -> None:
        """What takes one click, or two where it is dangerous."""
        await shown(self.page, button).first.click()
        if await shown(self.page, "confirm").count():
            await shown(self.page, "confirm").click()

    async def sees_phase(self, word: str) -> None:
        await expect(shown(self.page, "phase").first).to_contain_text(word)

    async def announce(self, text: str) -> None:
        await self.turn_to("announce")
        await part(self.page, "announce-text").fill(text)
        await part(self.page, "announce-button").click()

    async def adjust(self, team: str, points: int, reason: str) -> None:
        await self.turn_to("teams")
        await part(self.page, "team-row", team=team).click()
        await shown(self.page, "adjust").click()
        await shown(self.page, "points").fill(str(points))
        await shown(self.page, "reason").fill(reason)
        await shown(self.page, "confirm").click()

    async def undo(self, kind: str) -> None:
        """Take back the newest entry of a kind in the staff log."""
        await self.turn_to("staff")
        await part(part(self.page, "staff-entry", kind=kind).first, "undo").click()


class Audience:
    """Everybody in front of the big screen, on `/screen`."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.page = person.page

    async def sees_score(self, team: str, score: int) -> None:
        row = part(self.page, "board-row", team=team)
        await expect(row).to_contain_text(_number(score))

    async def sees_phase(self, word: str) -> None:
        await expect(shown(self.page, "phase").first).to_contain_text(word)

    async def sees_find(self, team: str) -> None:
        await expect(part(self.page, "find").filter(has_text=team).first).to_be_visible()

    async def sees_announcement(self, text: str) -> None:
        await expect(part(self.page, "announcement").filter(has_text=text).first).to_be_visible()


def _number(value: int) -> str:
    """As the pages write numbers in the browser's language."""
    return f"{value:,}"
