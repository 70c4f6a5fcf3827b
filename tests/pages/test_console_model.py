"""The console's model: whatever was pushed, it shows what a fresh welcome shows; and what it says
about corrections and about taking them back is what the server then does."""

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.domain.plan import Route
from tests.actors.play import Play, lively_plan
from tests.domain.given import HUNT
from tests.pages.models import Models
from tests.server.rig import GM_TOKEN, Client, Message, ServerRig

MODEL = "/web/gm/model.js"
ROUNDS = 4
STEPS = 60

LIVE = ("madeAt", "positions", "health", "you")
"""What a welcome says anew each time, or not at all."""


class Console:
    """A console that nobody reloads, and phones that come and go."""

    def __init__(self, server: ServerRig, seed: int) -> None:
        self._server = server
        self._chance = random.Random(seed)
        self._client = server.connect()
        self.welcome = self._client.open("gm", token=GM_TOKEN, hunt=HUNT)
        self.pushes: list[Message] = []
        self._phones: list[Client] = []

    def disturb(self) -> None:
        """Now and then somebody connects, leaves, or the console reads what came."""
        choice = self._chance.random()
        if choice < 0.05:
            team = self._chance.choice(self._server.rig.plan.teams).id
            phone = self._server.connect()
            phone.tell("join", code=self._server.code(team), name=self._chance.choice("ABC"))
            self._phones.append(phone)
        elif choice < 0.1 and self._phones:
            self._phones.pop().session.on_disconnected()
        elif choice < 0.2:
            self.pushes += self._client.received()

    def settle(self) -> None:
        """Everything is saved, and whatever is to be shown is shown."""
        self._server.rig.commit()
        self._server.rig.advance(20.0)
        self.pushes += self._client.received()

    def fresh(self) -> Message:
        other = self._server.connect()
        welcome = other.open("gm", token=GM_TOKEN, hunt=HUNT)
        other.session.on_disconnected()
        return welcome


def shown(model: dict[str, Any]) -> dict[str, Any]:
    """A model without what changes by itself."""
    still = {key: value for key, value in model.items() if key not in LIVE}
    still["hunt"] = {key: value for key, value in model["hunt"].items() if key != "elapsed_s"}
    return still


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32), route=st.sampled_from(list(Route)))
def test_the_model_after_any_pushes_is_the_one_of_a_fresh_welcome(
    models: Models, seed: int, route: Route
) -> None:
    with ServerRig(lively_plan(route), seed=seed) as server:
        play = Play(server.rig, seed)
        console = Console(server, seed)
        games = []
        for _ in range(ROUNDS):
            play.go(STEPS, console.disturb)
            console.settle()
            games += [(console.welcome, [[push] for push in console.pushes]), (console.fresh(), [])]
    told = [shown(model) for model in models.fold_all(MODEL, games)]
    for after_pushes, fresh in zip(told[::2], told[1::2], strict=True):
        assert after_pushes == fresh


def test_a_push_that_comes_twice_changes_nothing(models: Models) -> None:
    with ServerRig(lively_plan(Route.LINEAR), seed=5) as server:
        play = Play(server.rig, 5)
        console = Console(server, 5)
        play.go(STEPS * 3, console.disturb)
        console.settle()
    once = [[push] for push in console.pushes]
    lines = [[push] for push in console.pushes if push["t"] in ("progress", "feed", "announcement")]
    first, second = models.fold_all(
        MODEL, [(console.welcome, once), (console.welcome, [*once, *lines[-1:]])]
    )
    assert lines
    assert first == second


def test_undoing_what_was_just_done_never_takes_an_older_correction_for_it(
    models: Models,
) -> None:
    def entry(number: int, points: int) -> Message:
        data = {"team": "otters", "points": points, "reason": ""}
        return {"id": number, "at": 1.0, "by": "Grace", "kind": "points_adjusted", "data": data}

    def found(log: list[Message], before: int) -> object:
        request = {"t": "adjust", "team": "otters", "points": 5, "reason": ""}
        return models.call("/web/gm/undo.js", "entryOf", {"staffLog": log}, request, before)

    older = entry(7, 5)
    assert found([older], 7) is None, "the new one is not saved yet"
    assert found([older, entry(9, -20), entry(8, 5)], 7) == entry(8, 5)
