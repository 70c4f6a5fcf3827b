"""The team's half of a claim: everything that can be refused without asking the location."""

from msgspec import Struct

from actors.domain.clock import Phase
from actors.domain.commands import Claim
from actors.domain.events import ClaimFailed
from actors.domain.ids import PlayerId, TeamId
from actors.domain.plan import HuntPlan, Location, Route
from actors.domain.refusals import Reason, Refusal
from actors.domain.routes import is_unlocked
from actors.domain.team_state import TeamState

PROOF_CHARS_MAX = 256
"""Characters in a code or answer. Longer than any real one, and short enough that an author's
pattern cannot be made to run for long."""


# A member of an enumeration costs ten times as much to look up as a name of the module.
_RUNNING, _FREE = Phase.RUNNING, Route.FREE


class Attempt(Struct, frozen=True, gc=False):
    """A claim that the team has nothing against, with what the location needs to arbitrate it."""

    team: TeamId
    player: PlayerId
    claim: Claim
    failures: int
    """Wrong claims of the team in a row at this location, before this one."""
    lockouts: int
    """Lock-outs of the team at this location, before this one."""


def check_claim(
    state: TeamState, claim: Claim, player: PlayerId, plan: HuntPlan, now: float
) -> Attempt | Refusal:
    """What the team knows against a claim; else the attempt for the location to arbitrate."""
    clock = state.clock
    if clock.phase is not _RUNNING or clock.duration_s is not None or state.disqualified:
        refusal = not_playing(state, plan, now)
        if refusal is not None:
            return refusal
    location = plan.index.locations.get(claim.location)
    if location is None:
        return no_location()
    refusal = not_open_to(state, location, plan)
    if refusal is not None:
        return refusal
    code, answer = claim.code, claim.answer
    if (code is not None and len(code) > PROOF_CHARS_MAX) or (
        answer is not None and len(answer) > PROOF_CHARS_MAX
    ):
        return _oversized()
    trial = state.trials.get(claim.location)
    if trial is None:
        return Attempt(state.id, player, claim, 0, 0)
    if trial.locked_until is not None and now < trial.locked_until:
        wait_s = trial.locked_until - now
        return Refusal(
            Reason.LOCKED_OUT, "Too many wrong claims here. Wait before the next one.", wait_s
        )
    return Attempt(state.id, player, claim, trial.failures, trial.lockouts)


def not_playing(state: TeamState, plan: HuntPlan, now: float) -> Refusal | None:
    """Why the team cannot play at `now` (UTC seconds), if it cannot."""
    clock = state.clock
    if clock.phase is not _RUNNING:
        return _not_running(clock.phase, plan, now)
    ends_at = clock.ends_at() if clock.duration_s is not None else None
    if ends_at is not None and now >= ends_at:
        # The end may be due a moment before it is decided; nobody scores in that moment.
        return _not_running(Phase.FINISHED, plan, now)
    if state.disqualified:
        return Refusal(
            Reason.DISQUALIFIED, "Your team is out of the hunt. Ask the game master about it."
        )
    return None


def not_open_to(state: TeamState, location: Location, plan: HuntPlan) -> Refusal | None:
    """Why the team cannot act at the location, if it cannot: found already, or locked."""
    find = state.finds.get(location.id)
    if find is not None:
        return found_already(find.void)
    if location.requires is None and plan.route is _FREE:
        return None  # Nearly always.
    if is_unlocked(state, location, plan):
        return None
    if plan.route is _FREE:
        return Refusal(Reason.LOCKED, "This place is still locked. Find the places before it.")
    return Refusal(Reason.LOCKED, "This is not where your route leads now. Go to your target.")


def found_already(is_void: bool) -> Refusal:
    """The refusal for a location that the team found, whether or not that still counts."""
    if is_void:
        return Refusal(
            Reason.NOT_ALLOWED, "The game master took this find back. Ask them about it."
        )
    return Refusal(Reason.ALREADY_FOUND, "Your team has found this place already.")


def refusal_of(event: ClaimFailed, at: float) -> Refusal:
    """What whoever made a wrong claim at `at` (UTC seconds) is told."""
    wait_s = None if event.locked_until is None else event.locked_until - at
    return Refusal(event.reason, event.message, wait_s)


def no_location() -> Refusal:
    """The refusal for an id that no location has."""
    return Refusal(Reason.NOT_FOUND, "There is no such place in this hunt.")


def _not_running(phase: Phase, plan: HuntPlan, now: float) -> Refusal:
    match phase:
        case Phase.PAUSED:
            return Refusal(Reason.NOT_RUNNING, "The hunt is paused. Wait until it goes on.")
        case Phase.FINISHED:
            return Refusal(Reason.NOT_RUNNING, "The hunt is over.")
        case _:
            wait_s = None
            if plan.starts_at is not None and plan.starts_at > now:
                wait_s = plan.starts_at - now
            return Refusal(Reason.NOT_RUNNING, "The hunt has not started yet.", wait_s)


def _oversized() -> Refusal:
    return Refusal(
        Reason.MALFORMED,
        f"A code or answer has at most {PROOF_CHARS_MAX} characters; send a shorter one.",
    )
