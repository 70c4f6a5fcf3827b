"""Planted bugs in exactly-once: numbers, order, stashes, gates, rebuilding."""

from typing import Any

from msgspec.structs import replace as changed

import actors.console
import actors.context
import actors.rebuild
import actors.supervisor
import server.session_input
from actors.applied import AppliedNumbers
from actors.console import ConsoleActor
from actors.dispatch import Mailbox
from actors.domain.refusals import Refusal
from actors.messages import Arbitrate, Joined, Order, Request
from actors.recovery import RecoveredHunt, Recovery
from actors.supervisor import Supervisor
from actors.team import TeamActor
from server.client_queue import ActionQueue
from server.session_output import SessionOutput
from tests.simulation.mutation import Mutation, Patches

WINDOW = 3


def _dedupe_by_window(patches: Patches) -> None:
    refusal = AppliedNumbers.refusal

    def windowed(self: AppliedNumbers, session: Any, n: int) -> Refusal | None:
        return refusal(self, session, n) if n > self.of(session) - WINDOW else None

    patches.replace(AppliedNumbers, "refusal", windowed)


def _numbers_not_recovered(patches: Patches) -> None:
    patches.replace(Recovery, "_numbers_of", lambda *_: AppliedNumbers())


def _numbers_lost_by_rebuilding(patches: Patches) -> None:
    fold = actors.rebuild.fold

    def forgetful(hunt: Any, records: Any) -> RecoveredHunt:
        recovered = fold(hunt, records)
        recovered.applied.clear()
        return recovered

    patches.replace(actors.supervisor, "fold", forgetful)
    _refusals_forgotten(patches)


def _closed_before_its_answer(patches: Patches) -> None:
    finish = TeamActor._finish_claim

    def early(self: TeamActor, *verdict: Any) -> None:
        self._claiming = None
        finish(self, *verdict)

    patches.replace(TeamActor, "_finish_claim", early)


def _refusals_forgotten(patches: Patches) -> None:
    patches.replace(AppliedNumbers, "take_over", lambda *_: None)


def _welcomed_with(patches: Patches, more: int) -> None:
    welcome = TeamActor._welcome

    def wrong(self: TeamActor, sender: Any, player: Any) -> Joined:
        joined = welcome(self, sender, player)
        return changed(joined, applied=max(0, joined.applied + more))

    patches.replace(TeamActor, "_welcome", wrong)


def _applied_too_high(patches: Patches) -> None:
    _welcomed_with(patches, +1)


def _applied_too_low(patches: Patches) -> None:
    _welcomed_with(patches, -1)


def _stash_forgotten(patches: Patches) -> None:
    patches.replace(TeamActor, "_unstash", lambda self: self._stash.clear())


def _stash_not_used(patches: Patches) -> None:
    patches.replace(TeamActor, "_take", lambda self, request: self._perform(request))


def _stash_last_first(patches: Patches) -> None:
    unstash = TeamActor._unstash

    def backwards(self: TeamActor) -> None:
        self._stash.reverse()
        unstash(self)

    patches.replace(TeamActor, "_unstash", backwards)


def _gate_stays_open(patches: Patches) -> None:
    patches.replace(actors.context, "close_gate", lambda *_: None)
    patches.replace(server.session_input, "close_gate", lambda *_: None)


def _console_notes_early(patches: Patches) -> None:
    perform = ConsoleActor._perform

    def eager(self: ConsoleActor, request: Request) -> bool:
        is_ordered = perform(self, request)
        if is_ordered:
            self._applied.note(request.sender.session, request.n)
        return is_ordered

    patches.replace(ConsoleActor, "_perform", eager)


def _console_side_by_side(patches: Patches) -> None:
    patches.replace(ConsoleActor, "_take", lambda self, request: self._take_turn(request))


def _recorded_under_next_number(patches: Patches) -> None:
    claim = TeamActor._claim

    def shifted(self: TeamActor, request: Request, command: Any) -> None:
        claim(self, request, command)
        # The location's mailbox holds what was asked; it is asked again, with a wrong number.
        asked = self._asked
        if isinstance(asked, Arbitrate) and asked.n == request.n:
            mailbox = self.context.directory.locations[command.location].actor_inbox
            self._asked = changed(asked, n=asked.n + 1)
            mailbox._messages[-1] = self._asked  # type: ignore[attr-defined]

    patches.replace(TeamActor, "_claim", shifted)


def _answered_internal(patches: Patches) -> None:
    patches.replace(actors.supervisor, "standing_record", lambda *_: None)


def _orphans_unanswered(patches: Patches) -> None:
    patches.replace(actors.supervisor, "release_orphans", lambda *_: None)


def _orders_lost_on_the_move(patches: Patches) -> None:
    move_to = Mailbox.move_to

    def careless(self: Mailbox, successor: Mailbox) -> None:
        kept = [one for one in self._messages if not isinstance(one, Order)]
        self._messages.clear()
        self._messages.extend(kept)
        move_to(self, successor)

    patches.replace(Mailbox, "move_to", careless)


def _moved_last_first(patches: Patches) -> None:
    def backwards(self: Mailbox, successor: Mailbox) -> None:
        successor._messages.extendleft(self._messages)
        self._messages.clear()
        successor._wake()

    patches.replace(Mailbox, "move_to", backwards)


def _outcome_forgotten(patches: Patches) -> None:
    patches.replace(SessionOutput, "has_outcome", lambda *_: False)
    patches.replace(actors.console._Orderer, "has_outcome", lambda *_: False)


