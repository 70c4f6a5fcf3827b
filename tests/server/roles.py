"""Who may ask what: every request of the protocol by every kind of client, and what comes of it."""

import json
from collections.abc import Callable, Iterator
from typing import Any, get_args

from msgspec import Struct
from msgspec.structs import replace

from actors.domain.events import Event
from actors.domain.ids import HuntId
from actors.domain.plan import Answer, Hint, HuntPlan, Location
from server import requests
from server.session_output import Stage
from tests.domain.given import HUNT, OTTERS, PIER, TERNS, given_plan, given_tower, requires
from tests.server.rig import GM_TOKEN, Client, Message, ServerRig

PARK = HuntId("park")
"""Another hunt."""

ROLES = ("anonymous", "player", "watcher", "gm", "master", "station", "viewer")
"""Kinds of client; `gm` is who has the server's own token, the last three were invited."""

EXAMPLES: dict[type[Struct], Message] = {
    requests.Join: {"code": "22222222", "name": "Eve"},
    requests.GameMaster: {"token": "a guess"},
    requests.Watch: {"hunt": HUNT},
    requests.Claim: {"n": 1, "location": "pier", "code": "lumen"},
    requests.Hint: {"n": 1, "location": "pier", "hint": 0},
    requests.Say: {"n": 1, "text": "hello"},
    requests.Seen: {"n": 1, "announcement": 1},
    requests.PositionReport: {"lat": 57.7, "lon": 11.9},
    requests.Ping: {},
    requests.Announce: {"n": 1, "text": "hello"},
    requests.Start: {"n": 1},
    requests.Pause: {"n": 1},
    requests.Resume: {"n": 1},
    requests.Finish: {"n": 1},
    requests.Freeze: {"n": 1},
    requests.Thaw: {"n": 1},
    requests.Open: {"n": 1, "location": "pier"},
    requests.Close: {"n": 1, "location": "pier"},
    requests.Adjust: {"n": 1, "team": TERNS, "points": 5},
    requests.Void: {"n": 1, "team": TERNS, "location": "pier"},
    requests.Restore: {"n": 1, "team": TERNS, "location": "mill"},
    requests.DisqualifyTeam: {"n": 1, "team": TERNS},
    requests.ReinstateTeam: {"n": 1, "team": TERNS},
    requests.Extend: {"n": 1, "seconds": 60},
    requests.Grant: {"n": 1, "team": TERNS, "location": "pier", "hint": 0},
    requests.Handle: {"n": 1, "message": 1, "state": "done"},
    requests.Invite: {"n": 1, "name": "Eve", "role": "master"},
    requests.Revoke: {"n": 1, "staff": "s1"},
    requests.Cards: {"n": 1},
    requests.Shed: {"n": 1, "step": "map", "mode": "on"},
    requests.Seed: {"n": 1, "plan": {"version": 1}, "replace": True},
}
"""One of every request, as dangerous as it gets."""

OPENING = ("by itself", *("closed",) * 6)
OF_PLAYERS = ("closed", "dealt with", "closed", *("not_allowed",) * 4)
_OF_STAFF = ("closed", "not_allowed", "closed", "dealt with")
OF_OWNERS = (*_OF_STAFF, "not_allowed", "not_allowed", "not_allowed")
OF_MASTERS = (*_OF_STAFF, "dealt with", "not_allowed", "not_allowed")
OF_STATIONS = (*_OF_STAFF, "dealt with", "dealt with", "not_allowed")

MATRIX: dict[type[Struct], tuple[str, ...]] = {
    requests.Join: OPENING,
    requests.GameMaster: OPENING,
    requests.Watch: OPENING,
    requests.Claim: OF_PLAYERS,
    requests.Hint: OF_PLAYERS,
    requests.Say: OF_PLAYERS,
    requests.Seen: OF_PLAYERS,
    # It has no number and gets no answer, so a game master who sends one is no game master's client.
    requests.PositionReport: ("closed", "dealt with", *("closed",) * 5),
    requests.Ping: ("closed", *("dealt with",) * 6),
    requests.Announce: OF_MASTERS,
    requests.Start: OF_MASTERS,
    requests.Pause: OF_MASTERS,
    requests.Resume: OF_MASTERS,
    requests.Finish: OF_MASTERS,
    requests.Freeze: OF_MASTERS,
    requests.Thaw: OF_MASTERS,
    requests.Open: OF_STATIONS,
    requests.Close: OF_STATIONS,
    requests.Adjust: OF_MASTERS,
    requests.Extend: OF_MASTERS,
    requests.Grant: OF_MASTERS,
    requests.Handle: OF_MASTERS,
    requests.Invite: OF_OWNERS,
    requests.Revoke: OF_OWNERS,
    requests.Cards: OF_MASTERS,
    requests.Void: OF_MASTERS,
    requests.Restore: OF_MASTERS,
    requests.DisqualifyTeam: OF_MASTERS,
    requests.ReinstateTeam: OF_MASTERS,
    requests.Seed: OF_OWNERS,
    requests.Shed: OF_OWNERS,
}
"""Request -> what becomes of it, sent by each of `ROLES` after its own first message."""


def every_request() -> set[type[Struct]]:
    """What the protocol knows."""
    unions = (requests.Opening, requests.PlayerRequest, requests.GameMasterRequest)
    return {kind for union in unions for kind in get_args(union)}


def timed_server() -> ServerRig:
    """A server whose hunt can be extended."""
    return ServerRig(given_plan(duration_s=3_600.0))


def become(server: ServerRig, role: str) -> Client:
    """Somebody of that role, who was welcomed."""
    match role:
        case "player":
            return server.player()
        case "gm":
            return server.game_master()
        case "master" | "viewer":
            return server.staff(role)
        case "station":
            return server.staff(role, "pier")
        case "watcher":
            client = server.connect()
            client.open("watch", hunt=HUNT)
            return client
        case _:
            return server.connect()


