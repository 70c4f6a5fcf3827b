from typing import Any, get_args

import pytest

from actors.domain.ids import LocationId, StaffId
from actors.domain.staff import Role, StaffMember
from server import requests
from server.rights import OWNER, Rights, objection, rights_of
from tests.domain.given import HUNT, PIER
from tests.server.roles import EXAMPLES, PARK


def rights(role: Role, location: LocationId | None = None) -> Rights:
    return rights_of(HUNT, StaffMember(StaffId("s1"), "Ben", role, "d" * 64, location))


MASTER, VIEWER = rights(Role.MASTER), rights(Role.VIEWER)
STATION = rights(Role.STATION, PIER)
ALL = tuple(kind for kind in get_args(requests.GameMasterRequest) if kind is not requests.Ping)
OWNERS_ALONE = (requests.Seed, requests.Shed, requests.Invite, requests.Revoke)


def asked(who: Rights, kind: type[Any], **fields: Any) -> str | None:
    return objection(who, kind(**(EXAMPLES[kind] | fields)))


@pytest.mark.parametrize("kind", ALL)
def test_every_role_may_what_is_said_of_it(kind: type[Any]) -> None:
    assert asked(OWNER, kind) is None
    assert (asked(MASTER, kind) is None) is (kind not in OWNERS_ALONE)
    assert (asked(STATION, kind) is None) is (kind in (requests.Open, requests.Close))
    assert asked(VIEWER, kind) is not None


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind not in OWNERS_ALONE[:2]])
def test_another_hunt_is_nobodys_but_the_owners(kind: type[Any]) -> None:
    assert asked(OWNER, kind, hunt=PARK) is None
    assert all(asked(who, kind, hunt=PARK) for who in (MASTER, STATION, VIEWER))
    assert asked(STATION, requests.Close, hunt=HUNT) is None


def test_a_station_may_not_touch_another_place() -> None:
    assert asked(STATION, requests.Close, location="mill")
    assert asked(rights(Role.STATION), requests.Close)


def test_rights_cover_their_own_hunt() -> None:
    assert OWNER.cover(PARK)
    assert MASTER.cover(HUNT)
    assert not MASTER.cover(PARK)
    assert [who.sees_server for who in (OWNER, MASTER, STATION, VIEWER)] == [True] * 2 + [False] * 2
