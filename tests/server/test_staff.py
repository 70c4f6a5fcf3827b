"""Invitations at the edge: tokens, what they open, and how they end."""

from collections.abc import Iterator

import pytest

from actors.domain.events import StaffArrived, StaffInvited
from actors.domain.plan import HuntPlan
from server.access import TOKEN_BYTES, staff_digest
from server.close_codes import CloseCode
from server.guessing import TEAM_JOINS_BURST, TOKENS_BURST, token_guesses
from server.health import HealthDesk
from server.protocol import Wire
from server.session_output import Stage
from tests.domain.given import HUNT, OTTERS, PIER, given_plan
from tests.domain.plan_documents import document
from tests.server.conftest import StartServer
from tests.server.rig import GM_TOKEN, JSON, MSGPACK, Client, ServerRig
from tests.server.roles import PARK

WIRES = pytest.mark.parametrize("wire", [JSON, MSGPACK], ids=["json", "msgpack"])
OTHER_PLAN: HuntPlan = given_plan(hunt=PARK)


# Tokens -------------------------------------------------------------------------------------


@WIRES
def test_an_invitation_answers_with_a_token_that_opens_its_console(
    server: ServerRig, wire: Wire
) -> None:
    owner = server.game_master(wire)
    answer = owner.ask("invite", name=" Ben ", role="station", location="pier")
    token = answer["staff"].pop("token")
    assert answer["staff"] == {"id": "s1", "name": "Ben", "role": "station", "location": "pier"}
    assert len(bytes.fromhex(token)) == TOKEN_BYTES
    welcome = server.connect().open("gm", token=token)
    assert welcome["you"] == {
        "role": "gm",
        "name": "Ben",
        "rights": "station",
        "location": "pier",
    }


def test_the_journal_holds_the_digest_of_a_token_and_the_feed_not_even_that(
    server: ServerRig,
) -> None:
    owner = server.game_master()
    token = owner.ask("invite", name="Ben", role="viewer")["staff"]["token"]
    (event,) = server.rig.events(StaffInvited)
    assert isinstance(event, StaffInvited)
    assert event.digest == staff_digest(token)
    assert token not in repr(server.rig.writer.records)
    server.rig.commit()
    server.rig.advance(1.0)
    shown = repr(owner.received())
    assert "staff_invited" in shown
    assert event.digest not in shown and token not in shown


def test_an_invitation_that_is_sent_twice_is_one_with_the_token_of_its_answer(
    server: ServerRig,
) -> None:
    owner = server.game_master()
    for _ in range(2):
        owner.tell("invite", n=1, name="Ben", role="viewer")
    first, second = [one for one in owner.received() if one.get("n") == 1][:2]
    assert second["reason"] == "already_applied"
    assert "token" not in repr(second)
    assert server.connect().open("gm", token=first["staff"]["token"])["t"] == "welcome"


def test_an_invitation_that_is_refused_opens_nothing(server: ServerRig) -> None:
    answer = server.game_master().ask("invite", name="Ben", role="station")
    assert (answer["reason"], "staff" in answer) == ("malformed", False)
    assert server.rig.hunt().staff.members == {}


def test_two_invitations_have_two_tokens(server: ServerRig) -> None:
    first, second = server.invitation("viewer"), server.invitation("viewer")
    assert first["token"] != second["token"]
    assert (first["id"], second["id"]) == ("s1", "s2")


def test_a_wrong_token_is_no_invitation(server: ServerRig) -> None:
    token = server.invitation("master")["token"]
    for wrong in (token[:-1], token.upper() + " ", staff_digest(token), ""):
        client = server.connect()
        client.open("gm", token=wrong)
        assert client.closed_with is CloseCode.NOT_AUTHORISED


def test_tokens_are_good_after_a_restart_and_the_revoked_are_not(
    server: ServerRig, start_server: StartServer
) -> None:
    owner = server.game_master()
    stays = owner.ask("invite", name="Ben", role="master")["staff"]
    goes = owner.ask("invite", name="Cleo", role="viewer")["staff"]
    owner.ask("revoke", staff=goes["id"])
    server.rig.commit()
    again = start_server(records=server.rig.writer.records)
    assert again.connect().open("gm", token=stays["token"])["you"]["rights"] == "master"
    late = again.connect()
    late.open("gm", token=goes["token"])
    assert late.closed_with is CloseCode.NOT_AUTHORISED


def test_a_flood_of_wrong_tokens_keeps_nobody_out_who_was_invited(
    server: ServerRig,
) -> None:
    token, now = server.invitation("viewer")["token"], server.desk.now()
    server.access._token_guesses = token_guesses()  # As if the owner's token were short.
    for _ in range(10 * TOKENS_BURST):
        server.access.note_wrong_token("192.0.2.1", now)
    owner = server.connect()
    owner.open("gm", token=GM_TOKEN)
    assert owner.closed_with is CloseCode.TOO_MANY_TRIES
    assert server.connect().open("gm", token=token)["t"] == "welcome"


