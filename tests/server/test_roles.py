"""Nobody does what is another's to do, and nobody is shown what is not theirs yet."""

from typing import Any

import pytest
from msgspec.structs import replace

from actors.domain.ids import HuntId
from server import requests, session_input
from server.rights import Rights
from tests.domain.given import HUNT, OTTERS, TERNS
from tests.server.conftest import StartServer
from tests.server.rig import Client, Message, ServerRig
from tests.server.roles import (
    EXAMPLES,
    FOREIGN,
    LOCKED,
    MATRIX,
    NEVER,
    ROLES,
    every_request,
    foreign_violations,
    leaks,
    matrix_violations,
    probing_frames,
    secret_plan,
    timed_server,
)


def test_every_request_of_the_protocol_has_its_row() -> None:
    assert MATRIX.keys() == EXAMPLES.keys() == every_request()
    assert all(len(outcomes) == len(ROLES) for outcomes in MATRIX.values())


def test_every_request_is_dealt_with_for_its_own_role_alone() -> None:
    assert list(matrix_violations(timed_server)) == []


def test_an_invitation_is_good_for_its_own_hunt_alone() -> None:
    assert list(foreign_violations(timed_server)) == []


def test_a_server_that_looked_at_roles_alone_would_be_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The check itself: rights that are good everywhere are not let through."""
    monkeypatch.setattr(session_input, "objection", careless_objection)
    assert any("master sends" in one for one in foreign_violations(timed_server))
    assert any("viewer sends finish" in one for one in matrix_violations(timed_server))


def careless_objection(_rights: Rights, _request: requests.GameMasterRequest) -> None:
    """Lets everybody who is invited do everything."""


def test_a_team_sees_nothing_of_what_is_locked_whatever_it_asks(start_server: StartServer) -> None:
    server = start_server(secret_plan())
    server.start()
    player, watcher = server.player(), server.connect()
    seen = watcher.open("watch", hunt=HUNT)
    received = [seen, server.connect().open("join", code=server.code(), name="Eve")]
    for frame in probing_frames():
        player.session.on_frame(player.frame(frame), is_text=True)
    received += player.received() + watcher.received()
    assert len(received) > 100
    assert leaks(received, NEVER) == []
    assert leaks(received, ["pier-clue-canary"]), "what is open is shown"


def test_what_a_find_unlocks_is_shown_to_its_team_and_no_other(start_server: StartServer) -> None:
    server = start_server(secret_plan())
    server.start()
    finder, other, watcher = server.player(), server.player(TERNS, "Bob"), server.connect()
    watcher.open("watch", hunt=HUNT)
    finder.ask("hint", location="pier", hint=0)
    finder.tell(
        "claim",
        n=2,
        location="pier",
        code="pier-code-canary",
        answer="pier-answer-canary",
        position={"lat": 57.123456, "lon": 11.654321},
    )
    shown = finder.received()
    assert shown[0]["t"] == "accepted", shown
    assert {place["id"] for place in shown[0]["unlocked"]} == set(LOCKED)
    server.rig.commit()
    server.rig.advance(2.0)
    for stranger in (other, watcher):
        assert leaks(stranger.received(), NEVER) == []
    again = server.connect().open("join", code=server.code(TERNS), name="Bob")
    assert leaks([again], NEVER) == []


def test_one_hunts_players_are_shown_nothing_of_another(start_server: StartServer) -> None:
    server = start_server()
    park = replace(secret_plan(), hunt=HuntId("park"), title="park-title-canary")
    server.rig.seed(park)
    server.start()
    player = server.player()
    for frame in probing_frames():
        player.session.on_frame(player.frame({**frame, "hunt": "park"}), is_text=True)
    assert leaks(player.received(), [*NEVER, "park-title-canary", "pier-clue-canary"]) == []


def test_a_targeted_announcement_is_read_by_its_team_alone(server: ServerRig) -> None:
    staff, otter, tern = server.game_master(), server.player(), server.player(TERNS, "Bob")
    staff.ask("announce", text="announce-canary", to=[OTTERS])
    assert leaks(otter.received(), ["announce-canary"])
    assert not leaks(tern.received(), ["announce-canary"])
    again = server.connect().open("join", code=server.code(TERNS), name="Eve")
    assert not leaks([again, server.connect().open("watch", hunt=HUNT)], ["announce-canary"])


def test_who_somebody_is_comes_from_their_line_and_never_from_their_message(
    server: ServerRig,
) -> None:
    server.start()
    player = server.player()
    extras: tuple[Message, ...] = (FOREIGN, {"hunt": "park", "gm": True})
    for number, extra in enumerate(extras, 1):
        player.tell("say", **{**extra, "n": number, "text": "hello"})
    assert [one["t"] for one in player.received()] == ["accepted", "accepted"]
    said = [r.event for r in server.rig.writer.records if type(r.event).__name__ == "TeamSpoke"]
    assert [(one.team, one.player) for one in said] == [(OTTERS, "ada")] * 2  # type: ignore[union-attr]


def test_a_session_that_trusted_its_client_would_be_found() -> None:
    """The check itself: a server whose players may order is not let through."""
    found = list(matrix_violations(gullible_server))
    assert any("player sends disqualify" in one for one in found)


def gullible_server() -> ServerRig:
    """A server that takes what a player sends for a game master's."""
    server = timed_server()
    connect = server.connect

    def connect_gullibly(*arguments: Any, **options: Any) -> Client:
        client = connect(*arguments, **options)
        session = client.session
        session._read_player = session._read_game_master  # type: ignore[method-assign]
        return client

    server.connect = connect_gullibly  # type: ignore[method-assign]
    return server
