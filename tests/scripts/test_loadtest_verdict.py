import pytest
from msgspec.structs import replace

from scripts.loadtest_books import Books
from scripts.loadtest_master import Health, health_of
from scripts.loadtest_strain import Machine, Strain, in_words, roughly, strains, worst
from scripts.loadtest_tally import Figures, figures
from scripts.loadtest_verdict import Measured, Tolerances, notes, reasons

QUICK = Figures(1_000, 0.002, 0.02, 0.1)
SLOW = Figures(1_000, 0.002, 4.0, 5.0)
FIT = Measured(
    players=10,
    joined=10,
    answers={"join": QUICK, "claim": QUICK},
    requests=QUICK,
    saved=QUICK,
    heard=QUICK,
    accepted={"claim": 5},
    refused={"wrong_code": 3, "already_found": 9},
    announced=1,
    drops=2,
    resumes=2,
    books=Books(teams=3),
)
WELL, IDLE = Health(), Machine()
LATE = Machine(load_busy=0.99, late_p99_s=0.5)


def why(**changes: object) -> list[str]:
    return [one.name for one in reasons(replace(FIT, **changes), Tolerances())]


def ordered(
    health: Health = WELL,
    machine: Machine = IDLE,
    saved_share: float = 0.0,
    is_unsaved: bool = False,
    not_in: dict[str, int] | None = None,
    players: int = 1_000,
    is_own_machine: bool = True,
) -> list[Strain]:
    return strains(
        health,
        machine,
        saved_share=saved_share,
        is_unsaved=is_unsaved,
        not_in=not_in or {},
        players=players,
        is_own_machine=is_own_machine,
    )


# The verdict --------------------------------------------------------------------------------


def test_a_server_that_does_everything_in_time_is_fit() -> None:
    assert why() == []
    assert notes(FIT, Tolerances()) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"requests": SLOW}, "slow_answers"),
        ({"answers": {"join": SLOW}}, "slow_joins"),
        ({"saved": SLOW}, "slow_saved"),
        ({"heard": SLOW}, "slow_announcements"),
        ({"heard": Figures()}, "unheard"),
        ({"joined": 9}, "joins"),
        ({"refused": {"busy": 1}}, "busy"),
        ({"refused": {"internal": 1}}, "internal"),
        ({"unanswered": 1, "unsaved": 1}, "unanswered"),
        ({"unsaved": 1}, "unsaved"),
        ({"closed": {"4008 slow_consumer": 1}, "resumes": 3}, "closed"),
        ({"gone": {"4505 taken_over": 1}}, "sent_away"),
        ({"drops": 100, "resumes": 98}, "resumes"),
        ({"books": Books(wrong=1, examples=["Team 1 has lost place-1"])}, "not_exactly_once"),
        ({"books": Books(unreachable=1)}, "not_compared"),
        ({"health": Health(shed=frozenset({"joins"}))}, "shed"),
        ({"health": Health(commit_failures=1)}, "storage"),
        ({"health": Health(actor_failures=1)}, "actors"),
        ({"requests": Figures()}, "nothing"),
        ({"is_interrupted": True}, "interrupted"),
    ],
)
def test_each_thing_that_players_would_notice_is_a_reason_of_its_own(
    changes: dict[str, object], reason: str
) -> None:
    assert why(**changes) == [reason]


def test_an_answer_that_is_only_not_there_is_not_called_unsaved_too() -> None:
    assert why(unanswered=4, unsaved=4) == ["unanswered"]
    assert why(unanswered=4, unsaved=5) == ["unanswered", "unsaved"]


def test_a_load_generator_that_cannot_keep_up_is_the_first_reason_but_none_by_itself() -> None:
    assert why(machine=LATE) == []
    assert why(machine=LATE, requests=SLOW) == ["load_machine", "slow_answers"]
    assert "better than this" in notes(replace(FIT, machine=LATE), Tolerances())[0]


def test_what_is_tolerated_can_be_chosen() -> None:
    measured = replace(FIT, requests=SLOW)
    assert reasons(measured, Tolerances(answer_p99_s=4.0)) == []


def test_what_players_do_not_notice_is_a_note() -> None:
    measured = replace(
        FIT,
        refused={"wrong_code": 1, "locked_out": 2},
        not_in={"HTTP 503": 3},
        health=Health(shed=frozenset({"positions"})),
    )
    assert [one.name for one in reasons(measured, Tolerances())] == []
    text = " ".join(notes(measured, Tolerances()))
    assert "positions" in text
    assert "locked_out 2" in text
    assert "HTTP 503 3" in text
    assert "wrong_code" not in text


