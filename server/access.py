"""Who may come in: join codes, session tokens, the game master's token.

No secret is stored in the clear. Join codes are not stored at all: they are derived from the
server's key file, so they can be shown again but are not in the database. Of tokens only digests
are kept; those that Cairn makes are 128 random bits, so a plain SHA-256 cannot be searched. A game
master's token that somebody chose may be shorter: see docs/security.md.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable

from actors.domain.ids import HuntId, SessionId, TeamId
from actors.domain.staff import StaffMember
from server.guessing import GuessAlert, TeamJoins, code_guesses, token_guesses
from server.rights import OWNER, Rights, rights_of

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
"""31 letters and digits without 0/O, 1/I and U (read as V)."""

CODE_LENGTH = 8
"""Characters: 39.6 bits. With 100 live teams one guess in 8.5 billion is right."""

TAIL_LENGTH = 4
"""Characters that make a code a long one: 59.4 bits, which nobody guesses however fast, so that it
is looked up even while its address is slowed down."""

TOKEN_BYTES = 16
"""Bytes of a session token: 128 bits."""

GM_TOKEN_LENGTH_STRONG = 24
"""Characters of a game master's token from which on guessing is hopeless, so that the right one is
never made to wait. One that the server makes has 32."""


def digest(token: str) -> SessionId:
    """The id under which a session's token is known (first 128 bits of its SHA-256, in hex)."""
    return SessionId(hashlib.sha256(token.encode()).hexdigest()[:32])


def new_token() -> str:
    """A fresh random token of 128 bits, in hex."""
    return secrets.token_hex(TOKEN_BYTES)


def token_hash(token: str) -> str:
    """What is stored of a game master's token."""
    return hashlib.sha256(b"cairn-gm:" + token.encode()).hexdigest()


def staff_digest(token: str) -> str:
    """What the journal holds of the token that an invitation gives."""
    return hashlib.sha256(b"cairn-staff:" + token.encode()).hexdigest()


def _code(key: bytes, hunt: HuntId, team: TeamId, attempt: int) -> str:
    message = f"join-code\0{hunt}\0{team}\0{attempt}".encode()
    number = int.from_bytes(hmac.digest(key, message, "sha256"), "big")
    letters = []
    for _ in range(CODE_LENGTH + TAIL_LENGTH):
        number, letter = divmod(number, len(CODE_ALPHABET))
        letters.append(CODE_ALPHABET[letter])
    return "".join(letters)


class JoinCodes:
    """Code -> team, for every hunt of the server.

    A team's long code is its code with a tail.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._owners: dict[str, tuple[HuntId, TeamId]] = {}
        self._tails: dict[str, str] = {}
        self._codes: dict[HuntId, dict[TeamId, str]] = {}

    def open_hunt(self, hunt: HuntId, teams: Iterable[TeamId]) -> None:
        """Make the codes of a hunt's teams usable; the same teams get the same codes again."""
        self.close_hunt(hunt)
        codes = self._codes[hunt] = {}
        for team in teams:
            attempt = 0
            while (long := _code(self._key, hunt, team, attempt))[:CODE_LENGTH] in self._owners:
                attempt += 1  # Another team has it already: one in 8.5e11 pairs.
            code = long[:CODE_LENGTH]
            self._owners[code] = (hunt, team)
            self._tails[code] = long[CODE_LENGTH:]
            codes[team] = code

    def close_hunt(self, hunt: HuntId) -> None:
        """Make a hunt's codes unusable."""
        for code in self._codes.pop(hunt, {}).values():
            del self._owners[code], self._tails[code]

    def owner(self, typed: str) -> tuple[HuntId, TeamId] | None:
        """Whose code, or long code, it is; lower case, spaces and hyphens do not matter."""
        code = _without_spaces(typed)
        if len(code) <= CODE_LENGTH:
            return self._owners.get(code)
        tail = self._tails.get(code[:CODE_LENGTH], "")
        return self._owners[code[:CODE_LENGTH]] if tail and tail == code[CODE_LENGTH:] else None

    def of(self, hunt: HuntId, team: TeamId) -> str:
        """A team's code."""
        return self._codes[hunt][team]

    def long(self, hunt: HuntId, team: TeamId) -> str:
        """A team's long code."""
        code = self._codes[hunt][team]
        return code + self._tails[code]


