"""Whatever happens, a page that took every push shows what a fresh welcome shows."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from actors.domain.message_list import MESSAGES_NEWEST, MESSAGES_WAITING_MAX
from actors.domain.plan import HuntPlan, Route
from server.simulation.board import Board, public
from tests.actors.play import Play, lively_plan
from tests.domain.given import HUNT
from tests.server.rig import GM_TOKEN, Client, Message, ServerRig

ROUNDS = 6
STEPS = 60


class Pages:
    """A console and a big screen that nobody reloads, and phones that come and go."""

    def __init__(self, server: ServerRig, chance: random.Random) -> None:
        self._server = server
        self._chance = chance
        self._console, self._screen = server.connect(), server.connect()
        self.board = Board(self._console.open("gm", token=GM_TOKEN))
        self.public = public(self._screen.open("watch", hunt=HUNT))
        self._phones: list[Client] = []

    def disturb(self) -> None:
        """Now and then somebody connects with a real session, speaks, or leaves."""
        choice = self._chance.random()
        if choice < 0.05:
            team = self._chance.choice(self._server.rig.plan.teams).id
            phone = self._server.connect()
            phone.tell("join", code=self._server.code(team), name=self._chance.choice("ABC"))
            self._phones.append(phone)
        elif choice < 0.1 and self._phones:
            phone = self._phones.pop(self._chance.randrange(len(self._phones)))
            phone.session.on_disconnected()
        elif choice < 0.2:
            self.take()  # A page that reads slowly gets more at a time.

    def take(self) -> None:
        for message in self._console.received():
            if message["t"] == "progress":
                self.board.take(message)
        for message in self._screen.received():
            if message["t"] == "finds":
                self.public = public(message)

    def settle(self) -> None:
        """Everything is saved, and whatever is to be shown is shown."""
        self._server.rig.commit()
        self._server.rig.advance(20.0)
        self.take()

    def fresh(self) -> tuple[Board, Message]:
        console, screen = self._server.connect(), self._server.connect()
        board = Board(console.open("gm", token=GM_TOKEN))
        seen = public(screen.open("watch", hunt=HUNT))
        console.session.on_disconnected()
        screen.session.on_disconnected()
        return board, seen


def on_the_map(plan: HuntPlan) -> HuntPlan:
    """The same plan with all places on the map."""
    places = tuple(replace(place, on_map=True) for place in plan.locations)
    return replace(plan, locations=places)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), route=st.sampled_from(list(Route)))
def test_a_page_that_took_every_push_shows_what_a_fresh_one_shows(seed: int, route: Route) -> None:
    with ServerRig(on_the_map(lively_plan(route)), seed=seed) as server:
        play = Play(server.rig, seed)
        pages = Pages(server, random.Random(seed))
        for _ in range(ROUNDS):
            play.go(STEPS, pages.disturb)
            pages.settle()
            board, seen = pages.fresh()
            assert pages.board.lines == board.lines
            assert pages.public == seen


def test_a_page_drops_the_same_old_messages_as_the_server() -> None:
    with ServerRig(lively_plan(Route.FREE)) as server:
        pages = Pages(server, random.Random(0))
        phone = server.player(server.rig.plan.teams[0].id)
        for number in range(MESSAGES_NEWEST * 3):
            phone.tell("say", n=number + 1, text="Hi")
            server.rig.commit()
        pages.settle()
        kept = [line["id"] for line in server.connect().open("gm", token=GM_TOKEN)["messages"]]
        assert list(pages.board.lines["messages"]) == kept
        assert len(kept) == MESSAGES_NEWEST + MESSAGES_WAITING_MAX
