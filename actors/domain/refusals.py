"""A refusal is an answer, not an error: why a command changed nothing."""

from enum import StrEnum
from typing import final

from msgspec import Struct


class Reason(StrEnum):
    """The closed list of reasons; `docs/protocol.md` explains each to the player's side."""

    WRONG_CODE = "wrong_code"
    WRONG_ANSWER = "wrong_answer"
    TOO_FAR = "too_far"
    LOCKED = "locked"
    ALREADY_FOUND = "already_found"
    ALREADY_APPLIED = "already_applied"
    ALREADY_BOUGHT = "already_bought"
    CLOSED = "closed"
    STOCK_GONE = "stock_gone"
    NOT_RUNNING = "not_running"
    TOO_EARLY = "too_early"
    LOCKED_OUT = "locked_out"
    DISQUALIFIED = "disqualified"
    TEAM_FULL = "team_full"
    NOT_FOUND = "not_found"
    NO_CHANGE = "no_change"
    INVALID_PLAN = "invalid_plan"
    BUSY = "busy"
    NOT_ALLOWED = "not_allowed"
    MALFORMED = "malformed"
    INTERNAL = "internal"


@final
class Refusal(Struct, frozen=True):
    """Why not, in a word for programs and a sentence for people."""

    reason: Reason
    message: str
    retry_after_s: float | None = None
    """Seconds after which the same command may succeed."""
