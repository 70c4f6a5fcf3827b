import pytest

from actors.domain.commands import (
    AdjustPoints,
    Announce,
    CloseLocation,
    FreezeLeaderboard,
    OpenLocation,
    PauseHunt,
    ThawLeaderboard,
)
from actors.domain.ids import HuntId, TeamId
from actors.domain.plan import TeamSeat
from server.hub import (
    LEADERBOARD_FANOUT_BYTES,
    LEADERBOARD_INTERVAL_S,
    LEADERBOARD_ROW_BYTES,
    LEADERBOARD_ROWS_MAX,
    LEADERBOARD_ROWS_MIN,
    POSITIONS_INTERVAL_S,
    rows_for,
)
from tests.domain.given import HUNT, OTTERS, PIER, TERNS, given_plan
from tests.server.conftest import StartServer
from tests.server.rig import Client, Message, ServerRig


class Crowd:
    """One of every kind: two teams' players, a watcher and a game master."""

    def __init__(self, server: ServerRig) -> None:
        self.server = server
        self.ada = server.player(OTTERS, "Ada")
        self.bob = server.player(TERNS, "Bob")
        self.watcher = server.connect()
        self.watcher.open("watch", hunt=HUNT)
        self.staff = server.game_master()
        self.settle()

    @property
    def everybody(self) -> list[Client]:
        return [self.ada, self.bob, self.watcher, self.staff]

    def settle(self) -> None:
        """Save everything, show everything, forget what was shown."""
        self.server.rig.commit()
        self.server.rig.advance(5.0)
        for client in self.everybody:
            client.received()

    def shown(self, kind: str) -> list[list[Message]]:
        """What each of them was shown of a kind."""
        return [[m for m in client.received() if m["t"] == kind] for client in self.everybody]


@pytest.fixture
def crowd(server: ServerRig) -> Crowd:
    return Crowd(server)


# At once ------------------------------------------------------------------------------------


def test_a_phase_is_shown_to_everybody_before_it_is_saved(crowd: Crowd) -> None:
    crowd.server.rig.start()
    shown = crowd.shown("phase")
    assert [[push["phase"] for push in pushes] for pushes in shown] == [["running"]] * 4
    assert crowd.server.rig.journal.pending == 1


def test_an_announcement_is_shown_to_everybody_before_it_is_saved(crowd: Crowd) -> None:
    crowd.server.rig.order(Announce("Rain is coming.", level="warning"))
    for pushes in crowd.shown("announcement"):
        (push,) = pushes
        assert push["announcement"]["text"] == "Rain is coming."
        assert push["announcement"]["level"] == "warning"


def test_an_announcement_to_a_team_is_shown_to_it_and_to_game_masters(crowd: Crowd) -> None:
    crowd.server.rig.order(Announce("Psst.", (OTTERS,)))
    assert [len(pushes) for pushes in crowd.shown("announcement")] == [1, 0, 0, 1]


def test_what_concerns_a_team_is_shown_to_that_team_alone(crowd: Crowd) -> None:
    crowd.server.rig.order(AdjustPoints(OTTERS, 5))
    shown = crowd.shown("team")
    assert [len(pushes) for pushes in shown] == [1, 0, 0, 0]
    assert shown[0][0]["team"]["score"] == 5


# When it is saved ---------------------------------------------------------------------------


def test_a_closed_location_is_shown_to_everybody_when_that_is_saved(crowd: Crowd) -> None:
    crowd.server.rig.order(CloseLocation(PIER))
    assert crowd.shown("location") == [[], [], [], []]
    crowd.server.rig.commit()
    expected = {"t": "location", "id": PIER, "open": False}
    assert crowd.shown("location") == [[expected]] * 4
    assert list(crowd.server.hub.hunts[HUNT].closed) == [PIER]
    crowd.server.rig.order(OpenLocation(PIER))
    crowd.server.rig.commit()
    assert crowd.shown("location") == [[expected | {"open": True}]] * 4
    assert crowd.server.hub.hunts[HUNT].closed == {}


def test_the_leaderboard_is_shown_when_it_is_saved(crowd: Crowd) -> None:
    crowd.server.rig.order(AdjustPoints(TERNS, 5))
    crowd.server.rig.advance(5.0)
    assert crowd.shown("leaderboard") == [[], [], [], []]
    crowd.server.rig.commit()
    for pushes in crowd.shown("leaderboard"):
        (push,) = pushes
        first = push["leaderboard"][0]
        assert (first["rank"], first["team"], first["score"]) == (1, TERNS, 5)


def test_leaderboards_keep_their_distance_and_the_last_one_is_right(crowd: Crowd) -> None:
    for points in range(1, 11):
        crowd.server.rig.order(AdjustPoints(TERNS, points))
        crowd.server.rig.commit()
        crowd.server.rig.advance(LEADERBOARD_INTERVAL_S / 5)
    crowd.server.rig.advance(LEADERBOARD_INTERVAL_S)
    for pushes in crowd.shown("leaderboard"):
        assert 1 < len(pushes) <= 4
        assert pushes[-1]["leaderboard"][0]["score"] == 55


