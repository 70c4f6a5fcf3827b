"""Starts hunts, contains failures, rebuilds failed actors from the journal, stops in order.

A Pykka actor cannot be restarted, so a failed one gets a successor: its mailbox is suspended, the
hunt's records are read back from the journal (the request queues behind everything appended so
far, so no record can be missing), folded, and the successor takes over state and messages.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from actors.aftermath import (
    concerns_others,
    insist,
    let_go,
    release,
    release_orphans,
    standing_record,
)
from actors.applied import AppliedNumbers
from actors.context import HuntContext
from actors.directory import Directory, HuntDirectory
from actors.dispatch import DispatchedActor, Dispatcher, mailbox_of
from actors.domain.events import HuntSeeded, Record
from actors.domain.ids import HuntId, TeamId
from actors.domain.plan import HuntPlan
from actors.domain.recovery import HuntImage, start_image
from actors.domain.refusals import Reason, Refusal
from actors.domain.views import hunt_view
from actors.hunt import HuntActor
from actors.journal import Journal
from actors.leaderboard import LeaderboardActor
from actors.location import LocationActor
from actors.messages import (
    Activate,
    ActorFailed,
    HuntOpened,
    HuntReplaced,
    Publisher,
    Ref,
)
from actors.quarantine import QuarantinedActor, turn_away
from actors.rebuild import RestartBudget, fold, name_of, successor_of
from actors.team import TeamActor

logger = logging.getLogger("cairn.supervisor")

ACTORS_MAX = 100_000
"""Actors on one server, about 5 KiB each: every team and location of every hunt."""

ReadHunt = Callable[[HuntId, Callable[[Sequence[Record]], None]], None]
"""Reads a hunt's committed records, after everything appended so far is committed, and calls
back with them in the dispatcher's thread."""


