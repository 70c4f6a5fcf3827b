"""Whoever sends again what a client sent before changes nothing."""

from actors.domain.ids import SessionId
from tests.server.conftest import StartServer
from tests.server.rig import Client, Message, ServerRig

PLAY: tuple[Message, ...] = (
    {"t": "claim", "location": "pier", "code": "wrong"},
    {"t": "hint", "location": "pier", "hint": 0},
    {"t": "say", "text": "hello"},
    {"t": "claim", "location": "pier", "code": "lumen"},
    {"t": "claim", "location": "mill", "answer": "lantern"},
    {"t": "dance"},
    {"t": "seen", "announcement": 1},
    {"t": "disqualify", "team": "terns"},
)
STEER: tuple[Message, ...] = (
    {"t": "announce", "text": "hello"},
    {"t": "adjust", "team": "otters", "points": 5},
    {"t": "void", "team": "otters", "location": "pier"},
    {"t": "pause"},
    {"t": "claim", "location": "pier", "code": "lumen"},
)


def numbered(messages: tuple[Message, ...]) -> list[Message]:
    return [{**message, "n": n} for n, message in enumerate(messages, 1)]


def send(client: Client, messages: list[Message]) -> list[Message]:
    for message in messages:
        client.session.on_frame(client.frame(message), is_text=True)
    return [one for one in client.received() if one["t"] in ("accepted", "refused")]


def capture(server: ServerRig) -> tuple[Client, Message, Client, Message]:
    """A player's and a game master's whole sessions, and how each can be taken up again."""
    server.start()
    player, staff = server.connect(), server.connect()
    token = player.open("join", code=server.code(), name="Ada")["session"]
    key = staff.open("gm", token="a-token-that-only-tests-know")["session"]
    send(player, numbered(PLAY))
    send(staff, numbered(STEER))
    server.rig.commit()
    master = {"t": "gm", "token": "a-token-that-only-tests-know", "session": key}
    return player, {"t": "join", "session": token}, staff, master


def snapshot(server: ServerRig) -> tuple[int, object, object]:
    entry = server.rig.entry
    return (
        server.rig.journal.tail,
        server.rig.team(entry.plan.teams[0].id),
        dict(server.access.sessions),
    )


def assert_changes_nothing(server: ServerRig, client: Client, messages: list[Message]) -> None:
    before = snapshot(server)
    answers = send(client, messages)
    assert [one["reason"] for one in answers] == ["already_applied"] * len(messages)
    assert snapshot(server) == before


def test_on_the_same_connection(server: ServerRig) -> None:
    player, _, staff, _ = capture(server)
    assert_changes_nothing(server, player, numbered(PLAY))
    assert_changes_nothing(server, staff, numbered(STEER))
    assert_changes_nothing(server, player, list(reversed(numbered(PLAY))))


def test_on_a_new_connection(server: ServerRig) -> None:
    _, resume, _, master = capture(server)
    for opening, messages in ((resume, PLAY), (master, STEER)):
        client = server.connect()
        client.session.on_frame(client.frame(opening), is_text=True)
        assert client.received()[0]["applied"] == len(messages)
        assert_changes_nothing(server, client, numbered(messages))


def test_after_a_restart(server: ServerRig, start_server: StartServer) -> None:
    _, resume, _, master = capture(server)
    again = start_server(records=server.rig.writer.records)
    for opening, messages in ((resume, PLAY), (master, STEER)):
        client = again.connect()
        client.session.on_frame(client.frame(opening), is_text=True)
        applied = client.received()[0]["applied"]
        # What was refused without a record is forgotten with a restart, and only that.
        assert 0 < applied <= len(messages)
        assert_changes_nothing(again, client, numbered(messages)[:applied])
        before = again.rig.journal.tail
        late = send(client, numbered(messages)[applied:])
        assert {one["t"] for one in late} <= {"refused"}
        assert again.rig.journal.tail == before


def test_by_somebody_who_has_no_token(server: ServerRig) -> None:
    player, _, _, _ = capture(server)
    before = snapshot(server)
    for session in (player.session.session, SessionId("0" * 32)):
        thief = server.connect()
        thief.tell("join", session=session)  # The digest, as it is in the database.
        assert thief.received()[0]["code"] == "unknown_session"
    assert snapshot(server) == before
