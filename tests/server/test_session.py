import pytest

from actors.dispatch import MAILBOX_MESSAGES_MAX, mailbox_of
from actors.domain.commands import FinishHunt
from actors.domain.team import TEAM_SESSIONS_MAX
from server.close_codes import CloseCode
from server.guessing import TEAM_JOINS_BURST, TEAM_JOINS_PER_S, Budget, Guesses
from server.protocol import Wire
from server.session import EARLY_FRAMES_MAX
from server.session_output import Stage
from tests.actors.rig import actor
from tests.domain.given import HUNT, OTTERS, TERNS, given_plan
from tests.server.conftest import StartServer
from tests.server.rig import GM_TOKEN, JSON, MSGPACK, Client, ServerRig

WIRES = pytest.mark.parametrize("wire", [JSON, MSGPACK], ids=["json", "msgpack"])


def assert_closed(client: Client, code: CloseCode) -> None:
    """Closed once, with this code, after a push that says why."""
    last = client.received()[-1]
    assert (last["t"], last["code"]) == ("error", code.name.lower())
    assert last["message"]
    assert client.socket.hung_up == [code]
    assert client.stage is Stage.CLOSED


# Opening ------------------------------------------------------------------------------------


@WIRES
def test_a_player_joins_with_the_teams_code(server: ServerRig, wire: Wire) -> None:
    client = server.connect(wire)
    welcome = client.open("join", code=server.code(), name="Ada")
    assert welcome["t"] == "welcome"
    assert welcome["you"] == {"role": "player", "player": "ada", "name": "Ada"}
    assert (welcome["team"]["id"], welcome["hunt"]["id"]) == (OTTERS, HUNT)
    assert welcome["applied"] == 0
    assert client.stage is Stage.PLAYER


@WIRES
def test_a_game_master_opens_the_console_with_the_token(server: ServerRig, wire: Wire) -> None:
    client = server.connect(wire)
    welcome = client.open("gm", token=GM_TOKEN)
    assert welcome["you"] == {"role": "gm", "rights": "owner"}
    assert welcome["hunts"] == [HUNT]
    assert client.stage is Stage.GAME_MASTER
    assert client.socket.takes_large_frames


@WIRES
def test_anybody_may_watch_a_hunt(server: ServerRig, wire: Wire) -> None:
    client = server.connect(wire)
    welcome = client.open("watch", hunt=HUNT)
    assert (welcome["you"], welcome["session"]) == ({"role": "watch"}, "")
    assert client.stage is Stage.WATCHER
    assert not client.socket.takes_large_frames


@pytest.mark.parametrize(
    ("opening", "code"),
    [
        ({"t": "join", "code": "22222222", "name": "Ada"}, CloseCode.UNKNOWN_CODE),
        ({"t": "join", "code": "22222222"}, CloseCode.MALFORMED),
        ({"t": "join"}, CloseCode.MALFORMED),
        ({"t": "join", "session": "0" * 32}, CloseCode.UNKNOWN_SESSION),
        ({"t": "gm", "token": "guessed"}, CloseCode.NOT_AUTHORISED),
        ({"t": "gm", "token": GM_TOKEN, "hunt": "park"}, CloseCode.UNKNOWN_HUNT),
        ({"t": "watch", "hunt": "park"}, CloseCode.UNKNOWN_HUNT),
        ({"t": "claim", "n": 1, "location": "pier"}, CloseCode.MALFORMED),
        ({"t": "nonsense"}, CloseCode.MALFORMED),
        ({}, CloseCode.MALFORMED),
    ],
    ids=str,
)
@WIRES
def test_a_wrong_first_message_ends_the_connection_with_the_reason(
    server: ServerRig, wire: Wire, opening: dict[str, object], code: CloseCode
) -> None:
    client = server.connect(wire)
    client.session.on_frame(client.frame(opening), wire.is_text)
    assert_closed(client, code)
    assert server.counters.closed == {code.name.lower(): 1}


