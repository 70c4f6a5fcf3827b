"""Whether a claim's proof holds at a location."""

from actors.domain.commands import Claim, Position
from actors.domain.geo import distance_m
from actors.domain.plan import Location, Proof
from actors.domain.refusals import Reason, Refusal
from actors.domain.text import matches_answer, normalise, same_code

POSITION_ACCURACY_MAX_M = 100.0
"""Metres. A phone that knows its position less well than this has no satellite fix (yet)."""


# A member of an enumeration costs ten times as much to look up as a name of the module.
_CODE, _ANSWER = Proof.CODE, Proof.ANSWER


def holds(claim: Claim, location: Location) -> bool:
    """Whether the claim carries all that the location asks for, and all of it is right.

    The three functions below say what is the matter when it does not.
    """
    for proof in location.proof:
        if proof is _CODE:
            is_right = claim.code is not None and same_code(claim.code, location.code)
        elif proof is _ANSWER:
            given = claim.answer
            is_right = not _is_blank(given) and matches_answer(given or "", location.answers)
        else:
            is_right = claim.position is not None and distant_proof(claim, location) is None
        if not is_right:
            return False
    return True


def missing_proof(claim: Claim, location: Location) -> Refusal | None:
    """What the location asks for and the claim lacks, if anything. Costs nothing."""
    proofs = location.proof
    if Proof.CODE in proofs and _is_blank(claim.code):
        return Refusal(Reason.WRONG_CODE, "This place asks for the code that is there.")
    if Proof.ANSWER in proofs and _is_blank(claim.answer):
        return Refusal(Reason.WRONG_ANSWER, "This place asks for an answer.")
    if Proof.POSITION in proofs and claim.position is None:
        return Refusal(Reason.TOO_FAR, "This place asks for your position. Let the page use it.")
    return None


def distant_proof(claim: Claim, location: Location) -> Refusal | None:
    """Why the position is not good enough, if it is asked for and is not.

    Costs nothing, since satellite positions err.
    """
    if Proof.POSITION not in location.proof or claim.position is None:
        return None
    if location.at is None:
        return Refusal(Reason.TOO_FAR, "The plan says not where this is. Tell the game master.")
    return _too_far(claim.position, location.at, location.radius_m)


def wrong_proof(claim: Claim, location: Location) -> Refusal | None:
    """Which code or answer is wrong, if one is. The text never holds the right one."""
    if Proof.CODE in location.proof and not same_code(claim.code or "", location.code):
        return Refusal(Reason.WRONG_CODE, "That is not the code here.")
    if Proof.ANSWER in location.proof and not matches_answer(claim.answer or "", location.answers):
        remark = location.near_misses.get(normalise(claim.answer or ""))
        return Refusal(Reason.WRONG_ANSWER, remark or "That is not the answer.")
    return None


def _too_far(position: Position, at: tuple[float, float], radius_m: float) -> Refusal | None:
    """Near enough: the phone may be within the radius, given how well it knows where it is.

    The phone is within `accuracy` of the position it gives, so it may be in the circle when the
    two circles touch. That benefit of the doubt is at most one more radius: a vague fix must not
    let a team claim from the next street.
    """
    if not position.accuracy <= POSITION_ACCURACY_MAX_M:
        return Refusal(
            Reason.TOO_FAR,
            "Your phone does not know well enough where it is. Wait for a better fix.",
        )
    doubt_m = min(max(position.accuracy, 0.0), radius_m)
    # Written so that a distance that is not a number is too far.
    if distance_m((position.lat, position.lon), at) <= radius_m + doubt_m:
        return None
    return Refusal(Reason.TOO_FAR, "You are not there yet. Go nearer and try again.")


def _is_blank(text: str | None) -> bool:
    return text is None or not text.strip()
