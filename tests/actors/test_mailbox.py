import pytest

from actors.dispatch import (
    MAILBOX_MESSAGES_MAX,
    REQUESTS_WAITING_MAX,
    Mailbox,
    MailboxFull,
    mailbox_of,
)
from actors.simulation.virtual import VirtualDispatcher
from tests.actors.conftest import Worker, worker_of


def test_a_full_mailbox_raises_instead_of_growing_or_blocking(
    dispatcher: VirtualDispatcher, worker: Worker
) -> None:
    for number in range(MAILBOX_MESSAGES_MAX):
        worker.actor_ref.tell(number)
    with pytest.raises(MailboxFull, match=str(MAILBOX_MESSAGES_MAX)):
        worker.actor_ref.tell("one too many")
    assert len(worker.mailbox) == MAILBOX_MESSAGES_MAX
    dispatcher.run_until_idle()
    assert len(worker.told) == MAILBOX_MESSAGES_MAX


def test_a_mailbox_says_when_players_requests_should_be_turned_away(worker: Worker) -> None:
    for number in range(REQUESTS_WAITING_MAX - 1):
        worker.actor_ref.tell(number)
    assert worker.mailbox.has_room
    worker.actor_ref.tell("the last")
    assert not worker.mailbox.has_room


def test_a_suspended_mailbox_keeps_messages_until_it_is_resumed(
    dispatcher: VirtualDispatcher, worker: Worker
) -> None:
    worker.mailbox.suspend()
    worker.actor_ref.tell("kept")
    dispatcher.run_until_idle()
    assert worker.told == []
    worker.mailbox.resume()
    dispatcher.run_until_idle()
    assert worker.told == ["kept"]


def test_an_actor_can_be_suspended_by_its_own_failure(
    dispatcher: VirtualDispatcher, worker: Worker
) -> None:
    dispatcher.on_failure = lambda actor, message, error: actor.mailbox.suspend()
    for message in (ValueError("the failure"), "kept", "too"):
        worker.actor_ref.tell(message)
    dispatcher.run_until_idle()
    assert worker.told == []
    assert len(worker.mailbox) == 2


def test_waiting_messages_move_in_order_before_those_the_successor_has(
    dispatcher: VirtualDispatcher, worker: Worker
) -> None:
    successor = Worker.start(dispatcher)
    successor.tell("third")
    for message in ("first", "second"):
        worker.actor_ref.tell(message)
    worker.mailbox.move_to(mailbox_of(successor))
    dispatcher.run_until_idle()
    assert worker.told == []
    assert worker_of(successor).told == ["first", "second", "third"]
    successor.stop(block=False)
    dispatcher.run_until_idle()


def test_a_mailbox_without_messages_says_so() -> None:
    mailbox = Mailbox()
    assert mailbox.empty()
    assert len(mailbox) == 0
    with pytest.raises(IndexError):
        mailbox.get()
