"""`saved` is cumulative: it never passes a request that has no answer yet."""

from server.answer_order import AnswerOrder, Final


def test_answers_in_order_are_final_one_by_one() -> None:
    order = AnswerOrder()
    order.sent(1)
    order.sent(2)
    order.answered(1, 10)
    assert order.take() == Final(1, 10)
    order.answered(2, 11)
    assert order.take() == Final(2, 11)


def test_a_later_answer_waits_for_an_earlier_request() -> None:
    order = AnswerOrder()
    for n in (1, 2, 3):
        order.sent(n)
    order.answered(2, 20)
    order.answered(3, 21)
    assert order.take() is None
    order.answered(1, 22)
    assert order.take() == Final(3, 22)


def test_only_what_comes_before_the_open_request_is_final() -> None:
    order = AnswerOrder()
    for n in (1, 2, 3):
        order.sent(n)
    order.answered(3, 30)
    order.answered(1, 31)
    assert order.take() == Final(1, 31)
    assert order.take() is None


def test_a_request_that_was_turned_away_holds_up_nobody() -> None:
    order = AnswerOrder()
    order.sent(1)
    order.sent(2)
    order.answered(1, None)
    order.answered(2, 5)
    assert order.take() == Final(2, 5)