def is_long(typed: str) -> bool:
    """Whether this is, or would be, a long code."""
    return len(_without_spaces(typed)) == CODE_LENGTH + TAIL_LENGTH


def _without_spaces(typed: str) -> str:
    return typed.upper().replace(" ", "").replace("-", "")


class Access:
    """The server's doorkeeper."""

    def __init__(
        self,
        key: bytes,
        gm_token_hash: str,
        gm_token_length: int = 2 * TOKEN_BYTES,
        make_token: Callable[[], str] = new_token,
    ) -> None:
        """Open for nobody yet.

        Args:
            key: The key file's secret, which join codes are derived from.
            gm_token_hash: Of the game master's token; see `token_hash`.
            gm_token_length: Characters of that token: a short one could be guessed.
            make_token: Makes sessions' tokens. Only a simulation, which must repeat itself, has
                its own.
        """
        self.codes = JoinCodes(key)
        self.make_token = make_token
        self.code_guesses = code_guesses()
        self.team_joins = TeamJoins()
        self.alert = GuessAlert()
        self.sessions: dict[SessionId, tuple[HuntId, TeamId]] = {}
        """Whose each player's session is."""
        self.staff_arrivals = TeamJoins()
        self._staff: dict[str, Rights] = {}
        """Digest of an invitation's token -> what it gives the right to."""
        self._gm_token_hash = gm_token_hash
        self._token_guesses = token_guesses() if gm_token_length < GM_TOKEN_LENGTH_STRONG else None

    def rights(self, token: str) -> Rights | None:
        """What a token at the console gives the right to; None: to nothing.

        Takes the same time for any wrong one: invitations are looked up by digest.
        """
        is_owners = hmac.compare_digest(token_hash(token), self._gm_token_hash)
        invited = self._staff.get(staff_digest(token))
        return OWNER if is_owners else invited

    def set_staff(self, hunt: HuntId, members: Iterable[StaffMember]) -> None:
        """These are invited to the hunt, and nobody else."""
        self._staff = {key: one for key, one in self._staff.items() if one.hunt != hunt}
        self._staff.update({one.digest: rights_of(hunt, one) for one in members})

    def is_invited(self, rights: Rights) -> bool:
        """Whether what somebody came in with still holds."""
        member = rights.member
        return member is None or self._staff.get(member.digest) == rights

    def token_wait_s(self, address: str, now: float) -> float:
        """How long this address has to wait with its next game master's token, in seconds."""
        return 0.0 if self._token_guesses is None else self._token_guesses.wait_s(address, now)

    def code_wait_s(self, typed: str, address: str, now: float) -> float:
        """How long this address has to wait until this code is looked up, in seconds."""
        return 0.0 if is_long(typed) else self.code_guesses.wait_s(address, now)

    def note_wrong_code(self, typed: str, address: str, now: float) -> None:
        """Somebody tried a join code that is none."""
        if not is_long(typed):
            self.code_guesses.note(address, now)
        self.alert.note(address, now)

    def note_wrong_token(self, address: str, now: float) -> None:
        """Somebody tried a game master's token that is not the one."""
        if self._token_guesses is not None:
            self._token_guesses.note(address, now)
        self.alert.note(address, now)

    def drop_hunt(self, hunt: HuntId) -> None:
        """Forget the sessions of a hunt that was seeded anew."""
        self.team_joins.drop_hunt(hunt)
        self.staff_arrivals.drop_hunt(hunt)
        self.set_staff(hunt, ())
        for session in [key for key, owner in self.sessions.items() if owner[0] == hunt]:
            del self.sessions[session]