def test_one_invitation_opens_so_many_consoles_at_once(server: ServerRig) -> None:
    token = server.invitation("viewer")["token"]
    for _ in range(TEAM_JOINS_BURST):
        assert server.connect().open("gm", token=token)["t"] == "welcome"
    client = server.connect()
    client.open("gm", token=token)
    assert client.closed_with is CloseCode.TOO_MANY_TRIES
    assert server.connect().open("gm", token=GM_TOKEN)["t"] == "welcome"


# Their end ----------------------------------------------------------------------------------


def test_revoking_closes_the_consoles_of_that_token_alone(server: ServerRig) -> None:
    master, other, viewer = server.staff("master"), server.staff("master"), server.staff("viewer")
    owner = server.game_master()
    assert owner.ask("revoke", staff="s1")["t"] == "accepted"
    assert master.closed_with is CloseCode.NOT_AUTHORISED
    assert [one.stage for one in (other, viewer, owner)] == [Stage.GAME_MASTER] * 3
    assert other.ask("start")["t"] == "accepted"


def test_seeding_a_hunt_anew_ends_its_invitations(server: ServerRig) -> None:
    token = server.invitation("master")["token"]
    staff = server.connect()
    staff.open("gm", token=token)
    owner = server.game_master()
    answer = owner.ask("seed", plan=document(hunt=str(HUNT)), replace=True)
    assert answer["applied"] is True
    assert staff.closed_with is CloseCode.NOT_AUTHORISED
    assert owner.stage is Stage.GAME_MASTER
    again = server.connect()
    again.open("gm", token=token)
    assert again.closed_with is CloseCode.NOT_AUTHORISED


def test_seeding_another_hunt_ends_nothing(server: ServerRig) -> None:
    staff = server.staff("master")
    server.rig.seed(OTHER_PLAN)
    assert staff.ask("start")["t"] == "accepted"


# Another hunt -------------------------------------------------------------------------------


def test_an_invitation_shows_its_own_hunt_and_no_other(server: ServerRig) -> None:
    server.rig.seed(OTHER_PLAN)
    token = server.invitation("viewer")["token"]
    client = server.connect()
    welcome = client.open("gm", token=token)
    assert (welcome["hunt"]["id"], welcome["hunts"]) == (HUNT, [HUNT])
    for hunt in (PARK, "nowhere"):
        stranger = server.connect()
        stranger.open("gm", token=token, hunt=hunt)
        assert stranger.closed_with is CloseCode.UNKNOWN_HUNT
    assert server.connect().open("gm", token=token, hunt=HUNT)["t"] == "welcome"


def test_a_request_without_a_hunt_is_for_the_one_in_view(server: ServerRig) -> None:
    server.rig.seed(OTHER_PLAN)
    assert server.staff("master").ask("announce", text="Hello")["t"] == "accepted"
    assert server.rig.hunt().announcements[0].text == "Hello"


# Stations -----------------------------------------------------------------------------------


def test_a_station_opens_and_closes_its_own_place_only(server: ServerRig) -> None:
    station = server.staff("station", PIER)
    assert station.ask("close", location="pier")["t"] == "accepted"
    assert station.ask("open", location="pier")["t"] == "accepted"
    for location in ("mill", "PIER", "", "nowhere"):
        assert station.ask("close", location=location)["reason"] == "not_allowed"
    assert server.rig.location(PIER).is_open


def test_a_viewers_request_is_refused_in_its_turn_and_counts(server: ServerRig) -> None:
    viewer = server.staff("viewer")
    assert viewer.ask("start", n=4)["reason"] == "not_allowed"
    assert viewer.ask("start", n=3)["reason"] == "already_applied"
    server.rig.commit()
    server.rig.advance(1.0)
    assert {"t": "saved", "n": 4} in viewer.received()


@pytest.mark.parametrize(
    ("role", "location", "is_trusted"),
    [("master", None, True), ("station", PIER, False), ("viewer", None, False)],
)
def test_only_masters_are_shown_the_servers_health_and_send_large_frames(
    server: ServerRig, role: str, location: str | None, is_trusted: bool
) -> None:
    staff, owner = server.staff(role, location), server.game_master()
    health(server)._push()
    assert ("health" in staff.kinds()) is is_trusted
    assert "health" in owner.kinds()
    assert staff.socket.takes_large_frames is is_trusted


def health(server: ServerRig) -> HealthDesk:
    rig = server.rig
    return HealthDesk(
        rig.dispatcher,
        rig.journal,
        rig.supervisor,
        server.hub,
        server.counters,
        server.fanout,
        server.shedding,
    )