FOREIGN: Message = {
    "team": TERNS,
    "player": "bob",
    "session": "0" * 32,
    "role": "gm",
    "token": GM_TOKEN,
}
"""Keys that a client may add to its requests; none of them says who it is."""


INVITED = ("master", "station", "viewer")


def foreign_violations(
    make_server: Callable[[], ServerRig], note: Callable[[], None] = lambda: None
) -> Iterator[str]:
    """Try every game master's request for another hunt, as everybody who is invited to one."""
    for role in INVITED:
        for kind in set(get_args(requests.GameMasterRequest)) - {requests.Ping}:  # Of no hunt.
            with make_server() as server:
                note()
                server.rig.seed(replace(given_plan(), hunt=PARK))
                server.start()
                client = become(server, role)
                client.received()
                before = server.rig.journal.tail
                client.tell(str(kind.__struct_config__.tag), **EXAMPLES[kind], hunt=PARK)
                outcome = what_became_of(client)
                if outcome != "not_allowed" or server.rig.journal.tail != before:
                    yield f"{role} sends {kind.__name__} for another hunt: {outcome}"


def matrix_violations(
    make_server: Callable[[], ServerRig], note: Callable[[], None] = lambda: None
) -> Iterator[str]:
    """Try every request as everybody; what came of it that should not have."""
    for kind, outcomes in MATRIX.items():
        for role, expected in zip(ROLES, outcomes, strict=True):
            with make_server() as server:
                note()
                yield from _try(server, kind, role, expected)


def _try(server: ServerRig, kind: type[Struct], role: str, expected: str) -> Iterator[str]:
    server.start()
    other = server.player(TERNS, "Bob")
    client = become(server, role)
    client.received()
    tag = str(kind.__struct_config__.tag)
    before = server.rig.journal.tail
    added = FOREIGN if kind in get_args(requests.PlayerRequest) else {}
    client.tell(tag, **(added | EXAMPLES[kind]))
    outcome = what_became_of(client)
    if expected == "by itself":  # A first message of its own; other tests have those.
        return
    if outcome != expected:
        yield f"{role} sends {tag}: expected {expected}, found {outcome}"
    events = [record.event for record in server.rig.writer.records[before:]]
    if expected != "dealt with" and events:
        yield f"{role} sends {tag}: it left {events}"
    if role == "player":
        yield from (f"a player acted for others by {tag}: {e}" for e in events if is_foreign(e))
    if other.stage is not Stage.PLAYER:
        yield f"{role} sends {tag}: another team's player was cut off"


def what_became_of(client: Client) -> str:
    """closed, not_allowed or dealt with."""
    received = client.received()
    if client.stage is Stage.CLOSED:
        return "closed"
    refused = [one["reason"] for one in received if one["t"] == "refused"]
    return "not_allowed" if refused == ["not_allowed"] else "dealt with"


def is_foreign(event: Event) -> bool:
    """Whether it is another team's than the otters', or none of a team's at all."""
    return getattr(event, "team", None) != OTTERS


# What is not to be seen ----------------------------------------------------------------------


def secret_plan() -> HuntPlan:
    """A hunt whose every secret is a word of its own, so that a leak names itself."""
    places = (
        _secret_place("pier", points=50),
        _secret_place("vault", points=70, requires=requires(PIER)),
        _secret_place("attic", points=90, requires=requires(PIER)),
        given_tower(),
    )
    return given_plan(locations=places)


def _secret_place(place: str, **more: Any) -> Location:
    return Location(
        id=place,  # type: ignore[arg-type]
        name=f"{place}-name-canary",
        clue=f"{place}-clue-canary",
        at=(57.123456, 11.654321),
        radius_m=33.0,
        code=f"{place}-code-canary",
        answers=(Answer(text=f"{place}-answer-canary"),),
        near_misses={"nearly": f"{place}-near-miss-canary"},
        hints=(
            Hint(text=f"{place}-hint-canary", cost=1),
            Hint(text=f"{place}-late-canary", cost=1),
        ),
        **more,
    )


LOCKED = ("vault", "attic")
NEVER = [f"{p}-{w}-canary" for p in ("pier", *LOCKED) for w in ("code", "answer", "hint", "late")]
NEVER += [f"{p}-{w}-canary" for p in LOCKED for w in ("name", "clue", "near-miss")]
NEVER += ["57.123456", "11.654321"]
"""What a team that has found and bought nothing must not be sent, whatever it asks."""


def probing_frames() -> Iterator[Message]:
    """Every player's request, for every place there is, is not or is locked, with foreign keys."""
    n = 0
    for place in ("pier", *LOCKED, "tower", "nowhere", "../vault", "VAULT", ""):
        extras: tuple[Message, ...] = ({}, FOREIGN, {"hunt": "park"})
        for extra in extras:
            bodies: tuple[Message, ...] = (
                {"t": "claim", "code": "guess"},
                {"t": "claim", "answer": "guess"},
                {"t": "claim", "position": {"lat": 1.0, "lon": 2.0}},
                {"t": "claim", "code": None},
                {"t": "hint", "hint": 5},
                {"t": "hint", "hint": 1_000},
                *({"t": "hint", "hint": hint} for hint in (0, 1) if place != "pier"),
                *({"t": kind, "team": TERNS} for kind in ("void", "restore", "open", "close")),
            )
            for body in bodies:
                n += 1
                yield extra | body | {"n": n, "location": place}


def leaks(received: list[Message], secrets: list[str]) -> list[str]:
    """The secrets that are in what a client was sent."""
    text = json.dumps(received)
    return [secret for secret in secrets if secret in text]
