import pytest

from server.client_openings import Openings, Return, game_master, join, resume, watch
from server.close_codes import CloseCode


def test_before_the_first_welcome_the_given_message_is_said_again() -> None:
    openings = Openings(join("K7QX3M2P", "Ada"))
    assert openings.after(1006, saved=0) is Return.AGAIN
    assert openings.next == {"t": "join", "code": "K7QX3M2P", "name": "Ada"}


def test_a_player_goes_on_with_the_session_of_the_welcome() -> None:
    openings = Openings(join("K7QX3M2P", "Ada"))
    openings.on_welcome("s1")
    assert openings.next == resume("s1")


def test_a_game_master_keeps_the_token_and_adds_the_session() -> None:
    openings = Openings(game_master("secret", "harbour"))
    openings.on_welcome("s1")
    assert openings.next == {"t": "gm", "token": "secret", "hunt": "harbour", "session": "s1"}


def test_a_watcher_has_no_session_to_go_on_with() -> None:
    openings = Openings(watch("harbour"))
    openings.on_welcome("")
    assert openings.next == {"t": "watch", "hunt": "harbour"}


@pytest.mark.parametrize("code", [0, 1000, 1006, 1012, 4008, 4013, 4029, 4499])
def test_network_errors_and_codes_below_4500_mean_connect_again(code: int) -> None:
    openings = Openings(join("K7QX3M2P", "Ada"))
    openings.on_welcome("s1")
    assert openings.after(code, saved=3) is Return.AGAIN
    assert openings.next == resume("s1")


@pytest.mark.parametrize("code", [4500, 4501, 4503, 4505, 4999])
def test_codes_from_4500_on_mean_stay_away(code: int) -> None:
    openings = Openings(join("K7QX3M2P", "Ada"))
    openings.on_welcome("s1")
    assert openings.after(code, saved=3) is Return.NEVER


def test_a_session_that_was_never_saved_is_joined_anew_with_the_code() -> None:
    openings = Openings(join("K7QX3M2P", "Ada"))
    openings.on_welcome("s1")
    assert openings.after(CloseCode.UNKNOWN_SESSION, saved=0) is Return.AGAIN
    assert openings.next == join("K7QX3M2P", "Ada")


def test_a_session_with_saved_requests_that_is_unknown_was_ended_on_purpose() -> None:
    openings = Openings(join("K7QX3M2P", "Ada"))
    openings.on_welcome("s1")
    assert openings.after(CloseCode.UNKNOWN_SESSION, saved=1) is Return.NEVER


def test_without_the_code_an_unknown_session_is_the_end() -> None:
    openings = Openings(resume("s1"))
    openings.on_welcome("s1")
    assert openings.after(CloseCode.UNKNOWN_SESSION, saved=0) is Return.NEVER


def test_a_replaced_hunt_is_joined_afresh_with_the_code() -> None:
    openings = Openings(join("K7QX3M2P", "Ada"))
    openings.on_welcome("s1")
    assert openings.after(CloseCode.HUNT_REPLACED, saved=3) is Return.AFRESH
    assert openings.next == join("K7QX3M2P", "Ada")
