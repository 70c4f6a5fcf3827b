import hashlib

import pytest

from actors.domain.ids import HuntId, SessionId, TeamId
from server.access import (
    CODE_ALPHABET,
    CODE_LENGTH,
    GM_TOKEN_LENGTH_STRONG,
    TAIL_LENGTH,
    TOKEN_BYTES,
    Access,
    JoinCodes,
    digest,
    new_token,
    token_hash,
)
from server.guessing import CODES_BURST, TOKENS_BURST
from server.rights import OWNER
from tests.domain.given import HUNT, OTTERS, TERNS

KEY = bytes(range(32))
PARK = HuntId("park")
MANY = 20_000
"""Teams: as many as one server is meant for."""


@pytest.fixture
def codes() -> JoinCodes:
    codes = JoinCodes(KEY)
    codes.open_hunt(HUNT, [OTTERS, TERNS])
    return codes


# Join codes ---------------------------------------------------------------------------------


def test_a_code_is_eight_signs_that_nobody_mistakes_for_another(codes: JoinCodes) -> None:
    assert len(CODE_ALPHABET) == len(set(CODE_ALPHABET)) == 31
    assert not set(CODE_ALPHABET) & set("01OIUoiu")
    code = codes.of(HUNT, OTTERS)
    assert len(code) == CODE_LENGTH == 8
    assert set(code) <= set(CODE_ALPHABET)


def test_a_code_leads_to_its_team(codes: JoinCodes) -> None:
    assert codes.owner(codes.of(HUNT, OTTERS)) == (HUNT, OTTERS)
    assert codes.owner(codes.of(HUNT, TERNS)) == (HUNT, TERNS)
    assert codes.owner("22222222") is None
    assert codes.owner("") is None


def test_case_spaces_and_hyphens_do_not_matter(codes: JoinCodes) -> None:
    code = codes.of(HUNT, OTTERS)
    for typed in (code.lower(), f" {code} ", f"{code[:4]}-{code[4:]}", " ".join(code)):
        assert codes.owner(typed) == (HUNT, OTTERS)


def test_codes_are_the_same_after_a_restart_and_under_another_key_are_not() -> None:
    def made(key: bytes) -> list[str]:
        codes = JoinCodes(key)
        codes.open_hunt(HUNT, [OTTERS, TERNS])
        return [codes.of(HUNT, OTTERS), codes.of(HUNT, TERNS)]

    assert made(KEY) == made(KEY)
    assert not set(made(KEY)) & set(made(bytes(32)))


def test_seeding_anew_keeps_the_codes_of_teams_that_stay(codes: JoinCodes) -> None:
    before, gone = codes.of(HUNT, OTTERS), codes.of(HUNT, TERNS)
    codes.open_hunt(HUNT, [OTTERS])
    assert codes.of(HUNT, OTTERS) == before
    assert codes.owner(gone) is None


def test_the_same_team_in_another_hunt_has_another_code(codes: JoinCodes) -> None:
    codes.open_hunt(PARK, [OTTERS])
    assert codes.of(PARK, OTTERS) != codes.of(HUNT, OTTERS)
    codes.close_hunt(PARK)
    assert codes.owner(codes.of(HUNT, OTTERS)) == (HUNT, OTTERS)


def test_no_two_of_many_teams_share_a_code() -> None:
    codes = JoinCodes(KEY)
    teams = [TeamId(f"team-{number}") for number in range(MANY)]
    codes.open_hunt(HUNT, teams)
    assert len({codes.of(HUNT, team) for team in teams}) == MANY


def test_a_collision_is_avoided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.access.CODE_LENGTH", 2)  # 961 codes for 600 teams.
    codes = JoinCodes(KEY)
    teams = [TeamId(f"team-{number}") for number in range(600)]
    codes.open_hunt(HUNT, teams)
    assert len({codes.of(HUNT, team) for team in teams}) == 600
    assert all(codes.owner(codes.of(HUNT, team)) == (HUNT, team) for team in teams)


def test_a_long_code_is_the_code_with_a_tail_and_a_wrong_tail_is_a_wrong_code(
    codes: JoinCodes,
) -> None:
    code, long = codes.of(HUNT, OTTERS), codes.long(HUNT, OTTERS)
    assert (long[:CODE_LENGTH], len(long)) == (code, CODE_LENGTH + TAIL_LENGTH)
    for typed in (long, long.lower(), f"{long[:4]}-{long[4:8]}-{long[8:]}"):
        assert codes.owner(typed) == (HUNT, OTTERS)
    other = codes.long(HUNT, TERNS)
    for wrong in (long[:-1], long + "2", code + other[CODE_LENGTH:], "2" * 12, long[:-1] + "0"):
        assert codes.owner(wrong) is None
    codes.close_hunt(HUNT)
    assert codes.owner(long) is None


# Tokens -------------------------------------------------------------------------------------


def test_tokens_are_random_and_only_their_digest_is_kept() -> None:
    tokens = {new_token() for _ in range(1_000)}
    assert len(tokens) == 1_000
    assert all(len(bytes.fromhex(token)) == TOKEN_BYTES for token in tokens)
    token = tokens.pop()
    assert digest(token) == hashlib.sha256(token.encode()).hexdigest()[:32]
    assert token not in digest(token)


def test_the_game_masters_token_is_known_by_its_hash_alone() -> None:
    access = Access(KEY, token_hash("a token of some length"))
    assert access.rights("a token of some length") is OWNER
    for wrong in ("", "a token of some lengt", "A token of some length", "a token of some length "):
        assert access.rights(wrong) is None
    assert "a token of some length" not in repr(vars(access))


def test_a_digest_of_a_session_is_no_hash_of_a_game_masters_token() -> None:
    assert not token_hash("secret").startswith(digest("secret"))


def test_the_sessions_of_a_hunt_are_forgotten_together() -> None:
    access = Access(KEY, token_hash("x"))
    stays = SessionId("b" * 32)
    access.sessions.update({SessionId("a" * 32): (HUNT, OTTERS), stays: (PARK, OTTERS)})
    access.drop_hunt(HUNT)
    assert access.sessions == {stays: (PARK, OTTERS)}


# Guessing ----------------------------------------------------------------------------------


def test_a_long_token_is_never_made_to_wait_and_a_short_one_is() -> None:
    for length, is_slowed in ((GM_TOKEN_LENGTH_STRONG, False), (GM_TOKEN_LENGTH_STRONG - 1, True)):
        access = Access(KEY, token_hash("x"), length)
        for _ in range(10 * TOKENS_BURST):
            access.note_wrong_token("192.0.2.1", 0.0)
        assert (access.token_wait_s("192.0.2.1", 0.0) > 0.0) is is_slowed
        assert access.token_wait_s("192.0.2.2", 0.0) == 0.0


def test_wrong_tokens_do_not_slow_down_codes_nor_codes_tokens() -> None:
    access = Access(KEY, token_hash("x"), 0)
    for _ in range(CODES_BURST):
        access.note_wrong_code("22222222", "192.0.2.1", 0.0)
    assert access.code_guesses.wait_s("192.0.2.1", 0.0) > 0.0
    assert access.token_wait_s("192.0.2.1", 0.0) == 0.0
    for _ in range(TOKENS_BURST):
        access.note_wrong_token("192.0.2.9", 0.0)
    assert access.token_wait_s("192.0.2.9", 0.0) > 0.0
    assert access.code_guesses.wait_s("192.0.2.9", 0.0) == 0.0
    assert access.alert.tries == CODES_BURST + TOKENS_BURST
