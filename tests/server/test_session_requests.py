import pytest

from actors.admission import BUSY_RETRY_AFTER_S
from actors.dispatch import REQUESTS_WAITING_MAX, mailbox_of
from actors.domain.plan import Scoring
from server.close_codes import CloseCode
from server.outbox import OUTBOX_BYTES_MAX
from server.protocol import Wire
from server.session_input import IN_FLIGHT_MAX
from server.session_output import Stage
from tests.domain.given import HUNT, OTTERS, PIER, given_plan
from tests.domain.plan_documents import document
from tests.server.conftest import StartServer
from tests.server.rig import GM_TOKEN, JSON, MSGPACK, Client, ServerRig

WIRES = pytest.mark.parametrize("wire", [JSON, MSGPACK], ids=["json", "msgpack"])
RIGHT = {"location": "pier", "code": " Lumen"}
WRONG = {"location": "pier", "code": "nonsense"}


@pytest.fixture
def ada(server: ServerRig) -> Client:
    """Ada of the otters, in a running hunt, with nothing unread."""
    client = server.player()
    server.start()
    client.received()
    return client


# Players ------------------------------------------------------------------------------------


@WIRES
def test_a_players_requests_are_answered_at_once(start_server: StartServer, wire: Wire) -> None:
    scoring = Scoring(finder_bonus=(20, 10), wrong_claim=-1)
    server = start_server(given_plan(scoring=scoring))
    client = server.player(wire=wire)
    server.start()
    client.received()
    wrong = client.ask("claim", **WRONG)
    assert (wrong["t"], wrong["reason"], wrong["score"]) == ("refused", "wrong_code", -1)
    right = client.ask("claim", **RIGHT)
    assert (right["points"], right["bonus"], right["rank"], right["score"]) == (70, 20, 1, 69)
    assert client.ask("say", text="Is this it?") == {"t": "accepted", "n": 3}
    nothing = client.ask("hint", location="mill", hint=0)
    assert (nothing["reason"], "retry_after" in nothing) == ("not_found", False)
    assert server.counters.accepted == 2
    assert server.counters.refused == {"wrong_code": 1, "not_found": 1}


def test_a_hint_is_answered_with_its_text_and_what_it_cost(ada: Client) -> None:
    bought = ada.ask("hint", location="pier", hint=0)
    assert (bought["text"], bought["cost"], bought["score"]) == ("It floats.", 10, -10)


def test_a_wait_is_told_in_seconds(ada: Client) -> None:
    early = ada.ask("hint", location="pier", hint=1)
    assert (early["reason"], early["retry_after"]) == ("too_early", 600.0)


def test_a_position_is_kept_for_game_masters_and_never_answered(
    server: ServerRig, ada: Client
) -> None:
    tail = server.rig.journal.tail
    ada.tell("position", lat=57.7, lon=11.9, accuracy=8.0)
    assert ada.received() == []
    assert server.hub.hunts[HUNT].positions[OTTERS] == (57.7, 11.9, 8.0, server.desk.now())
    assert server.rig.journal.tail == tail


def test_a_request_that_cannot_be_read_is_refused_in_its_turn(ada: Client) -> None:
    for n, kind in ((1, "say"), (2, "claim"), (3, "dance"), (4, "say")):
        ada.tell(kind, n=n, text="hello")
    answers = [(m["n"], m.get("reason", m["t"])) for m in ada.received()]
    assert answers == [(1, "accepted"), (2, "malformed"), (3, "malformed"), (4, "accepted")]


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"t":"say"}', b'{"t":"say","n":0}', b"\xff"])
def test_a_frame_without_a_number_ends_the_connection(ada: Client, data: bytes) -> None:
    ada.session.on_frame(data, True)
    assert ada.received()[-1]["code"] == "malformed"
    assert ada.closed_with is CloseCode.MALFORMED


def test_a_watcher_may_not_say_anything(server: ServerRig) -> None:
    client = server.connect()
    client.open("watch", hunt=HUNT)
    client.tell("say", n=1, text="hello")
    assert client.received()[-1]["code"] == "malformed"
    assert client.closed_with is CloseCode.MALFORMED


def test_a_player_cannot_steer_the_hunt(server: ServerRig, ada: Client) -> None:
    assert ada.ask("pause")["reason"] == "not_allowed"
    assert ada.ask("adjust", team="otters", points=100)["reason"] == "not_allowed"
    assert server.rig.team().score == 0


# Busy ---------------------------------------------------------------------------------------


def test_more_in_flight_than_one_connection_may_have_is_answered_busy(
    server: ServerRig, ada: Client
) -> None:
    for n in range(1, IN_FLIGHT_MAX + 3):
        ada.tell("say", n=n, text="hello")
    messages = ada.received()
    busy = [message for message in messages if message.get("reason") == "busy"]
    assert [message["n"] for message in busy] == [IN_FLIGHT_MAX + 1, IN_FLIGHT_MAX + 2]
    assert busy[0]["retry_after"] == BUSY_RETRY_AFTER_S
    done = [message["n"] for message in messages if message["t"] == "accepted"]
    assert done == list(range(1, IN_FLIGHT_MAX + 1))


def test_order_holds_through_a_busy_moment(server: ServerRig, ada: Client) -> None:
    gate = IN_FLIGHT_MAX + 1
    for n in range(1, gate + 1):
        ada.tell("say", n=n, text=f"{n}")
    ada.received()
    assert ada.ask("say", n=gate + 1, text="too soon")["reason"] == "busy"
    assert ada.ask("say", n=gate, text="in turn")["t"] == "accepted"
    assert ada.ask("say", n=gate + 1, text="and next")["t"] == "accepted"


