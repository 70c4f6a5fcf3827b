import pytest

from actors.dispatch import mailbox_of
from actors.domain.events import PointsAdjusted
from server.acks import SAVED_DELAY_S
from server.outbox import OUTBOX_BYTES_MAX
from tests.actors.rig import POISON
from tests.domain.given import HUNT, OTTERS, PIER, TERNS
from tests.server.rig import GM_TOKEN, JSON, Client, Message, ServerRig


@pytest.fixture
def ada(server: ServerRig) -> Client:
    client = server.player()
    server.start()
    server.rig.advance(1.0)
    client.received()
    return client


def saved(messages: list[Message]) -> list[int]:
    """What was told to be final, riding along or alone, in order."""
    return [
        message["n"] if message["t"] == "saved" else message["saved"]
        for message in messages
        if message["t"] == "saved" or "saved" in message
    ]


def test_nothing_is_saved_before_the_disk_has_it(server: ServerRig, ada: Client) -> None:
    ada.tell("say", n=1, text="hello")
    server.rig.advance(60.0)
    assert saved(ada.received()) == []


def test_saved_follows_by_itself_when_no_answer_comes(server: ServerRig, ada: Client) -> None:
    ada.tell("say", n=1, text="hello")
    server.rig.commit()
    assert saved(ada.received()) == []
    server.rig.advance(SAVED_DELAY_S)
    assert ada.received() == [{"t": "saved", "n": 1}]


def test_saved_rides_on_the_next_answer_and_is_not_sent_again(
    server: ServerRig, ada: Client
) -> None:
    ada.tell("say", n=1, text="hello")
    server.rig.commit()
    ada.received()
    assert ada.ask("say", n=2, text="more")["saved"] == 1
    server.rig.advance(1.0)
    assert ada.received() == []


def test_one_saved_covers_many_requests(server: ServerRig, ada: Client) -> None:
    for n in range(1, 6):
        ada.tell("say", n=n, text="hello")
    server.rig.commit()
    server.rig.advance(1.0)
    assert saved(ada.received()) == [5]


def test_a_commit_of_some_records_saves_those_answers_and_no_more(
    server: ServerRig, ada: Client
) -> None:
    ada.ask("say", text="one")
    halfway = server.rig.journal.tail
    ada.ask("say", text="two")
    server.rig.commit(halfway)
    server.rig.advance(1.0)
    assert saved(ada.received()) == [1]
    server.rig.commit()
    server.rig.advance(1.0)
    assert saved(ada.received()) == [2]


def test_a_refusal_becomes_final_with_what_it_rests_on(server: ServerRig, ada: Client) -> None:
    bob = server.player(TERNS, "Bob")
    server.rig.commit()
    bob.tell("say", n=1, text="not on disk yet")
    server.rig.run()
    assert ada.ask("hint", n=1, location="moon", hint=0)["reason"] == "not_found"
    server.rig.advance(1.0)
    assert saved(ada.received()) == []
    server.rig.commit()
    server.rig.advance(1.0)
    assert saved(ada.received()) == [1]


def test_a_refusal_that_rests_on_what_is_saved_is_final_at_once(
    server: ServerRig, ada: Client
) -> None:
    ada.ask("hint", n=1, location="moon", hint=0)
    server.rig.advance(SAVED_DELAY_S)
    assert ada.received() == [{"t": "saved", "n": 1}]


def test_busy_and_already_applied_are_no_outcomes_and_never_saved(
    server: ServerRig, ada: Client
) -> None:
    ada.ask("say", n=1, text="hello")
    server.rig.commit()
    server.rig.advance(1.0)
    ada.received()
    mailbox = mailbox_of(server.rig.entry.teams[OTTERS])
    ada.session.busy_from = 2
    assert ada.ask("say", n=3, text="gated")["reason"] == "busy"
    assert ada.ask("say", n=1, text="again")["reason"] == "already_applied"
    assert mailbox.empty()
    server.rig.advance(1.0)
    assert saved(ada.received()) == []


def test_a_session_that_resumes_is_told_what_is_saved_of_it(server: ServerRig, ada: Client) -> None:
    token = ada.session._token
    ada.ask("say", n=1, text="hello")
    ada.session.on_disconnected()
    again = server.connect()
    again.open("join", session=token)
    server.rig.advance(1.0)
    assert saved(again.received()) == []
    server.rig.commit()
    server.rig.advance(1.0)
    assert saved(again.received()) == [1]


def test_a_session_that_is_gone_is_told_nothing(server: ServerRig, ada: Client) -> None:
    ada.tell("say", n=1, text="hello")
    server.rig.run()
    ada.session.on_disconnected()
    ada.socket.written.clear()
    server.rig.commit()
    server.rig.advance(1.0)
    assert ada.socket.written == []


