from actors.domain.console_lines import MessageLine
from actors.domain.message_list import MESSAGES_NEWEST, MESSAGES_WAITING_MAX, MessageList
from tests.domain.given import OTTERS, START


def message(number: int) -> MessageLine:
    return MessageLine(number, OTTERS, "Ada", f"Help {number}!", START)


def given_list(count: int) -> MessageList:
    messages = MessageList()
    for number in range(1, count + 1):
        messages.add(message(number))
    return messages


def ids(messages: MessageList) -> list[int]:
    return [line.id for line in messages]


def test_messages_are_kept_in_order_and_begin_open() -> None:
    messages = given_list(3)
    assert ids(messages) == [1, 2, 3]
    assert {line.state for line in messages} == {"open"}


def test_somebody_claims_a_message_and_is_done_with_it() -> None:
    messages = given_list(2)
    assert messages.handle(1, "claimed", "Eve")
    line = messages.get(1)
    assert line is not None
    assert (line.state, line.by) == ("claimed", "Eve")
    assert messages.handle(1, "done", "Eve")
    assert (line.state, ids(messages)) == ("done", [1, 2])
    assert messages.handle(1, "open", None)
    assert (line.state, line.by) == ("open", None)


def test_what_nobody_is_done_with_outlives_the_newest() -> None:
    messages = given_list(3)
    messages.handle(1, "done", "Eve")
    messages.handle(2, "claimed", "Eve")
    for number in range(4, MESSAGES_NEWEST + 4):
        messages.add(message(number))
    assert ids(messages)[:3] == [2, 3, 4]
    assert len(messages) == MESSAGES_NEWEST + 2
    messages.handle(2, "done", "Eve")
    assert ids(messages)[:2] == [3, 4]


def test_when_nobody_answers_the_oldest_go() -> None:
    most = MESSAGES_NEWEST + MESSAGES_WAITING_MAX
    messages = given_list(most + 5)
    assert ids(messages) == list(range(6, most + 6))


def test_who_handles_what_is_not_kept_is_told_so() -> None:
    messages = given_list(MESSAGES_NEWEST + MESSAGES_WAITING_MAX + 1)
    assert not messages.handle(1, "done", "Eve")
    assert messages.get(1) is None
