from typing import Any

import pytest

from actors.domain import progress_changes
from actors.domain.commands import (
    AdjustPoints,
    Announce,
    CloseLocation,
    Disqualify,
    FreezeLeaderboard,
    StartHunt,
    ThawLeaderboard,
    VoidFind,
)
from actors.domain.events import LocationFound
from actors.domain.progress import Progress
from server import console_board
from server.console_board import FIND_BYTES, PROGRESS_INTERVAL_S
from server.simulation.board import Board, public
from tests.domain.given import HUNT, MILL, OTTERS, PIER, TERNS, given_mill, given_pier, given_plan
from tests.server.conftest import StartServer
from tests.server.rig import GM_TOKEN, Client, Message, ServerRig

ON_MAP = given_plan(locations=(given_pier(on_map=True), given_mill()))


@pytest.fixture
def running(start_server: StartServer) -> ServerRig:
    server = start_server(ON_MAP)
    server.start()
    settle(server)
    return server


def settle(server: ServerRig) -> None:
    """Save everything and show everything."""
    server.rig.commit()
    server.rig.advance(5.0)


def gm_welcome(server: ServerRig) -> Message:
    return server.connect().open("gm", token=GM_TOKEN)


def line_of(message: Message, team: str = OTTERS) -> dict[str, Any]:
    return next(line for line in message["teams"] if line["id"] == team)


def pushes(client: Client, kind: str) -> list[Message]:
    return [message for message in client.received() if message["t"] == kind]


def find(player: Client, location: str = PIER) -> None:
    proof = {"code": "lumen"} if location == PIER else {"answer": "lighthouse"}
    assert player.ask("claim", location=location, **proof)["t"] == "accepted"


# Welcomes -------------------------------------------------------------------------------------


def test_a_game_masters_welcome_has_the_whole_board(running: ServerRig) -> None:
    ada, staff = running.player(), running.game_master()
    ada.ask("claim", location=PIER, code="wrong")
    ada.ask("say", text="Help!")
    find(ada)
    staff.ask("close", location=MILL)
    running.rig.commit()
    welcome = gm_welcome(running)
    line = line_of(welcome)
    assert (line["score"], line["found"], line["online"]) == (50, 1, 1)
    assert line["cells"][PIER]["by"] == "Ada"
    assert line["cells"][PIER]["failures"] == 1
    assert [one["open"] for one in welcome["locations"]] == [True, False]
    assert [one["id"] for one in welcome["places"]] == [PIER, MILL]
    assert [one["text"] for one in welcome["messages"]] == ["Help!"]
    assert [one["kind"] for one in welcome["staff_log"]] == ["hunt_started", "location_closed"]
    assert welcome["staff_log"][-1]["data"] == {"location": MILL}
    kinds = [one["kind"] for one in welcome["feed"]]
    assert kinds[-3:] == ["team_spoke", "location_found", "location_closed"]
    assert "code" not in str(welcome["places"]).replace("'proof': ['code']", "")


def test_what_is_not_saved_is_on_no_board(running: ServerRig) -> None:
    ada = running.player()
    settle(running)
    watcher, staff = running.connect(), running.game_master()
    watcher.open("watch", hunt=HUNT)
    find(ada)
    ada.ask("say", text="Found it!")
    running.rig.advance(5.0)
    assert (pushes(watcher, "finds"), pushes(staff, "progress")) == ([], [])
    welcome = gm_welcome(running)
    assert (line_of(welcome)["found"], "messages" in welcome) == (0, False)
    assert "finds" not in running.connect().open("watch", hunt=HUNT)


def test_players_and_watchers_see_nothing_of_the_console(running: ServerRig) -> None:
    ada, watcher, staff = running.player(), running.connect(), running.game_master()
    welcomes = [watcher.open("watch", hunt=HUNT)]
    welcomes.append(running.connect().open("join", code=running.code(), name="Bob"))
    find(ada)
    ada.ask("say", text="Hi")
    settle(running)
    for welcome in welcomes:
        assert not {"locations", "messages", "staff_log", "feed", "teams"} & welcome.keys()
    for client in (ada, watcher):
        kinds = client.kinds()
        assert "progress" not in kinds
        assert ("finds" in kinds) is (client is watcher)
    assert "progress" in staff.kinds()


def test_while_it_is_frozen_game_masters_see_what_the_public_sees(running: ServerRig) -> None:
    staff = running.game_master()
    running.rig.order(AdjustPoints(TERNS, 5))
    settle(running)
    assert "public_leaderboard" not in gm_welcome(running)
    assert "public" not in pushes(staff, "leaderboard")[-1]
    running.rig.order(FreezeLeaderboard())
    running.rig.order(AdjustPoints(OTTERS, 50))
    settle(running)
    welcome, push = gm_welcome(running), pushes(staff, "leaderboard")[-1]
    assert welcome["public_leaderboard"] == push["public"]
    assert push["public"][0]["team"] == TERNS
    assert push["leaderboard"] == welcome["leaderboard"]
    assert push["leaderboard"][0]["team"] == OTTERS
    running.rig.order(ThawLeaderboard())
    settle(running)
    assert "public" not in pushes(staff, "leaderboard")[-1]