def _not_rebuilt(patches: Patches) -> None:
    patches.replace(Supervisor, "_rebuild_later", lambda *_: None)


def _only_the_failed_rebuilt(patches: Patches) -> None:
    patches.replace(actors.supervisor, "concerns_others", lambda _: False)


def _read_without_flush(patches: Patches) -> None:
    later = Supervisor._rebuild_later

    def hasty(self: Supervisor, *args: Any) -> None:
        flush = self._journal.flush
        self._journal.flush = lambda: None  # type: ignore[method-assign]
        try:
            later(self, *args)
        finally:
            self._journal.flush = flush  # type: ignore[method-assign]

    patches.replace(Supervisor, "_rebuild_later", hasty)


def _client_forgets_at_the_answer(patches: Patches) -> None:
    on_answer = ActionQueue._on_answer

    def hasty(self: ActionQueue, message: Any, now: float) -> Any:
        answer = on_answer(self, message, now)
        if answer is not None:
            self._actions.pop(answer["n"], None)
        return answer

    patches.replace(ActionQueue, "_on_answer", hasty)


def _client_does_not_go_back(patches: Patches) -> None:
    def stay(self: ActionQueue, n: int, _message: Any, now: float) -> None:
        self._busy_from, self._hold_until = n, now + 0.5

    patches.replace(ActionQueue, "_on_busy", stay)


ONCE = (
    Mutation(
        "dedupe-by-window",
        "Only the last few numbers of a session are known to be dealt with.",
        4,
        ("I1", "I2", "I6", "I9"),
        _dedupe_by_window,
    ),
    Mutation(
        "numbers-not-recovered",
        "After a restart nobody knows how far sessions got.",
        8,
        ("I2",),
        _numbers_not_recovered,
    ),
    Mutation(
        "numbers-lost-by-rebuilding",
        "A rebuilt team does not know how far its sessions got.",
        8,
        ("I2", "I1"),
        _numbers_lost_by_rebuilding,
    ),
    Mutation(
        "refusals-forgotten",
        "A rebuilt team does not know what its predecessor had refused.",
        14,
        ("I2",),
        _refusals_forgotten,
    ),
    Mutation(
        "applied-too-high",
        "A welcome says that one request more was dealt with.",
        4,
        ("the run stops",),
        _applied_too_high,
    ),
    Mutation(
        "applied-too-low",
        "A welcome says that one request fewer was dealt with.",
        4,
        ("the run stops",),
        _applied_too_low,
    ),
    Mutation(
        "stash-forgotten",
        "What a team was asked while a claim was out is dropped.",
        4,
        ("I1",),
        _stash_forgotten,
    ),
    Mutation(
        "stash-not-used",
        "A team carries on with requests while a claim is out.",
        4,
        ("I2", "I1"),
        _stash_not_used,
    ),
    Mutation(
        "stash-last-first",
        "What was stashed is taken up in the wrong order.",
        4,
        ("I1", "I9"),
        _stash_last_first,
    ),
    Mutation(
        "gate-stays-open",
        "After `busy`, later requests of the connection are carried out.",
        4,
        ("I1", "I9"),
        _gate_stays_open,
    ),
    Mutation(
        "console-notes-early",
        "The console takes a command for dealt with before it is decided.",
        26,
        ("I1",),
        _console_notes_early,
    ),
    Mutation(
        "console-side-by-side",
        "A session's commands are decided side by side.",
        10,
        ("I2", "I1"),
        _console_side_by_side,
    ),
    Mutation(
        "recorded-under-next-number",
        "A claim is recorded under the number after its own.",
        4,
        ("I2", "I1", "I6"),
        _recorded_under_next_number,
    ),
    Mutation(
        "answered-internal",
        "A request whose record stands is answered `internal`.",
        18,
        ("I2", "I3"),
        _answered_internal,
    ),
    Mutation(
        "orphans-unanswered",
        "What a failed team had stashed is never answered.",
        8,
        ("I1", "I9"),
        _orphans_unanswered,
    ),
    Mutation(
        "closed-before-its-answer",
        "A claim counts as dealt with before it was answered.",
        8,
        ("I1", "I9"),
        _closed_before_its_answer,
    ),
    Mutation(
        "orders-lost-on-the-move",
        "A rebuilt actor does not get the orders that waited.",
        60,
        ("I9",),
        _orders_lost_on_the_move,
    ),
    Mutation(
        "moved-last-first",
        "A rebuilt actor gets what waited in the wrong order.",
        8,
        ("I1", "I9"),
        _moved_last_first,
    ),
    Mutation(
        "outcome-forgotten",
        "A failure answers again what was answered before it.",
        14,
        ("I2",),
        _outcome_forgotten,
    ),
    Mutation("not-rebuilt", "A failed actor goes on as it is.", 8, ("I10",), _not_rebuilt),
    Mutation(
        "only-the-failed-rebuilt",
        "Nobody but the failed actor hears of the record that it left behind.",
        18,
        ("I3",),
        _only_the_failed_rebuilt,
    ),
    Mutation(
        "read-without-flush",
        "The hunt is read back before what was appended is handed over.",
        14,
        ("I3", "I10"),
        _read_without_flush,
    ),
    Mutation(
        "client-forgets-at-the-answer",
        "The client drops an action when it is answered.",
        12,
        ("I1",),
        _client_forgets_at_the_answer,
    ),
    Mutation(
        "client-does-not-go-back",
        "After `busy` the client does not send again.",
        4,
        ("I9",),
        _client_does_not_go_back,
    ),
)