def test_leaderboards_go_on_when_the_wall_clock_is_set_back(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd.server.rig.order(AdjustPoints(TERNS, 1))
    crowd.server.rig.commit()
    crowd.shown("leaderboard")
    early = crowd.server.rig.dispatcher.now() - 3_600.0
    monkeypatch.setattr(crowd.server.hub, "_now", lambda: early)
    crowd.server.rig.order(AdjustPoints(TERNS, 1))
    crowd.server.rig.commit()
    crowd.server.rig.advance(2 * LEADERBOARD_INTERVAL_S)
    assert [len(pushes) for pushes in crowd.shown("leaderboard")] == [1, 1, 1, 1]


def test_a_frozen_leaderboard_is_shown_as_it_was_but_to_game_masters(crowd: Crowd) -> None:
    crowd.server.rig.order(FreezeLeaderboard())
    crowd.settle()
    crowd.server.rig.order(AdjustPoints(TERNS, 5))
    crowd.server.rig.commit()
    crowd.server.rig.advance(1.0)
    ada, bob, watcher, staff = crowd.shown("leaderboard")
    assert (ada, bob, watcher) == ([], [], [])
    assert staff[0]["leaderboard"][0]["score"] == 5
    assert staff[0]["is_frozen"] is True
    crowd.server.rig.order(ThawLeaderboard())
    crowd.server.rig.commit()
    crowd.server.rig.advance(1.0)
    ada, _, watcher, _ = crowd.shown("leaderboard")
    assert ada == watcher
    assert ada[0]["leaderboard"][0]["score"] == 5


def test_records_of_a_hunts_past_are_not_shown_as_its_present(crowd: Crowd) -> None:
    server = crowd.server
    server.rig.order(CloseLocation(PIER))
    server.rig.order(AdjustPoints(TERNS, 5))
    server.rig.seed(server.rig.plan)
    server.rig.commit()
    server.rig.advance(1.0)
    assert server.hub.hunts[HUNT].closed == {}
    assert {row.score for row in server.hub.hunts[HUNT].true} == {0}


# Many ---------------------------------------------------------------------------------------


def test_a_leaderboard_has_a_limit_and_tells_how_many_are_missing(
    start_server: StartServer,
) -> None:
    count = LEADERBOARD_ROWS_MAX + 7
    seats = tuple(TeamSeat(id=TeamId(f"t{n}"), name=f"Team {n}") for n in range(count))
    server = start_server(given_plan(teams=seats))
    player = server.player(TeamId("t0"))
    server.rig.order(AdjustPoints(TeamId("t0"), 5))
    server.rig.commit()
    server.rig.advance(1.0)
    (push,) = [message for message in player.received() if message["t"] == "leaderboard"]
    assert (len(push["leaderboard"]), push["more"]) == (LEADERBOARD_ROWS_MAX, 7)


def test_the_more_look_on_the_fewer_rows_each_is_shown() -> None:
    sizes = [rows_for(audience) for audience in (0, 1, 100, 1_000, 10_000, 1_000_000)]
    assert sizes == sorted(sizes, reverse=True)
    assert (sizes[0], sizes[-1]) == (LEADERBOARD_ROWS_MAX, LEADERBOARD_ROWS_MIN)
    assert rows_for(2_000) * LEADERBOARD_ROW_BYTES * 2_000 <= LEADERBOARD_FANOUT_BYTES


# Positions ----------------------------------------------------------------------------------


def test_positions_are_shown_to_game_masters_alone_and_not_too_often(crowd: Crowd) -> None:
    for lat in (57.1, 57.2, 57.3):
        crowd.ada.tell("position", lat=lat, lon=11.9)
    crowd.bob.tell("position", lat=58.0, lon=11.0)
    crowd.server.rig.advance(POSITIONS_INTERVAL_S)
    *others, staff = crowd.shown("position")
    assert others == [[], [], []]
    (push,) = staff
    assert {team: at[0] for team, at in push["positions"].items()} == {OTTERS: 57.3, TERNS: 58.0}


# Audience -----------------------------------------------------------------------------------


def test_a_team_has_an_audience_only_beside_the_one_who_knows(crowd: Crowd) -> None:
    hub, ada = crowd.server.hub, crowd.ada.session
    assert hub.has_audience(HUNT, OTTERS, None)
    assert not hub.has_audience(HUNT, OTTERS, ada)
    assert hub.has_audience(HUNT, TERNS, ada)
    crowd.server.player(OTTERS, "Cleo")
    assert hub.has_audience(HUNT, OTTERS, ada)
    assert not hub.has_audience(HUNT, TeamId("moles"), None)
    assert not hub.has_audience(HuntId("park"), OTTERS, None)


def test_whoever_left_is_shown_nothing_and_leaves_nothing_behind(crowd: Crowd) -> None:
    for client in crowd.everybody:
        client.session.on_disconnected()
    topics = crowd.server.hub.hunts[HUNT]
    assert (topics.everyone(), topics.teams) == ([], {})
    crowd.server.rig.start()
    crowd.settle()
    assert all(client.socket.written == [] for client in crowd.everybody)


def test_one_hunts_people_are_shown_nothing_of_another(crowd: Crowd) -> None:
    park = HuntId("park")
    crowd.server.rig.seed(given_plan(hunt=park))
    crowd.settle()
    crowd.server.rig.order(Announce("Not for you."), park)
    crowd.server.rig.order(AdjustPoints(OTTERS, 5), park)
    crowd.server.rig.commit()
    crowd.server.rig.advance(5.0)
    assert [client.received() for client in crowd.everybody] == [[], [], [], []]


def test_game_masters_stay_when_their_hunt_is_replaced(crowd: Crowd) -> None:
    crowd.server.rig.seed(crowd.server.rig.plan)
    crowd.server.rig.commit()
    assert "phase" in crowd.staff.kinds()
    crowd.server.rig.start()
    crowd.server.rig.order(PauseHunt())
    crowd.server.rig.commit()
    crowd.server.rig.advance(1.0)
    assert crowd.staff.kinds() == ["phase", "phase", "feed", "progress"]
