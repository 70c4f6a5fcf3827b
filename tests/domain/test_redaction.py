from typing import get_args

from actors.domain.events import (
    Announced,
    AnyEvent,
    ClaimFailed,
    LocationFound,
    PlayerJoined,
    PointsAdjusted,
    Record,
    StaffArrived,
    StaffInvited,
    TeamSpoke,
)
from actors.domain.ids import AnnouncementId, HuntId, PlayerId, SessionId, StaffId
from actors.domain.redaction import REMOVED, OfPlayers, Pseudonyms, redact
from actors.domain.refusals import Reason
from tests.domain.given import ADA, BOB, OTTERS, PIER, TERNS
from tests.struct_names import fields

PHONE = SessionId("a" * 32)


def redacted(*events: AnyEvent) -> list[AnyEvent]:
    names = Pseudonyms()
    return [
        redact(Record(number, HuntId("harbour"), 1.0, event, PHONE, 1), names).event
        for number, event in enumerate(events, 1)
    ]


def test_players_become_numbers_of_their_team_and_stay_the_same_person() -> None:
    joined, found, other, again = redacted(
        PlayerJoined(OTTERS, ADA, "Ada", SessionId("b" * 32)),
        LocationFound(OTTERS, PIER, ADA, 50, bonus=20, rank=1),
        PlayerJoined(OTTERS, BOB, "Bob"),
        PlayerJoined(TERNS, ADA, "Ada"),
    )
    assert joined == PlayerJoined(OTTERS, PlayerId("player 1"), "Player 1")
    assert found == LocationFound(OTTERS, PIER, PlayerId("player 1"), 50, bonus=20, rank=1)
    assert other == PlayerJoined(OTTERS, PlayerId("player 2"), "Player 2")
    assert again == PlayerJoined(TERNS, PlayerId("player 1"), "Player 1")


def test_what_people_wrote_is_gone_and_what_counts_stays() -> None:
    said, announced, adjusted, failed = redacted(
        TeamSpoke(OTTERS, ADA, "I am Ada"),
        Announced(AnnouncementId(1), "Ada, call your mother", (OTTERS,)),
        PointsAdjusted(OTTERS, 5, "Ada sang"),
        ClaimFailed(OTTERS, PIER, ADA, Reason.WRONG_CODE, "No.", -1),
    )
    assert said == TeamSpoke(OTTERS, PlayerId("player 1"), REMOVED)
    assert announced == Announced(AnnouncementId(1), REMOVED, (OTTERS,))
    assert adjusted == PointsAdjusted(OTTERS, 5, REMOVED)
    assert failed == ClaimFailed(OTTERS, PIER, PlayerId("player 1"), Reason.WRONG_CODE, "No.", -1)


def test_the_names_of_the_staff_are_gone_and_their_roles_stay() -> None:
    invited = StaffInvited(StaffId("s1"), "Ben", "station", "d" * 64, PIER)
    arrived, nobody = StaffArrived("Ann", "owner"), StaffArrived("", "owner")
    assert redacted(invited, arrived, nobody) == [
        StaffInvited(StaffId("s1"), REMOVED, "station", "d" * 64, PIER),
        StaffArrived(REMOVED, "owner"),
        nobody,
    ]


def test_the_session_goes_with_the_player_and_a_game_masters_stays() -> None:
    names = Pseudonyms()
    of_player = redact(Record(1, HuntId("h"), 1.0, TeamSpoke(OTTERS, ADA, "x"), PHONE, 4), names)
    assert (of_player.session, of_player.n) == (None, None)
    of_staff = redact(Record(1, HuntId("h"), 1.0, PointsAdjusted(OTTERS, 5), PHONE, 4), names)
    assert (of_staff.session, of_staff.n) == (PHONE, 4)


def test_redacting_twice_is_redacting_once() -> None:
    once = redacted(PlayerJoined(OTTERS, ADA, "Ada"), TeamSpoke(OTTERS, BOB, "x"))
    assert redacted(*once) == once


def test_every_event_that_names_a_player_or_holds_words_is_known() -> None:
    """A new event with such a field must be added to what is redacted."""
    of_players = set(get_args(OfPlayers))
    words = {"name", "text", "reason"}
    for event in get_args(AnyEvent):
        assert ("player" in fields(event)) == (event in of_players), event
    with_words = {event.__name__ for event in get_args(AnyEvent) if fields(event) & words}
    assert with_words == {
        *("PlayerJoined", "TeamSpoke", "Announced", "ClaimFailed", "PointsAdjusted"),
        *("TeamDisqualified", "TeamReinstated", "FindVoided", "FindRestored"),
        *("HuntExtended", "HintGranted", "StaffInvited", "StaffArrived"),
    }
