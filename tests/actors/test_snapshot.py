"""A snapshot is all of a recovery: whatever comes after it folds as if nothing had been between."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from actors.domain.commands import (
    Announce,
    FreezeLeaderboard,
    HandleMessage,
    InviteStaff,
    MarkSeen,
    Say,
)
from actors.domain.events import TeamSpoke
from actors.domain.growing_map import COPIED_ENTRIES_MAX, GrowingMap
from actors.domain.ids import AnnouncementId, TeamId
from actors.domain.plan import Route, TeamSeat
from actors.recovery import RecoveredHunt, Recovery
from actors.snapshot import UnreadableSnapshot, decode, encode
from tests.actors.conftest import StartRig
from tests.actors.play import Play, lively_plan
from tests.actors.rig import Rig, folded, given_history
from tests.domain.given import HUNT, OTTERS, found, given_image, given_plan


def resumed(rig: Rig, cut: int) -> Recovery:
    """What a start from a snapshot of the first `cut` records makes of the journal."""
    recovery = decode(encode(folded(rig.writer.records[:cut])))
    recovery.take_all(rig.writer.records[cut:])
    return recovery


@pytest.mark.parametrize("route", list(Route))
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), part=st.floats(0, 1))
def test_a_start_from_a_snapshot_at_any_record_is_a_start_from_the_first(
    route: Route, seed: int, part: float
) -> None:
    with Rig(lively_plan(route), seed=seed) as rig:
        play = Play(rig, seed)
        play.go(150)
        if seed % 2:
            rig.seed(replace(rig.plan, title="Anew"))
            play.go(50)
        again = resumed(rig, round(part * len(rig.writer.records)))
        assert encode(again) == encode(folded(rig.writer.records))


def test_what_staff_and_players_told_each_other_is_in_a_snapshot(rig: Rig) -> None:
    ada = given_history(rig)
    rig.order(InviteStaff("Grace", "viewer", "ab" * 16))
    rig.order(Announce("The bridge is closed.", (OTTERS,)))
    rig.order(FreezeLeaderboard())
    rig.ask(ada, Say("Is the mill open?"))
    rig.ask(ada, MarkSeen(AnnouncementId(1)))
    spoke = [one.position for one in rig.writer.records if isinstance(one.event, TeamSpoke)]
    rig.order(HandleMessage(spoke[0], "claimed"))
    whole = folded(rig.writer.records)
    for cut in range(len(rig.writer.records) + 1):
        assert encode(resumed(rig, cut)) == encode(whole)
    image, before = decode(encode(whole)).hunts[HUNT].image, whole.hunts[HUNT].image
    assert (image.hunt, image.teams, image.locations) == (
        before.hunt,
        before.teams,
        before.locations,
    )
    assert image.hunt.staff.members
    assert next(iter(image.progress.messages)).state == "claimed"
    assert image.progress.public.places() == before.progress.public.places()
    assert image.board.is_frozen
    assert image.board.rows(public=True) == before.board.rows(public=True)


def test_actors_play_on_from_a_snapshot(start_rig: StartRig, rig: Rig) -> None:
    ada = given_history(rig)
    records = rig.writer.records
    recovery = resumed(rig, len(records) - 2)
    assert recovery.sessions == folded(records).sessions
    assert recovery.sessions[ada.session] == (HUNT, OTTERS)
    assert recovery.console.of(rig.game_master.session) == rig.game_master.n
    assert recovery.hunts[HUNT].applied[OTTERS].of(ada.session) == ada.n


def test_a_map_that_had_grown_large_comes_back_in_its_order() -> None:
    seats = tuple(TeamSeat(id=TeamId(f"t{n}"), name=f"Team {n}") for n in range(200))
    plan = given_plan(teams=seats)
    image = given_image(plan, *(found(seat.id, rank=n) for n, seat in enumerate(seats, 1)))
    place = next(one for one in image.locations.values() if one.finds)
    assert type(place.finds) is GrowingMap
    assert len(place.finds) > COPIED_ENTRIES_MAX
    recovery = Recovery()
    recovery.hunts = {HUNT: RecoveredHunt(image)}
    again = decode(encode(recovery)).hunts[HUNT].image.locations[place.id]
    assert list(again.finds.items()) == list(place.finds.items())


@pytest.mark.parametrize("part", [0.0, 0.5, 0.99])
def test_part_of_a_snapshot_is_none(rig: Rig, part: float) -> None:
    given_history(rig)
    data = encode(folded(rig.writer.records))
    with pytest.raises(UnreadableSnapshot):
        decode(data[: round(part * len(data))])


def test_a_value_of_another_type_is_refused(rig: Rig) -> None:
    given_history(rig)
    data = encode(folded(rig.writer.records))
    assert b"\xa5teams\x83" in data
    with pytest.raises(UnreadableSnapshot):
        decode(data.replace(b"\xa5teams\x83", b"\xa5teams\x93"))


def test_places_of_another_plan_are_refused(rig: Rig) -> None:
    recovery = folded(rig.writer.records)
    image = recovery.hunts[HUNT].image
    image.hunt = replace(image.hunt, plan=given_plan(locations=given_plan().locations[:1]))
    with pytest.raises(UnreadableSnapshot, match="mill"):
        decode(encode(recovery))