# What is live ---------------------------------------------------------------------------------


def test_a_phone_that_comes_and_goes_is_shown(running: ServerRig) -> None:
    staff = running.game_master()
    ada, bob = running.player(), running.player(name="Bob")
    running.rig.advance(1.0)
    assert line_of(pushes(staff, "progress")[-1])["online"] == 2
    ada.session.on_disconnected()
    running.rig.advance(1.0)
    (push,) = pushes(staff, "progress")
    assert (line_of(push)["online"], "last_seen_at" in line_of(push)) == (1, False)
    left_at = running.rig.dispatcher.now()
    bob.session.on_disconnected()
    running.rig.advance(1.0)
    (push,) = pushes(staff, "progress")
    assert (line_of(push)["online"], line_of(push)["last_seen_at"]) == (0, left_at)
    assert line_of(gm_welcome(running))["last_seen_at"] == left_at
    running.player()
    assert "last_seen_at" not in line_of(gm_welcome(running))


def test_an_announcement_counts_as_delivered_once_a_phone_has_it(running: ServerRig) -> None:
    running.player(OTTERS)
    running.rig.order(Announce("To all."))
    running.rig.order(Announce("To the terns.", (TERNS,)))
    running.rig.run()
    delivered = {line["id"]: line.get("delivered", 0) for line in gm_welcome(running)["teams"]}
    assert (delivered[OTTERS], delivered[TERNS]) == (1, 0)
    staff = running.game_master()
    running.player(TERNS, "Bob")  # Its welcome brings both.
    running.rig.advance(1.0)
    assert line_of(pushes(staff, "progress")[-1], TERNS)["delivered"] == 2


# Pushes ---------------------------------------------------------------------------------------


def test_pushes_keep_their_distance_and_the_last_one_is_right(running: ServerRig) -> None:
    staff = running.game_master()
    for _ in range(10):
        running.rig.order(AdjustPoints(TERNS, 1))
        running.rig.commit()
        running.rig.advance(PROGRESS_INTERVAL_S / 5)
    running.rig.advance(PROGRESS_INTERVAL_S)
    shown = pushes(staff, "progress")
    assert 2 <= len(shown) <= 4
    assert line_of(shown[-1], TERNS)["score"] == 10


def test_what_is_too_much_for_one_push_follows(
    running: ServerRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_changes, "PUSHED_TEAMS_MAX", 1)
    staff = running.game_master()
    for team in (OTTERS, TERNS):
        running.rig.order(AdjustPoints(team, 5))
    settle(running)
    assert [line["id"] for push in pushes(staff, "progress") for line in push["teams"]] == [
        OTTERS,
        TERNS,
    ]


def test_the_staff_log_grows_by_what_is_new(running: ServerRig) -> None:
    staff = running.game_master()
    running.rig.order(CloseLocation(PIER))
    settle(running)
    (push,) = pushes(staff, "progress")
    (entry,) = push["staff_log"]
    assert (entry["kind"], entry["by"]) == ("location_closed", "")
    assert entry["id"] == running.rig.journal.tail


def test_a_game_master_who_seeds_the_first_hunt_gets_its_board(start_server: StartServer) -> None:
    server = start_server()
    server.rig.seed(given_plan(hunt="park"))
    staff = server.connect()
    board = Board(staff.open("gm", token=GM_TOKEN))
    assert board.lines["teams"] == {}
    plan = {
        "version": 1,
        "hunt": "lake",
        "title": "Lake",
        "teams": {"names": ["Otters"]},
        "locations": [{"id": "pier", "name": "Pier", "code": "X"}],
    }
    staff.tell("seed", n=1, plan=plan)
    server.rig.run()
    settle(server)
    shown = staff.received()
    assert "phase" in [message["t"] for message in shown]
    for message in shown:
        if message["t"] == "progress":
            board.take(message)
    fresh = server.connect()
    assert board.lines == Board(fresh.open("gm", token=GM_TOKEN, hunt="lake")).lines
    assert list(board.lines["places"]) == ["pier"]


def test_a_hunt_that_is_set_up_anew_begins_with_a_new_board(running: ServerRig) -> None:
    staff = running.connect()
    board = Board(staff.open("gm", token=GM_TOKEN))
    ada = running.player()
    ada.ask("say", text="Hi")
    find(ada)
    settle(running)
    ada.ask("say", text="Not saved yet, and of the old hunt")
    running.rig.seed(given_plan())
    running.rig.run()
    assert gm_welcome(running).get("staff_log", []) == []  # Nothing of it is saved yet.
    settle(running)
    for message in pushes(staff, "progress"):
        board.take(message)
    assert board.lines == Board(gm_welcome(running)).lines
    assert board.lines["messages"] == {}
    assert len(board.lines["places"]) == 3