def test_a_crowded_mailbox_is_answered_busy_without_another_message_in_it(
    server: ServerRig, ada: Client
) -> None:
    mailbox = mailbox_of(server.rig.entry.teams[OTTERS])
    mailbox.suspend()
    for _ in range(REQUESTS_WAITING_MAX):
        mailbox.tell(None)
    assert ada.ask("say", text="hello")["reason"] == "busy"
    assert len(mailbox) == REQUESTS_WAITING_MAX
    mailbox.take_all()


# Game masters -------------------------------------------------------------------------------


@WIRES
def test_a_game_masters_requests_are_answered(server: ServerRig, wire: Wire) -> None:
    server.player()
    staff = server.game_master(wire)
    assert staff.ask("start") == {"t": "accepted", "n": 1}
    assert staff.ask("announce", text="Welcome!", to="all")["announcement"] == 1
    adjusted = staff.ask("adjust", team="Otters", points=5, reason="kind")
    assert (adjusted["points"], adjusted["score"]) == (5, 5)
    assert staff.ask("void", team="otters", location="pier")["reason"] == "not_found"
    assert staff.ask("close", location="moon")["reason"] == "not_found"
    assert staff.ask("claim", **RIGHT)["reason"] == "not_allowed"


def test_a_seed_opens_a_hunt_and_answers_with_the_codes(server: ServerRig) -> None:
    staff = server.game_master()
    answer = staff.ask("seed", plan=document(hunt="park"))
    assert (answer["hunt"], answer["applied"], answer["changes"]) == ("park", True, [])
    assert [team["name"] for team in answer["teams"]] == ["Otters", "Terns"]
    player = server.connect()
    code = answer["teams"][0]["code"]
    assert player.open("join", code=code, name="Ada")["hunt"]["id"] == "park"


def test_a_seed_with_mistakes_is_answered_with_all_of_them(server: ServerRig) -> None:
    staff = server.game_master()
    answer = staff.ask("seed", plan=document(hunt="No Slug", locations=[]))
    assert (answer["t"], answer["reason"]) == ("refused", "invalid_plan")
    assert len(answer["errors"]) == 2


def test_what_follows_a_seed_waits_until_the_plan_is_read(server: ServerRig) -> None:
    staff = server.game_master()
    server.is_reading_plans = False
    staff.tell("seed", n=1, plan=document(hunt="park"))
    staff.tell("start", n=2, hunt="park")
    staff.tell("seed", n=3, plan=document(hunt="mill"))
    staff.tell("start", n=4, hunt="mill")
    assert staff.received() == []
    server.read_plans()
    assert [m["n"] for m in staff.received() if m["t"] == "accepted"] == [1, 2]
    server.read_plans()
    assert [m["n"] for m in staff.received() if m["t"] == "accepted"] == [3, 4]


def test_more_than_may_wait_behind_a_seed_is_answered_busy(server: ServerRig) -> None:
    staff = server.game_master()
    server.is_reading_plans = False
    staff.tell("seed", n=1, plan=document(hunt="park"))
    for n in range(2, IN_FLIGHT_MAX + 3):
        staff.tell("announce", n=n, text="hello")
    (busy,) = staff.received()
    assert (busy["n"], busy["reason"]) == (IN_FLIGHT_MAX + 2, "busy")


def test_a_plan_read_after_the_end_changes_nothing(server: ServerRig) -> None:
    staff = server.game_master()
    server.is_reading_plans = False
    staff.tell("seed", n=1, plan=document(hunt="park"))
    staff.session.on_disconnected()
    tail = server.rig.journal.tail
    server.read_plans()
    server.rig.run()
    assert server.rig.journal.tail == tail


def test_a_game_master_without_a_hunt_is_shown_the_one_they_seed(
    start_server: StartServer,
) -> None:
    server = start_server()
    server.rig.supervisor.stop_all()
    server.hub.hunts.clear()
    staff = server.connect()
    assert staff.open("gm", token=GM_TOKEN)["hunts"] == []
    staff.ask("seed", plan=document())
    server.rig.commit()
    server.rig.advance(1.0)
    (board,) = [one for one in staff.received() if one["t"] == "leaderboard"]
    assert [row["score"] for row in board["leaderboard"]] == [0] * len(
        server.hub.hunts[HUNT].plan.teams
    )
    assert staff.ask("start")["t"] == "accepted"
    assert server.hub.hunts[HUNT].game_masters == {staff.session: None}


# Slow clients -------------------------------------------------------------------------------


def test_a_client_that_does_not_read_is_cut_off_without_a_word(
    server: ServerRig, ada: Client
) -> None:
    ada.socket.can_write = False
    n = 0
    while ada.stage is Stage.PLAYER:
        n += 1
        assert n * 20 < 2 * OUTBOX_BYTES_MAX
        ada.tell("say", n=n, text="hello")
        server.rig.run()
    assert ada.closed_with is CloseCode.SLOW_CONSUMER
    assert ada.socket.written == []
    assert ada.outbox.waiting_bytes == 0
    assert server.hub.hunts[HUNT].audience_size() == 0


def test_a_client_that_reads_again_gets_what_waited_in_one_piece(ada: Client) -> None:
    ada.socket.can_write = False
    for n in range(1, 4):
        ada.tell("say", n=n, text="hello")
    assert ada.received() == []
    ada.socket.can_write = True
    ada.session.on_writable()
    assert len(ada.socket.written) == 1
    assert [message["n"] for message in ada.received()] == [1, 2, 3]


def test_answers_of_one_turn_are_written_in_one_piece(server: ServerRig, ada: Client) -> None:
    for n in range(1, 11):
        ada.tell("say", n=n, text="hello")
    server.rig.run()
    assert len(ada.socket.written) == 1
    assert PIER not in server.rig.team().finds