def test_others_hear_of_a_find_only_when_it_is_saved(server: ServerRig, ada: Client) -> None:
    bob, watcher, staff = server.player(TERNS, "Bob"), server.connect(), server.game_master()
    watcher.open("watch", hunt=HUNT)
    others = [bob, watcher, staff]
    server.rig.commit()
    server.rig.advance(5.0)
    for other in others:
        other.received()
    ada.ask("claim", n=1, location=PIER, code="lumen")
    server.rig.advance(5.0)
    assert [other.received() for other in others] == [[], [], []]
    server.rig.commit()
    server.rig.advance(5.0)
    assert [other.kinds() for other in others] == [
        ["leaderboard"],
        ["finds", "leaderboard"],
        ["progress", "leaderboard", "feed"],
    ]


def test_the_rest_of_the_team_hears_of_a_find_at_once(server: ServerRig, ada: Client) -> None:
    cleo = server.player(OTTERS, "Cleo")
    ada.received()
    ada.ask("claim", n=1, location=PIER, code="lumen")
    (push,) = cleo.received()
    assert (push["t"], push["location"]["id"], push["location"]["state"]) == (
        "location",
        PIER,
        "found",
    )
    assert push["score"] == 50


def test_a_slow_client_costs_others_nothing(server: ServerRig, ada: Client) -> None:
    slow = server.player(OTTERS, "Slow")
    slow.received()
    slow.socket.can_write = False
    ada.received()
    for n in range(1, 200):
        ada.tell("say", n=n, text="hello")
        server.rig.run()
    assert len(ada.received()) == 199
    assert slow.outbox.waiting_bytes < OUTBOX_BYTES_MAX


def test_a_game_masters_next_request_waits_for_the_answer_to_the_one_before(
    server: ServerRig, ada: Client
) -> None:
    staff = server.game_master()
    pier = mailbox_of(server.rig.entry.locations[PIER])
    pier.suspend()
    ada.tell("claim", n=1, location="pier", code="lumen")
    server.rig.run()
    staff.tell("adjust", n=1, team="otters", points=5)  # Waits for what becomes of the claim.
    staff.tell("pause", n=2)
    server.rig.commit()
    server.rig.advance(1.0)
    messages = staff.received()
    assert [m["n"] for m in messages if m["t"] == "accepted"] == []
    assert saved(messages) == []
    pier.resume()
    server.rig.commit()
    server.rig.advance(1.0)
    messages = staff.received()
    assert [m["n"] for m in messages if m["t"] == "accepted"] == [1, 2]
    assert saved(messages)[-1] == 2


def test_a_game_master_who_comes_back_is_not_told_saved_what_is_not_decided(
    server: ServerRig, ada: Client
) -> None:
    staff = server.connect(JSON)
    session = staff.open("gm", token=GM_TOKEN)["session"]
    pier = mailbox_of(server.rig.entry.locations[PIER])
    pier.suspend()
    ada.tell("claim", n=1, location="pier", code="lumen")
    server.rig.run()
    staff.tell("adjust", n=1, team="otters", points=5)
    server.rig.commit()
    again = server.connect(JSON)
    welcome = again.open("gm", token=GM_TOKEN, session=session)
    assert welcome["applied"] == 0
    again.tell("adjust", n=1, team="otters", points=5)
    server.rig.advance(1.0)
    assert again.received() == []
    pier.resume()
    server.rig.commit()
    server.rig.advance(1.0)
    messages = again.received()
    assert [m.get("reason") for m in messages if m["t"] == "refused"] == ["already_applied"]
    assert saved(messages) == [1]
    assert len(server.rig.events(PointsAdjusted)) == 1


def test_a_copy_of_what_was_dealt_with_before_shuts_no_gate_on_a_new_connection(
    server: ServerRig,
) -> None:
    first = server.connect(JSON)
    session = first.open("join", code=server.code(), name="Ada")["session"]
    server.start()
    refused: Message = {"location": "pier", "hint": 9}  # It leaves no record.
    assert first.ask("hint", n=1, **refused)["t"] == "refused"
    again = server.connect(JSON)
    assert again.open("join", session=session)["applied"] == 1
    pier = mailbox_of(server.rig.entry.locations[PIER])
    pier.suspend()
    again.tell("claim", n=2, location="pier", code="lumen")
    again.tell("hint", n=1, **refused)  # Waits behind the claim when the team fails.
    server.rig.run()
    server.rig.entry.teams[OTTERS].tell(POISON)
    server.rig.run()
    pier.resume()
    assert [m["n"] for m in again.received() if m.get("reason") == "busy"] == [2]
    assert again.ask("claim", n=2, location="pier", code="lumen")["t"] == "accepted"
    assert again.ask("say", n=3, text="and on")["t"] == "accepted"
