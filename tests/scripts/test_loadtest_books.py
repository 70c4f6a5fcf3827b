from typing import Any

from scripts.loadtest_books import Books, TeamBook
from scripts.loadtest_plan import What


def accepted(**fields: Any) -> dict[str, Any]:
    return {"t": "accepted", "n": 1, **fields}


def refused(reason: str) -> dict[str, Any]:
    return {"t": "refused", "n": 1, "reason": reason}


def view(score: int, *found: str) -> dict[str, Any]:
    places = [{"id": place, "state": "found"} for place in found]
    return {"score": score, "locations": [*places, {"id": "place-9", "state": "open"}]}


def played() -> TeamBook:
    book = TeamBook()
    book.enter(What.CLAIM, 1, accepted(points=30))
    book.enter(What.CLAIM, 1, refused("already_found"))
    book.enter(What.WRONG, 2, refused("wrong_code"))
    book.enter(What.HINT, 2, accepted(cost=1))
    book.enter(What.SAY, 0, accepted())
    return book


def test_a_team_that_is_as_it_was_answered_has_no_difference() -> None:
    assert played().differences(view(28, "place-1")) == []


def test_a_find_that_was_lost_and_one_that_came_from_nowhere_are_differences() -> None:
    assert played().differences(view(28)) == ["has lost place-1"]
    assert played().differences(view(28, "place-1", "place-2")) == ["has place-2, unasked"]


def test_whatever_counted_twice_or_not_at_all_shows_in_the_score() -> None:
    for score in (58, 27, 29):
        assert played().differences(view(score, "place-1")) == [f"has {score} points instead of 28"]


def test_an_answer_that_was_lost_leaves_its_place_and_the_score_open() -> None:
    for reason in ("already_applied", "internal"):
        book = played()
        book.enter(What.CLAIM, 3, refused(reason))
        assert book.differences(view(28, "place-1")) == []
        assert book.differences(view(38, "place-1", "place-3")) == []
        assert book.differences(view(38, "place-1", "place-4")) == ["has place-4, unasked"]


def test_a_message_that_is_open_leaves_the_score_as_it_is() -> None:
    book = played()
    book.leave_open(What.SAY, 0)
    assert book.is_sure


def test_the_books_count_all_differences_and_keep_a_few() -> None:
    books = Books()
    for number in range(5):
        books.compare(f"Team {number}", played(), view(0, "place-1"))
    books.compare("Team 5", played(), view(28, "place-1"))
    books.compare("Team 6", played(), None)
    assert (books.teams, books.wrong, books.unreachable) == (6, 5, 1)
    assert books.examples[0] == "Team 0 has 0 points instead of 28"
    assert len(books.examples) == 3


def test_the_journal_must_hold_each_accepted_request_once() -> None:
    told = {"claim": 5, "hint": 2, "message": 1, "seen": 1}
    kinds = {"location_found": 5, "hint_bought": 2, "team_spoke": 1, "announcement_seen": 1}
    books = Books(journal=kinds)
    books.compare_journal(told, 0)
    assert books.wrong == 0
    for found, wrong in ((4, 1), (6, 1)):
        books = Books(journal=kinds | {"location_found": found})
        books.compare_journal(told, 0)
        assert books.wrong == wrong
    books = Books(journal=kinds | {"location_found": 6})
    books.compare_journal(told, 1)
    assert books.wrong == 0, "a claim whose answer was lost may have been carried out"