def test_a_board_that_fails_keeps_nobody_from_hearing_saved(
    running: ServerRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = running.player()
    settle(running)
    ada.received()

    def broken(*_: object) -> None:
        raise KeyError("the board")

    monkeypatch.setattr(Progress, "_found", broken)
    find(ada)
    settle(running)
    assert "saved" in ada.kinds()


# Finds ----------------------------------------------------------------------------------------


class Screen:
    """A big screen that keeps the newest finds and places."""

    def __init__(self, server: ServerRig) -> None:
        self.client = server.connect()
        self.shown = public(self.client.open("watch", hunt=HUNT))
        self.pushes = 0

    def look(self) -> list[tuple[str, str | None]]:
        for message in pushes(self.client, "finds"):
            self.pushes += 1
            self.shown = public(message)
        return [(one["team"], one.get("place")) for one in self.shown["finds"]]


def test_watchers_see_finds_when_they_are_saved(running: ServerRig) -> None:
    screen, ada, bob = Screen(running), running.player(), running.player(TERNS, "Bob")
    assert [place["id"] for place in screen.shown["places"]] == [PIER]
    find(ada)
    find(bob, MILL)
    assert screen.look() == []
    settle(running)
    assert screen.look() == [(OTTERS, "The Old Pier"), (TERNS, None)]
    assert screen.shown == Screen(running).shown
    running.rig.order(VoidFind(OTTERS, PIER))
    running.rig.order(Disqualify(TERNS))
    settle(running)
    assert screen.look() == Screen(running).look() == []


def test_a_frozen_screen_does_not_even_move(running: ServerRig) -> None:
    ada, bob = running.player(), running.player(TERNS, "Bob")
    find(ada)
    settle(running)
    screen = Screen(running)
    running.rig.order(FreezeLeaderboard())
    settle(running)
    screen.look()
    before = screen.pushes
    find(bob)
    running.rig.order(VoidFind(OTTERS, PIER))
    settle(running)
    assert screen.look() == Screen(running).look() == [(OTTERS, "The Old Pier")]
    assert screen.pushes == before
    running.rig.order(ThawLeaderboard())
    settle(running)
    assert screen.look() == Screen(running).look() == [(TERNS, "The Old Pier")]


def test_a_screen_that_comes_between_two_pushes_catches_up(running: ServerRig) -> None:
    ada, bob, early = running.player(), running.player(TERNS, "Bob"), Screen(running)
    settle(running)
    find(ada)
    running.rig.commit()
    running.rig.advance(0.01)
    assert early.look() == [(OTTERS, "The Old Pier")]
    find(bob)
    running.rig.commit()
    late = Screen(running)
    assert len(late.look()) == 2  # More than the others were shown.
    running.rig.order(VoidFind(TERNS, PIER))
    settle(running)
    assert early.look() == late.look() == [(OTTERS, "The Old Pier")]


def test_places_come_to_the_map_with_the_start(start_server: StartServer) -> None:
    server = start_server(ON_MAP)
    screen = Screen(server)
    assert screen.shown["places"] == []
    server.rig.order(StartHunt())
    settle(server)
    screen.look()
    assert [place["id"] for place in screen.shown["places"]] == [PIER]


def test_many_watchers_see_finds_less_often(
    running: ServerRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_board, "FINDS_BYTES_PER_S", FIND_BYTES / 2.0)
    screen, ada, bob = Screen(running), running.player(), running.player(TERNS, "Bob")
    find(ada)
    running.rig.commit()
    running.rig.advance(0.01)
    assert len(screen.look()) == 1
    find(bob)
    running.rig.commit()
    running.rig.advance(1.9)
    assert len(screen.look()) == 1
    running.rig.advance(0.2)
    assert len(screen.look()) == 2


def test_after_a_restart_the_board_is_as_it_was(
    running: ServerRig, start_server: StartServer
) -> None:
    ada, staff = running.player(), running.game_master()
    ada.ask("claim", location=PIER, code="wrong")
    find(ada)
    ada.ask("say", text="Hi")
    staff.ask("adjust", team=OTTERS, points=3)
    settle(running)
    ada.session.on_disconnected()
    before = gm_welcome(running)
    screen = Screen(running)
    after = start_server(records=running.rig.writer.records)
    welcome = gm_welcome(after)
    del line_of(before)["last_seen_at"]
    for name in ("teams", "locations", "places", "messages", "staff_log", "feed"):
        assert welcome[name] == before[name]
    assert any(isinstance(one.event, LocationFound) for one in running.rig.writer.records)
    assert Screen(after).shown == screen.shown