def test_a_full_team_and_a_finished_hunt_refuse_the_join(start_server: StartServer) -> None:
    server = start_server(given_plan(team_size_max=1))
    server.player(OTTERS)
    late = server.connect()
    late.tell("join", code=server.code(), name="Bob")
    assert_closed(late, CloseCode.REFUSED)
    server.start()
    server.rig.order(FinishHunt())
    later = server.connect()
    later.tell("join", code=server.code(TERNS), name="Cleo")
    assert_closed(later, CloseCode.REFUSED)


def test_the_code_may_be_typed_as_people_type(server: ServerRig) -> None:
    code = server.code()
    sloppy = f" {code[:4].lower()}-{code[4:]} "
    assert server.connect().open("join", code=sloppy, name="Ada")["t"] == "welcome"


def test_whoever_says_nothing_in_time_is_hung_up_on(server: ServerRig) -> None:
    client = server.connect()
    client.session.on_auth_deadline()
    assert_closed(client, CloseCode.AUTH_TIMEOUT)


def test_the_deadline_is_nothing_to_whoever_spoke(server: ServerRig) -> None:
    client = server.player()
    client.session.on_auth_deadline()
    assert client.stage is Stage.PLAYER


def guess(server: ServerRig, address: str = "192.0.2.1") -> CloseCode | None:
    client = server.connect(address=address)
    client.open("join", code="22222222", name="Eve")
    return client.closed_with


def test_guessing_is_slowed_down_for_the_address_and_nobody_else(server: ServerRig) -> None:
    each, all_together = Budget(30, 2.0), Budget(1_000, 2.0)
    server.access.code_guesses = Guesses(each, all_together, each)
    assert {guess(server) for _ in range(30)} == {CloseCode.UNKNOWN_CODE}
    assert guess(server) is CloseCode.TOO_MANY_TRIES
    blocked = server.connect()
    blocked.tell("join", code=server.code(), name="Ada")
    assert_closed(blocked, CloseCode.TOO_MANY_TRIES)
    other = server.connect(address="192.0.2.2")
    assert other.open("join", code=server.code(), name="Ada")["t"] == "welcome"
    with_tail = server.access.codes.long(HUNT, OTTERS)
    assert server.connect().open("join", code=with_tail, name="Bob")["t"] == "welcome"
    server.rig.advance(0.5)  # No lock-out: the next part of the budget is there.
    assert server.player().stage is Stage.PLAYER


def test_a_game_master_whose_token_is_long_gets_in_whatever_others_try(server: ServerRig) -> None:
    for _ in range(1_000):
        client = server.connect()
        client.tell("gm", token="guessed")
        assert client.closed_with is CloseCode.NOT_AUTHORISED
    assert server.game_master().stage is Stage.GAME_MASTER


def test_what_is_right_costs_nothing_of_the_budget(server: ServerRig) -> None:
    server.access.code_guesses = Guesses(*[Budget(1, 0.001)] * 3)
    for number in range(60):
        server.player(name=f"Player {number % 6}")
    assert server.access.alert.tries == 0


def test_devices_join_a_team_only_so_fast(server: ServerRig) -> None:
    before = server.rig.journal.tail
    outcomes = []
    for _ in range(TEAM_JOINS_BURST + 20):
        client = server.connect()
        client.tell("join", code=server.code(), name="Ada")
        outcomes.append(client.received()[0].get("code", "welcome"))
        client.session.on_disconnected()
    assert outcomes == ["welcome"] * TEAM_JOINS_BURST + ["too_many_tries"] * 20
    assert server.rig.journal.tail == before + TEAM_JOINS_BURST
    assert server.player(TERNS).stage is Stage.PLAYER
    server.rig.advance(1 / TEAM_JOINS_PER_S)
    assert server.player().stage is Stage.PLAYER


def test_a_device_that_is_connected_keeps_its_place(server: ServerRig) -> None:
    phones = [server.player(name="Ada") for _ in range(TEAM_SESSIONS_MAX)]
    late = server.connect()
    late.tell("join", code=server.code(), name="Ada")
    assert_closed(late, CloseCode.REFUSED)
    assert phones[0].ask("say", text="I am still here")["t"] == "accepted"


