from typing import Any, get_args

import pytest

from actors.domain import commands
from actors.domain.commands import HuntScoped, Position
from actors.domain.ids import AnnouncementId, HuntId, LocationId, StaffId, TeamId
from server import requests
from server.requests import game_master_command, player_command
from tests.server.messages import GAME_MASTER_REQUESTS, PLAYER_REQUESTS

HARBOUR, PIER, OTTERS = HuntId("harbour"), LocationId("pier"), TeamId("otters")

PLAYERS: list[tuple[Any, commands.PlayerCommand]] = [
    (requests.Claim(1, PIER), commands.Claim(PIER)),
    (
        requests.Claim(1, PIER, "lumen", "lighthouse", Position(1.0, 2.0, 3.0), 4.0),
        commands.Claim(PIER, "lumen", "lighthouse", Position(1.0, 2.0, 3.0), 4.0),
    ),
    (requests.Hint(1, "pier", 2), commands.BuyHint(PIER, 2)),
    (requests.Say(1, "hello"), commands.Say("hello")),
    (requests.Seen(1, 3), commands.MarkSeen(AnnouncementId(3))),
]

GAME_MASTERS: list[tuple[Any, commands.GameMasterCommand]] = [
    (requests.Announce(1, "Hi"), commands.Announce("Hi")),
    (requests.Announce(1, "Hi", "otters"), commands.Announce("Hi", (OTTERS,))),
    (
        requests.Announce(1, "Hi", ["otters"], "urgent"),
        commands.Announce("Hi", (OTTERS,), "urgent"),
    ),
    (requests.Announce(1, "Hi", []), commands.Announce("Hi", ())),
    (requests.Start(1), commands.StartHunt()),
    (requests.Pause(1), commands.PauseHunt()),
    (requests.Resume(1), commands.ResumeHunt()),
    (requests.Finish(1), commands.FinishHunt()),
    (requests.Freeze(1), commands.FreezeLeaderboard()),
    (requests.Thaw(1), commands.ThawLeaderboard()),
    (requests.Open(1, "pier"), commands.OpenLocation(PIER)),
    (requests.Close(1, "pier"), commands.CloseLocation(PIER)),
    (requests.Adjust(1, "otters", -5, "late"), commands.AdjustPoints(OTTERS, -5, "late")),
    (requests.Extend(1, -600, "storm"), commands.ExtendHunt(-600, "storm")),
    (requests.Grant(1, "otters", "pier", 1, "fog"), commands.GrantHint(OTTERS, PIER, 1, "fog")),
    (requests.Handle(1, 7, "claimed"), commands.HandleMessage(7, "claimed")),
    (requests.Revoke(1, "s1"), commands.RevokeStaff(StaffId("s1"))),
    (requests.Cards(1), commands.ShowCards()),
    (requests.Void(1, "otters", "pier", "why"), commands.VoidFind(OTTERS, PIER, "why")),
    (requests.Restore(1, "otters", "pier", "why"), commands.RestoreFind(OTTERS, PIER, "why")),
    (requests.DisqualifyTeam(1, "otters", "why"), commands.Disqualify(OTTERS, "why")),
    (requests.ReinstateTeam(1, "otters", "why"), commands.Reinstate(OTTERS, "why")),
]


@pytest.mark.parametrize(("request_", "command"), PLAYERS, ids=repr)
def test_a_players_request_stands_for_a_command(
    request_: Any, command: commands.PlayerCommand
) -> None:
    assert player_command(request_) == command


@pytest.mark.parametrize(("request_", "command"), GAME_MASTERS, ids=repr)
def test_a_game_masters_request_stands_for_a_command(
    request_: Any, command: commands.GameMasterCommand
) -> None:
    assert game_master_command(request_) == HuntScoped(None, command)


@pytest.mark.parametrize(("request_", "command"), GAME_MASTERS, ids=repr)
def test_a_game_masters_request_may_name_its_hunt(
    request_: Any, command: commands.GameMasterCommand
) -> None:
    fields = {name: getattr(request_, name) for name in request_.__struct_fields__}
    named = type(request_)(**(fields | {"hunt": "harbour"}))
    assert game_master_command(named) == HuntScoped(HARBOUR, command)


def test_no_kind_of_message_is_without_an_example() -> None:
    seen = {message["t"] for message in PLAYER_REQUESTS + GAME_MASTER_REQUESTS}
    kinds = (*get_args(requests.PlayerRequest), *get_args(requests.GameMasterRequest))
    assert seen == {kind.__struct_config__.tag for kind in kinds}