# Names --------------------------------------------------------------------------------------


def arrivals(server: ServerRig) -> Iterator[tuple[str, str]]:
    for event in server.rig.events(StaffArrived):
        assert isinstance(event, StaffArrived)
        yield event.name, event.role


def open_console(server: ServerRig, **fields: str) -> Client:
    client = server.connect()
    welcome = client.open("gm", **({"token": GM_TOKEN} | fields))
    assert welcome["t"] == "welcome", welcome
    return client


def test_who_sits_at_a_console_is_journaled_once_for_each_session(server: ServerRig) -> None:
    client = server.connect()
    welcome = client.open("gm", token=GM_TOKEN, name=" Ann\u202e ")
    assert welcome["you"] == {"role": "gm", "name": "Ann", "rights": "owner"}
    key = welcome["session"]
    open_console(server, name="Ann", session=key)
    client.received()
    open_console(server, session=key, name="Ben").ask("start")
    assert list(arrivals(server)) == [("Ann", "owner"), ("Ben", "owner")]
    (session,) = server.rig.hunt().staff.sessions
    assert server.rig.hunt().staff.sessions[session].name == "Ben"


def test_an_owner_without_a_name_leaves_no_record(server: ServerRig) -> None:
    tail = server.rig.journal.tail
    open_console(server)
    assert server.rig.journal.tail == tail


def test_whoever_was_invited_is_called_so_unless_they_say_otherwise(server: ServerRig) -> None:
    token = server.invitation("viewer")["token"]
    open_console(server, token=token)
    open_console(server, token=token, name="Benjamin")
    assert list(arrivals(server)) == [("Ben", "viewer"), ("Benjamin", "viewer")]


@pytest.mark.parametrize("name", ["x" * 33, "\u202e", " "])
def test_a_name_that_nobody_can_have_is_refused(server: ServerRig, name: str) -> None:
    client = server.connect()
    client.open("gm", token=GM_TOKEN, name=name)
    assert client.closed_with is CloseCode.REFUSED


def test_somebodys_name_is_told_with_what_they_handle(server: ServerRig) -> None:
    player = server.player(OTTERS)
    player.ask("say", text="Hello?")
    position = server.rig.journal.tail
    server.rig.commit()
    ann, ben = open_console(server, name="Ann"), server.staff("master")
    assert ann.ask("handle", message=position, state="claimed")["t"] == "accepted"
    refused = ben.ask("handle", message=position, state="done")
    assert refused["reason"] == "not_allowed"
    assert refused["message"].startswith("Ann is on it.")


def test_only_what_consoles_are_shown_can_be_handled(server: ServerRig) -> None:
    player, ann = server.player(OTTERS), open_console(server, name="Ann")
    player.ask("say", text="Hello?")
    position = server.rig.journal.tail
    for message in (position - 1, position):  # A join, and something that is not saved yet.
        refused = ann.ask("handle", message=message, state="done")
        assert (refused["t"], refused["reason"]) == ("refused", "not_found")
    server.rig.commit()
    assert ann.ask("handle", message=position, state="done")["t"] == "accepted"


# Other requests -----------------------------------------------------------------------------


def test_cards_hold_the_codes_of_every_team(server: ServerRig) -> None:
    answer = server.staff("master").ask("cards")
    codes = server.access.codes
    assert answer["teams"][0] == {
        "id": OTTERS,
        "name": "Otters",
        "code": codes.of(HUNT, OTTERS),
        "long_code": codes.long(HUNT, OTTERS),
    }
    assert len(answer["teams"]) == 3


def test_a_granted_hint_reaches_the_teams_phones_with_its_text(server: ServerRig) -> None:
    server.start()
    player = server.player(OTTERS)
    player.received()
    owner = server.game_master()
    answer = owner.ask("grant", team="otters", location="pier", hint=0, reason="fog")
    assert answer == {"t": "accepted", "n": 1}
    (shown,) = [one for one in player.received() if one["t"] == "location"]
    assert shown["location"]["hints"][0]["text"] == "It floats."
    assert shown["score"] == 0


def test_everybody_is_shown_the_new_end_of_an_extended_hunt(start_server: StartServer) -> None:
    server = start_server(given_plan(duration_s=600.0))
    server.start()
    player, owner = server.player(OTTERS), server.game_master()
    player.received()
    assert owner.ask("extend", seconds=60)["t"] == "accepted"
    (shown,) = [one for one in player.received() if one["t"] == "phase"]
    assert (shown["phase"], shown["hunt"]["duration_s"]) == ("running", 660.0)
    again = server.player(OTTERS, "Bob")
    assert again.session.hunt == HUNT
    welcome = server.connect().open("watch", hunt=HUNT)
    assert welcome["hunt"]["duration_s"] == 660.0