def test_a_device_that_is_away_leaves_for_a_new_one_and_is_known_no_more(
    server: ServerRig,
) -> None:
    tokens = []
    phones = []
    for _ in range(TEAM_SESSIONS_MAX):
        phones.append(server.connect())
        tokens.append(phones[-1].open("join", code=server.code(), name="Ada")["session"])
    away = phones[3]
    away.session.on_disconnected()
    assert server.player(name="Bob").stage is Stage.PLAYER
    assert len(server.access.sessions) == TEAM_SESSIONS_MAX
    assert away.session.session not in server.access.sessions
    back = server.connect()
    back.tell("join", session=tokens[3])
    assert_closed(back, CloseCode.UNKNOWN_SESSION)
    assert phones[0].ask("say", text="I am still here")["t"] == "accepted"


def test_the_device_that_left_is_not_known_after_a_restart_either(
    server: ServerRig, start_server: StartServer
) -> None:
    for _ in range(TEAM_SESSIONS_MAX + 1):
        server.player(name="Ada").session.on_disconnected()
    server.rig.commit()
    again = start_server(records=server.rig.writer.records)
    assert again.access.sessions == server.access.sessions
    assert len(again.access.sessions) == TEAM_SESSIONS_MAX


def test_the_wrong_kind_of_frame_ends_the_connection(server: ServerRig) -> None:
    for wire in (JSON, MSGPACK):
        for client in (server.connect(wire), server.player(wire=wire)):
            client.session.on_frame(b"{}", not wire.is_text)
            assert_closed(client, CloseCode.UNSUPPORTED)


# Joining ------------------------------------------------------------------------------------


def test_what_is_sent_before_the_welcome_is_handled_after_it(server: ServerRig) -> None:
    client = server.connect()
    client.tell("join", code=server.code(), name="Ada")
    client.tell("say", n=1, text="hello")
    client.tell("say", n=2, text="again")
    messages = client.received()
    assert [message["t"] for message in messages] == ["welcome", "accepted", "accepted"]
    assert [message["n"] for message in messages[1:]] == [1, 2]


def test_too_much_before_the_welcome_ends_the_connection(server: ServerRig) -> None:
    client = server.connect()
    client.tell("join", code=server.code(), name="Ada")
    for n in range(1, EARLY_FRAMES_MAX + 2):
        client.tell("say", n=n, text="hello")
    assert_closed(client, CloseCode.MALFORMED)


def test_whoever_ends_by_an_early_frame_is_shown_nothing_any_more(server: ServerRig) -> None:
    client = server.connect()
    client.tell("join", code=server.code(), name="Ada")
    client.tell("nonsense")
    server.rig.run()
    assert client.stage is Stage.CLOSED
    assert server.hub.hunts[HUNT].audience_size() == 0
    assert not server.hub.has_audience(HUNT, OTTERS, None)


def test_whoever_leaves_before_the_welcome_is_forgotten(server: ServerRig) -> None:
    client = server.connect()
    client.tell("join", code=server.code(), name="Ada")
    client.session.on_disconnected()
    server.rig.run()
    assert client.socket.written == []
    assert server.desk.live == {}
    assert server.hub.hunts[HUNT].audience_size() == 0


def test_a_team_that_cannot_take_the_join_says_come_back(server: ServerRig) -> None:
    team = server.rig.entry.teams[OTTERS]
    mailbox = mailbox_of(team)
    mailbox.suspend()
    for _ in range(MAILBOX_MESSAGES_MAX):
        mailbox.tell(None)
    client = server.connect()
    client.tell("join", code=server.code(), name="Ada")
    assert_closed(client, CloseCode.SERVER_FULL)
    mailbox.take_all()


def test_a_join_that_makes_its_team_fail_says_come_back(server: ServerRig) -> None:
    team = actor(server.rig.entry.teams[OTTERS])
    client = server.connect()
    mailbox_of(team.actor_ref).suspend()
    client.tell("join", code=server.code(), name="Ada")
    server.rig.supervisor.stop_all()
    assert_closed(client, CloseCode.SERVER_FULL)


# Resuming -----------------------------------------------------------------------------------


def test_a_session_goes_on_on_a_new_connection(server: ServerRig) -> None:
    first = server.connect()
    token = first.open("join", code=server.code(), name="Ada")["session"]
    first.ask("say", text="hello")
    first.session.on_disconnected()
    second = server.connect()
    welcome = second.open("join", session=token)
    assert (welcome["session"], welcome["applied"]) == (token, 1)
    assert welcome["you"]["player"] == "ada"
    assert second.ask("say", n=1, text="hello")["reason"] == "already_applied"
    assert second.ask("say", n=2, text="more")["t"] == "accepted"