def test_slow_answers_of_a_quick_server_are_blamed_on_what_lies_between() -> None:
    slow = replace(FIT, requests=SLOW, health=Health(accept_p99_s=0.004))
    assert "99 of 100 answers within 0.004 s" in notes(slow, Tolerances())[0]
    assert notes(replace(slow, health=Health(accept_p99_s=3.9)), Tolerances()) == []


# What would give way first ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strained", "name"),
    [
        ({"health": Health(journal_fill=0.4)}, "disk"),
        ({"saved_share": 0.4}, "disk"),
        ({"is_unsaved": True}, "disk"),
        ({"health": Health(loop_lag_s=0.8)}, "processor"),
        ({"machine": Machine(server_busy=0.4)}, "processor"),
        ({"health": Health(mailbox_depth=100)}, "mailboxes"),
        ({"health": Health(slow_clients=1)}, "outboxes"),
        ({"not_in": {"HTTP 503": 1}}, "connections"),
        ({"not_in": {"HTTP 429": 1}, "is_own_machine": False}, "address"),
        ({"is_own_machine": False, "players": 2_000}, "address"),
        ({"machine": Machine(load_busy=0.5)}, "load_machine"),
        ({"machine": Machine(late_p99_s=0.05)}, "load_machine"),
        ({"machine": Machine(descriptors=900, descriptors_max=1_024)}, "load_descriptors"),
    ],
)
def test_what_used_most_of_its_limit_would_give_way_first(
    strained: dict[str, object], name: str
) -> None:
    found = ordered(**strained)  # type: ignore[arg-type]
    assert found[0].name == name
    assert [one.share for one in found] == sorted((one.share for one in found), reverse=True)


def test_an_address_that_holds_more_than_the_default_says_that_it_was_raised() -> None:
    assert ordered(is_own_machine=False, players=5_000)[0].share == 0.0


def test_the_words_say_how_many_players_would_be_too_many_only_where_that_grows_evenly() -> None:
    busy = in_words(ordered(machine=Machine(server_busy=0.45)), 1_000)
    assert "processor" in busy
    assert "50% of what it can take" in busy
    assert "about 2,000 players" in busy
    assert "players" not in in_words(ordered(health=Health(journal_fill=0.5)), 1_000)


def test_the_words_say_when_something_did_give_way_and_when_nothing_came_near() -> None:
    assert in_words(ordered(is_unsaved=True), 10).startswith("What gave way: the server's disk.")
    assert in_words(ordered(), 10).startswith("Nothing came near its limit")


def test_a_guess_has_two_digits() -> None:
    assert [roughly(number) for number in (7.2, 84.4, 1_234.0, 98_765.0)] == [7, 84, 1_200, 99_000]


# What goes in -------------------------------------------------------------------------------


def test_the_worst_of_health_is_that_of_each_figure_and_counts_from_the_first_look() -> None:
    first = Health(journal_fill=0.3, slow_clients=5, commit_failures=1, shed=frozenset({"map"}))
    last = Health(loop_lag_s=0.2, slow_clients=7, commit_failures=1, shed=frozenset({"joins"}))
    seen = worst([first, last])
    assert (seen.journal_fill, seen.loop_lag_s, seen.slow_clients) == (0.3, 0.2, 2)
    assert seen.commit_failures == 0
    assert seen.shed == {"map", "joins"}
    assert worst([]) == Health()


def test_health_is_read_from_a_push_and_leaves_out_what_a_game_master_switched() -> None:
    push = {
        "journal_pending": 50,
        "journal_bytes": 10,
        "journal_lag_s": 3.0,
        "journal_hard": {"records": 200, "bytes": 1_000, "age_s": 30.0},
        "mailbox_depth": 4,
        "shedding": [
            {"step": "positions", "active": True, "why": "journal"},
            {"step": "map", "active": True, "why": "game_master"},
            {"step": "joins", "active": False, "why": ""},
        ],
    }
    health = health_of(push)
    assert (health.journal_fill, health.journal_lag_s, health.mailbox_depth) == (0.25, 3.0, 4)
    assert health.shed == {"positions"}
    assert health_of({}) == Health()


def test_figures_are_values_that_were_measured() -> None:
    assert figures([0.3, 0.1, 0.2]) == Figures(3, 0.2, 0.3, 0.3)
    assert figures([]) == Figures()
