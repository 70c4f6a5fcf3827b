import pytest

from actors.domain.commands import (
    AdjustPoints,
    Announce,
    CloseLocation,
    Disqualify,
    FreezeLeaderboard,
)
from tests.domain.given import HUNT, OTTERS, PIER, SEALS, TERNS
from tests.server.rig import GM_TOKEN, MSGPACK, Client, Message, ServerRig

SECRETS = ["lumen", "lighthouse", "light ?ship", "Close. Bigger.", "It floats.", "Look down."]
"""What the usual plan must not tell anybody: a code, answers, a near miss, hints."""


@pytest.fixture
def busy(server: ServerRig) -> ServerRig:
    """A hunt in which something happened, all of it saved and shown."""
    ada = server.player()
    server.start()
    ada.ask("say", text="hello")
    server.rig.order(Announce("For all."))
    server.rig.order(Announce("For terns.", (TERNS,)))
    server.rig.order(AdjustPoints(TERNS, 5))
    server.rig.order(CloseLocation(PIER))
    server.rig.order(Disqualify(SEALS))
    server.rig.commit()
    server.rig.advance(5.0)
    return server


def welcome(server: ServerRig, kind: str) -> Message:
    client = server.connect()
    match kind:
        case "player":
            return client.open("join", code=server.code(), name="Bob")
        case "gm":
            return client.open("gm", token=GM_TOKEN)
        case _:
            return client.open("watch", hunt=HUNT)


@pytest.mark.parametrize("kind", ["player", "gm", "watch"])
def test_a_welcome_is_a_whole_snapshot(busy: ServerRig, kind: str) -> None:
    message = welcome(busy, kind)
    assert message["hunt"]["phase"] == "running"
    assert message["hunt"]["elapsed_s"] == 5.0
    assert message["now"] == busy.desk.now()
    assert message["closed"] == [PIER]
    assert [(row["rank"], row["team"], row["score"]) for row in message["leaderboard"]] == [
        (1, TERNS, 5),
        (2, OTTERS, 0),
    ]


def test_everybody_reads_the_announcements_that_are_for_them(busy: ServerRig) -> None:
    def texts(message: Message) -> list[str]:
        return [one["text"] for one in message["announcements"]]

    assert texts(welcome(busy, "player")) == ["For all."]
    assert texts(welcome(busy, "watch")) == ["For all."]
    assert texts(welcome(busy, "gm")) == ["For all.", "For terns."]
    terns = busy.connect().open("join", code=busy.code(TERNS), name="Cleo")
    assert texts(terns) == ["For all.", "For terns."]


@pytest.mark.parametrize("kind", ["player", "gm", "watch"])
def test_no_welcome_holds_a_code_an_answer_or_an_unbought_hint(busy: ServerRig, kind: str) -> None:
    text = str(welcome(busy, kind))
    assert not [secret for secret in SECRETS if secret in text]
    codes = [busy.code(team) for team in (OTTERS, TERNS, SEALS)]
    assert not [code for code in codes if code in text]


def test_a_bought_hint_is_in_the_teams_welcome_and_in_no_other(busy: ServerRig) -> None:
    bob = busy.player(OTTERS, "Bob")
    assert bob.ask("hint", location=PIER, hint=0)["text"] == "It floats."
    assert "It floats." in str(welcome(busy, "player"))
    for kind in ("gm", "watch"):
        assert "It floats." not in str(welcome(busy, kind))


def test_a_player_sees_no_place_before_the_start(server: ServerRig) -> None:
    message = welcome(server, "player")
    assert message["hunt"]["phase"] == "draft"
    assert message["team"].get("locations", []) == []


def test_a_player_is_shown_the_own_team_alone(busy: ServerRig) -> None:
    message = welcome(busy, "player")
    assert message["team"]["id"] == OTTERS
    assert message["team"]["players"] == ["Ada", "Bob"]
    assert "teams" not in message
    assert "hunts" not in message
    assert welcome(busy, "watch").get("team") is None


def test_a_game_master_sees_every_team_and_who_is_there(busy: ServerRig) -> None:
    teams = welcome(busy, "gm")["teams"]
    assert [(line["id"], line["score"], line["online"]) for line in teams] == [
        (OTTERS, 0, 1),
        (TERNS, 5, 0),
        (SEALS, 0, 0),
    ]
    assert [line.get("disqualified", False) for line in teams] == [False, False, True]


def test_a_frozen_leaderboard_is_frozen_for_newcomers_but_not_for_game_masters(
    busy: ServerRig,
) -> None:
    busy.rig.order(FreezeLeaderboard())
    busy.rig.order(AdjustPoints(OTTERS, 50))
    busy.rig.commit()
    busy.rig.advance(5.0)
    for kind, first in (("player", TERNS), ("watch", TERNS), ("gm", OTTERS)):
        message = welcome(busy, kind)
        assert message["is_frozen"] is True
        assert message["leaderboard"][0]["team"] == first


def test_a_snapshot_shows_the_same_as_the_pushes_before_it(busy: ServerRig) -> None:
    watching: Client = busy.connect(MSGPACK)
    watching.open("watch", hunt=HUNT)
    busy.rig.order(AdjustPoints(OTTERS, 7))
    busy.rig.commit()
    busy.rig.advance(5.0)
    pushed = [m for m in watching.received() if m["t"] == "leaderboard"][-1]
    assert welcome(busy, "watch")["leaderboard"] == pushed["leaderboard"]


def test_hunt_time_in_a_welcome_stands_still_before_the_start_and_in_a_pause(
    server: ServerRig,
) -> None:
    server.rig.advance(100.0)
    assert welcome(server, "watch")["hunt"].get("elapsed_s", 0.0) == 0.0
    staff = server.game_master()
    staff.ask("start")
    server.rig.advance(60.0)
    staff.ask("pause")
    server.rig.advance(60.0)
    assert welcome(server, "watch")["hunt"]["elapsed_s"] == 60.0