def test_the_older_connection_of_a_session_is_taken_over(server: ServerRig) -> None:
    first = server.connect()
    token = first.open("join", code=server.code(), name="Ada")["session"]
    second = server.connect()
    second.open("join", session=token)
    assert_closed(first, CloseCode.TAKEN_OVER)
    assert server.desk.live == {second.session.session: second.session}
    assert server.hub.hunts[HUNT].audience_size() == 1


def test_a_game_masters_session_goes_on_too(server: ServerRig) -> None:
    first = server.connect()
    token = first.open("gm", token=GM_TOKEN)["session"]
    assert first.ask("start")["t"] == "accepted"
    second = server.connect()
    welcome = second.open("gm", token=GM_TOKEN, session=token)
    assert welcome["applied"] == 1
    assert_closed(first, CloseCode.TAKEN_OVER)
    assert second.ask("pause", n=1)["reason"] == "already_applied"


def test_a_players_session_opens_no_console_and_a_consoles_no_team(server: ServerRig) -> None:
    player = server.connect()
    token = player.open("join", code=server.code(), name="Ada")["session"]
    staff = server.connect()
    own = staff.open("gm", token=GM_TOKEN, session=token)
    assert own["applied"] == 0
    assert player.stage is Stage.PLAYER
    intruder = server.connect()
    intruder.tell("join", session=server.connect().open("gm", token=GM_TOKEN)["session"])
    assert_closed(intruder, CloseCode.UNKNOWN_SESSION)


# The end ------------------------------------------------------------------------------------


def test_after_the_end_nothing_is_read_answered_or_shown(server: ServerRig) -> None:
    client = server.player()
    client.tell("say", n=1, text="on its way")
    client.session.on_disconnected()
    client.tell("say", n=2, text="too late")
    server.rig.run()
    server.rig.commit()
    server.rig.advance(1.0)
    assert client.socket.written == []
    assert server.hub.hunts[HUNT].audience_size() == 0


def test_a_connection_is_closed_once(server: ServerRig) -> None:
    client = server.player()
    client.session.close(CloseCode.INTERNAL_ERROR, "Sorry.")
    client.session.close(CloseCode.MALFORMED, "Sorry again.")
    client.session.on_hunt_replaced()
    client.session.on_disconnected()
    assert_closed(client, CloseCode.INTERNAL_ERROR)


def test_a_client_that_cannot_be_answered_is_to_come_back(server: ServerRig) -> None:
    client = server.player()
    client.session.give_up(1, False)
    assert_closed(client, CloseCode.INTERNAL_ERROR)


def test_when_a_hunt_is_replaced_its_players_and_watchers_start_over(server: ServerRig) -> None:
    player, watcher, staff = server.player(), server.connect(), server.game_master()
    watcher.open("watch", hunt=HUNT)
    server.rig.seed(server.rig.plan)
    assert_closed(player, CloseCode.HUNT_REPLACED)
    assert_closed(watcher, CloseCode.HUNT_REPLACED)
    assert staff.stage is Stage.GAME_MASTER
    assert server.access.sessions == {}
    assert server.player().stage is Stage.PLAYER


@WIRES
@pytest.mark.parametrize("role", ["player", "gm", "watcher"])
def test_who_was_welcomed_may_ask_whether_the_server_is_there(
    server: ServerRig, role: str, wire: Wire
) -> None:
    client = server.connect(wire)
    opening: dict[str, tuple[str, dict[str, str]]] = {
        "player": ("join", {"code": server.code(), "name": "Ada"}),
        "gm": ("gm", {"token": GM_TOKEN, "hunt": HUNT}),
        "watcher": ("watch", {"hunt": HUNT}),
    }
    kind, fields = opening[role]
    client.open(kind, **fields)
    client.received()
    client.tell("ping")
    client.tell("ping")
    pongs = [one for one in client.received() if one["t"] == "pong"]
    assert [one["now"] for one in pongs] == [server.rig.dispatcher.now()]