class Supervisor:
    """Owner of all hunts' actors. Lives in the dispatcher's thread."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        journal: Journal,
        directory: Directory,
        publisher: Publisher,
        read_hunt: ReadHunt,
    ) -> None:
        self._dispatcher = dispatcher
        self._journal = journal
        self._directory = directory
        self._publisher = publisher
        self._read_hunt = read_hunt
        self._contexts: dict[HuntId, HuntContext] = {}
        self._budget = RestartBudget()
        self._rebuilding: dict[DispatchedActor, int] = {}
        """Failed actors, each with the number of the reading that it waits for."""
        self._reads = 0
        self.quarantined: set[str] = set()
        self.restarts = 0
        """Actors that were folded anew since the start of the server."""
        dispatcher.on_failure = self.on_failure

    @property
    def is_rebuilding(self) -> bool:
        """Whether some failed actor has no successor yet."""
        return bool(self._rebuilding)

    # Hunts ----------------------------------------------------------------------------------

    def check_room(self, plan: HuntPlan) -> Refusal | None:
        """Whether another hunt of this size fits on the server."""
        others = sum(
            len(entry.teams) + len(entry.locations) + 2
            for hunt, entry in self._directory.hunts.items()
            if hunt != plan.hunt
        )
        if others + len(plan.teams) + len(plan.locations) + 2 <= ACTORS_MAX:
            return None
        return Refusal(
            Reason.NOT_ALLOWED,
            f"This server holds {ACTORS_MAX} teams and locations at most; {others} are in use.",
        )

    def replace_hunt(self, record: Record, append: Callable[[Record], None]) -> None:
        """Put a freshly seeded plan in force, dropping what the hunt was before."""
        image = start_image(record)
        append(record)
        if record.hunt in self._directory.hunts:
            self._publisher.tell(HuntReplaced(record.hunt))
            self.stop_hunt(record.hunt)
        self.start_hunt(image, {}, record.position)

    def start_hunt(
        self, image: HuntImage, applied: dict[TeamId, AppliedNumbers], seeded_position: int = 0
    ) -> None:
        """Start a hunt's actors from a folded image.

        Records before `seeded_position` are of what the hunt was before, and are not shown as its
        own when they are committed.
        """
        plan = image.hunt.plan
        entry = HuntDirectory(plan)
        context = HuntContext(plan, self._dispatcher, self._journal, entry, self._publisher)
        self._contexts[plan.hunt] = context
        entry.hunt = HuntActor.start(context, image.hunt)
        entry.leaderboard = LeaderboardActor.start(context, image.board, seeded_position)
        for seat in plan.teams:
            numbers = applied.get(seat.id) or AppliedNumbers()
            entry.teams[seat.id] = TeamActor.start(context, image.teams[seat.id], numbers)
        for place in plan.locations:
            entry.locations[place.id] = LocationActor.start(context, image.locations[place.id])
        self._directory.hunts[plan.hunt] = entry
        self._announce(image, seeded_position)
        for ref in entry.refs():
            ref.tell(Activate())

    def _announce(self, image: HuntImage, seeded_position: int) -> None:
        plan, board = image.hunt.plan, image.board
        closed = tuple(place for place, state in image.locations.items() if not state.is_open)
        self._publisher.tell(
            HuntOpened(
                plan,
                hunt_view(plan, image.hunt.clock, self._dispatcher.now()),
                image.hunt.announcements,
                closed,
                board.rows(True),
                board.rows(False),
                board.is_frozen,
                image.progress,
                seeded_position,
                tuple(image.hunt.staff.members.values()),
            )
        )

    def stop_hunt(self, hunt: HuntId) -> None:
        """Stop a hunt's actors, first started first (Pykka's registry is slow the other way).

        What waits in their mailboxes is turned away: a record that they appended from now on
        would be taken for one of the hunt that may have just been seeded in their place.
        """
        entry = self._directory.hunts.pop(hunt)
        self.quarantined = {name for name in self.quarantined if not name.startswith(f"{hunt}/")}
        self._budget.forget(hunt)
        context = self._contexts.pop(hunt)
        self._rebuilding = {
            actor: number
            for actor, number in self._rebuilding.items()
            if getattr(actor, "context", None) is not context
        }
        for ref in entry.refs():
            mailbox = mailbox_of(ref)
            owner = mailbox.owner
            waiting: list[Any] = [*owner.orphans()] if isinstance(owner, TeamActor) else []
            waiting += mailbox.take_all()
            ref.stop(block=False)
            mailbox.resume()
            for message in waiting:
                if not insist(partial(turn_away, message, self._journal), ref.actor_class.__name__):
                    let_go(message, None)

    def stop_all(self) -> None:
        """Stop every hunt."""
        for hunt in list(self._directory.hunts):
            self.stop_hunt(hunt)

    # Failures -------------------------------------------------------------------------------

    def on_failure(self, actor: DispatchedActor, message: Any, error: BaseException) -> None:
        """Contain an exception: answer whoever waits, rebuild the actor, tell the operator."""
        name = name_of(actor)
        logger.error("%s failed on %s", name, type(message).__name__, exc_info=error)
        standing = standing_record(actor, message, self._journal.unsent)
        context = getattr(actor, "context", None)
        if not isinstance(context, HuntContext) or isinstance(actor, QuarantinedActor):
            self._publisher.tell(ActorFailed(None, name, type(error).__name__, False))
            self._go_on(actor, message, standing)
            return
        self._answer_for(actor, message, standing)
        is_quarantined = not self._budget.take(name, self._dispatcher.monotonic())
        self._publisher.tell(ActorFailed(context.hunt, name, type(error).__name__, is_quarantined))
        failed = [actor]
        if standing is not None and concerns_others(standing.event):
            failed = self._all_of(context)
        if is_quarantined:
            self._rebuilding.pop(actor, None)
            failed.remove(actor)
            self._quarantine(context, actor)
        self._rebuild_later(context, failed)

    def _go_on(self, console: DispatchedActor, message: Any, standing: Record | None) -> None:
        """The console and stand-ins keep no hunt's state: the next message is fine."""
        if standing is not None and isinstance(standing.event, HuntSeeded):
            entry = self._directory.hunts.get(standing.hunt)
            if entry is None or entry.plan is not standing.event.plan:  # It failed before that.
                self.replace_hunt(standing, lambda _: None)
        self._answer_for(console, message, standing)

    def _answer_for(self, actor: DispatchedActor, message: Any, standing: Record | None) -> None:
        """Answer whoever waits for the failed actor."""
        answer = partial(release, actor, message, self._journal, standing)
        if not insist(answer, f"for {name_of(actor)}"):
            let_go(message, standing)

    def _all_of(self, context: HuntContext) -> list[DispatchedActor]:
        """The actors that decide in a hunt; those in quarantine stay there."""
        entry = context.directory
        refs = [*entry.teams.values(), *entry.locations.values()]
        if entry.hunt is not None:
            refs.insert(0, entry.hunt)
        owners = [mailbox_of(ref).owner for ref in refs]
        return [
            owner
            for owner in owners
            if owner is not None and not isinstance(owner, QuarantinedActor)
        ]

    def _rebuild_later(self, context: HuntContext, failed: list[DispatchedActor]) -> None:
        """Read the hunt back behind everything appended so far, then replace these actors."""
        if not failed:
            return
        self._reads += 1
        number = self._reads
        for actor in failed:
            actor.mailbox.suspend()
            # One that waits for an earlier reading waits for this one now: it holds more.
            self._rebuilding[actor] = number
        self._journal.flush()
        self._read_hunt(context.hunt, lambda records: self._rebuild(context, number, records))

    def _rebuild(self, context: HuntContext, number: int, records: Sequence[Record]) -> None:
        failed = [actor for actor, read in self._rebuilding.items() if read == number]
        for actor in failed:
            del self._rebuilding[actor]
        if self._contexts.get(context.hunt) is not context:
            return  # The hunt was replaced or stopped in the meantime.
        try:
            hunt = fold(context.hunt, records)
            successors = [
                successor_of(actor, context, hunt, records[-1].position) for actor in failed
            ]
        except BaseException as error:  # Whatever it is, they would stay suspended for ever.
            # The rules fail on what is in the journal: another try would fail as well.
            for actor in failed:
                name = name_of(actor)
                logger.exception("%s cannot be rebuilt", name)
                self._publisher.tell(ActorFailed(context.hunt, name, type(error).__name__, True))
                self._quarantine(context, actor)
        else:
            self.restarts += len(failed)
            for actor, successor in zip(failed, successors, strict=True):
                self._repoint(actor, successor, records)

    def _quarantine(self, context: HuntContext, failed: DispatchedActor) -> None:
        self.quarantined.add(name_of(failed))
        applied = failed.applied if isinstance(failed, TeamActor) else None
        stand_in = QuarantinedActor.start(context, applied)
        self._repoint(failed, stand_in, self._journal.unsent)

    def _repoint(self, failed: DispatchedActor, successor: Ref, records: Sequence[Record]) -> None:
        """Let everybody find the successor, and give it what waits for the failed actor."""
        context: HuntContext = failed.context  # type: ignore[attr-defined]
        context.directory.repoint(failed.actor_ref, successor)
        if isinstance(failed, TeamActor):
            waiting = failed.mailbox.waiting
            release_orphans(failed.orphans(), records, waiting, self._journal)
        mailbox = mailbox_of(successor)
        failed.mailbox.move_to(mailbox)
        # First of all, what its predecessor did not come to show: what waits may lead beyond it.
        mailbox.tell_first(Activate())
        failed.mailbox.resume()
        failed.actor_ref.stop(block=False)
