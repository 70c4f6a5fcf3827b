"""The console actor: every game master's command passes here, once and in order.

A game master's session may steer several hunts with one counter, so exactly-once is kept here;
the commands then go to the actor that owns what they change. A session's next command is taken up
when its last one was answered: so its commands stand in the journal in the order of their numbers,
and the highest number that a crash leaves there has none before it that was lost.
"""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

import pykka

from actors.applied import AppliedNumbers
from actors.context import busy, is_gated, open_gate, refuse
from actors.directory import Directory, HuntDirectory
from actors.dispatch import REQUESTS_WAITING_MAX, DispatchedActor, Dispatcher, mailbox_of
from actors.domain.commands import (
    AdjustPoints,
    Announce,
    CloseLocation,
    Disqualify,
    Forbidden,
    GrantHint,
    HuntScoped,
    InvalidPlan,
    Malformed,
    Missing,
    OpenLocation,
    Reinstate,
    RestoreFind,
    SeedHunt,
    ShowCards,
    VoidFind,
)
from actors.domain.events import HuntSeeded
from actors.domain.ids import PlayerId, SessionId, TeamId
from actors.domain.plan_changes import changes
from actors.domain.refusals import Reason, Refusal
from actors.domain.staff import Staffer
from actors.journal import Journal
from actors.ladder import Shed
from actors.messages import (
    Activate,
    Answer,
    Arrived,
    Joined,
    Listed,
    Order,
    OrderDone,
    Ref,
    Refused,
    Request,
    Seeded,
    Sender,
    Switched,
    Turn,
)
from actors.supervisor import Supervisor


class _Orderer:
    """The return address of an order: the game master's own, and the console hears of it too."""

    def __init__(self, sender: Sender, console: Ref) -> None:
        self._sender = sender
        self._console = console
        self._is_answered = False
        self.session: SessionId = sender.session
        self.player: PlayerId | None = None
        self.staffer: Staffer | None = sender.staffer

    @property
    def busy_from(self) -> int | None:
        return self._sender.busy_from

    @busy_from.setter
    def busy_from(self, n: int | None) -> None:
        self._sender.busy_from = n

    def answer(self, answer: Answer) -> None:
        try:
            self._sender.answer(answer)
        except BaseException:
            if self._sender.has_outcome(answer.n):  # It failed after the answer was given.
                self._note(answer)
            raise
        self._note(answer)

    def _note(self, answer: Answer) -> None:
        self._is_answered = True
        is_busy = isinstance(answer, Refused) and answer.refusal.reason is Reason.BUSY
        self._report(answer.n, not is_busy)

    def _report(self, n: int, is_outcome: bool) -> None:
        """The order is done with: the session's next one may be taken up."""
        with suppress(pykka.ActorDeadError):  # The server is stopping: nobody asks any more.
            self._console.tell(OrderDone(self.session, n, is_outcome))

    def has_outcome(self, n: int) -> bool:
        # A connection that is gone does not know any more. Were the order answered once more, the
        # console would take up two of the session's commands side by side.
        return self._is_answered or self._sender.has_outcome(n)

    def joined(self, joined: Joined | Refusal) -> None:
        self._sender.joined(joined)

    def give_up(self, n: int, is_decided: bool) -> None:
        try:
            self._sender.give_up(n, is_decided)
        finally:
            self._report(n, is_decided)


class ConsoleActor(DispatchedActor):
    """Routes game masters' commands; seeds hunts."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        journal: Journal,
        directory: Directory,
        supervisor: Supervisor,
        applied: AppliedNumbers,
        switch: Callable[[Shed], None],
    ) -> None:
        """`switch` sets the mode of a step of the shedding ladder."""
        super().__init__(dispatcher)
        self._journal = journal
        self._directory = directory
        self._supervisor = supervisor
        self._applied = applied
        self._waiting: dict[SessionId, deque[Request]] = {}
        """What each session asked while an earlier request of its was not answered yet."""
        self._switch = switch

    @property
    def applied(self) -> AppliedNumbers:
        """How far each game master's session got. For the dispatcher's thread only."""
        return self._applied

    def on_receive(self, message: object) -> None:
        """Handle one message; see `actors.messages` for what each means."""
        match message:
            case Request():
                self._take(message)
            case Turn(request=request):
                self._take_turn(request)
            case OrderDone():
                self._on_done(message)
            case Activate():
                pass
            case _:
                raise TypeError(f"the console cannot handle {type(message).__name__}")

    def orphans(self) -> list[Request | Order]:
        """What waits for its turn, each session's in the order in which it came."""
        return [request for waiting in self._waiting.values() for request in waiting]

    # One after the other --------------------------------------------------------------------

    def _take(self, request: Request) -> None:
        waiting = self._waiting.get(request.sender.session)
        if waiting is None:
            self._waiting[request.sender.session] = deque()
            self._take_turn(request)
        elif len(waiting) < REQUESTS_WAITING_MAX:
            waiting.append(request)
        else:
            refuse(request, busy(self._journal), self._journal)

    def _take_turn(self, request: Request) -> None:
        is_ordered = False
        try:
            is_ordered = self._perform(request)
        finally:
            # Should it fail, the session's other requests must have their turn all the same.
            if not is_ordered:
                self._call_next(request.sender.session)

    def _on_done(self, done: OrderDone) -> None:
        if done.is_outcome:
            self._applied.note(done.session, done.n)
        self._call_next(done.session)

    def _call_next(self, session: SessionId) -> None:
        waiting = self._waiting.get(session)
        if waiting:
            self.actor_ref.tell(Turn(waiting.popleft()))
        else:
            self._waiting.pop(session, None)

    def _perform(self, request: Request) -> bool:
        """Take a request up; True when another actor was ordered to decide it."""
        sender = request.sender
        refusal = self._applied.refusal(sender.session, request.n)
        if refusal is None and (is_gated(request) or self._journal.is_exhausted):
            refuse(request, busy(self._journal), self._journal)
            return False
        open_gate(request)
        if refusal is None:
            outcome = self._route(request)
            if outcome is True:
                return True
            if outcome is not None:
                refuse(request, outcome, self._journal)
            # Only now: should telling it fail, the request must not count as dealt with.
            self._applied.note(sender.session, request.n)
            return False
        refuse(request, refusal, self._journal)
        return False

    def _route(self, request: Request) -> Refusal | Literal[True] | None:
        """Hand the command to the actor that decides it, or say why nobody can.

        Returns:
            True when an actor was ordered to decide it; None when it is answered already.
        """
        match request.command:
            case Malformed(message=message):
                return Refusal(Reason.MALFORMED, message)
            case Missing(message=message):
                return Refusal(Reason.NOT_FOUND, message)
            case Forbidden(message=message):
                return Refusal(Reason.NOT_ALLOWED, message)
            case InvalidPlan(mistakes=mistakes):
                self._refuse_plan(request, mistakes)
                return None
            case Shed() as command:
                self._switch(command)
                request.sender.answer(Switched(request.n, self._journal.tail))
                return None
            case HuntScoped(command=SeedHunt() as command):
                return self._seed(request, command)
            case HuntScoped(hunt=hunt, command=command):
                entry = self._directory.find(hunt)
                if entry is None:
                    return self._no_hunt(str(hunt) if hunt else None)
                if isinstance(command, ShowCards):
                    self._show_cards(request, entry)
                    return None
                self._introduce(request.sender, entry)
                return self._forward(request, entry, command)
            case _:
                return Refusal(Reason.NOT_ALLOWED, "Only players can do that.")

    @staticmethod
    def _introduce(sender: Sender, entry: HuntDirectory) -> None:
        """Let the hunt know who asks: it may not be the one that their console looks at."""
        hunt = entry.hunt
        if sender.staffer is not None and hunt is not None and mailbox_of(hunt).has_room:
            hunt.tell(Arrived(sender.session, sender.staffer))

    def _show_cards(self, request: Request, entry: HuntDirectory) -> None:
        plan = entry.plan
        teams = tuple((seat.id, seat.name) for seat in plan.teams)
        request.sender.answer(Listed(request.n, plan.hunt, teams, self._journal.tail))

    def _no_hunt(self, hunt: str | None) -> Refusal:
        known = ", ".join(self._directory.hunts) or "none yet"
        asked = f"There is no hunt {hunt!r}" if hunt else "Say which hunt is meant"
        return Refusal(Reason.NOT_FOUND, f"{asked}; the hunts here: {known}.")

    def _forward(
        self, request: Request, entry: HuntDirectory, command: Any
    ) -> Refusal | Literal[True]:
        target: Ref | None
        match command:
            case Announce(to=None):
                target = entry.hunt
            case Announce(text=text, to=to, level=level):
                teams = [entry.find_team(team) for team in to or ()]
                if None in teams:
                    return self._no_team(to or (), teams)
                found = tuple(team for team in teams if team is not None)
                target, command = entry.hunt, Announce(text, found, level)
            case (
                AdjustPoints(team=team)
                | GrantHint(team=team)
                | Disqualify(team=team)
                | Reinstate(team=team)
            ):
                known = entry.find_team(team)
                target = entry.teams.get(known) if known is not None else None
                if known is None:
                    return self._no_team((team,), [None])
                command = self._with_team(command, known)
            case VoidFind(team=team, location=location) | RestoreFind(team=team, location=location):
                known = entry.find_team(team)
                if known is None:
                    return self._no_team((team,), [None])
                target, command = entry.locations.get(location), self._with_team(command, known)
            case OpenLocation(location=location) | CloseLocation(location=location):
                target = entry.locations.get(location)
            case _:
                target = entry.hunt
        if target is None:
            return Refusal(Reason.NOT_FOUND, "There is no location with that id in this hunt.")
        orderer = _Orderer(request.sender, self.actor_ref)
        target.tell(Order(orderer, request.n, command))
        return True

    @staticmethod
    def _with_team(command: Any, team: TeamId) -> Any:
        match command:
            case AdjustPoints(points=points, reason=reason):
                return AdjustPoints(team, points, reason)
            case GrantHint(location=location, hint=hint, reason=reason):
                return GrantHint(team, location, hint, reason)
            case VoidFind(location=location, reason=reason):
                return VoidFind(team, location, reason)
            case RestoreFind(location=location, reason=reason):
                return RestoreFind(team, location, reason)
            case Disqualify(reason=reason):
                return Disqualify(team, reason)
            case _:
                return Reinstate(team, command.reason)

    @staticmethod
    def _no_team(asked: tuple[TeamId, ...], found: list[TeamId | None]) -> Refusal:
        unknown = [team for team, known in zip(asked, found, strict=False) if known is None]
        return Refusal(
            Reason.NOT_FOUND, f"There is no team {unknown[0]!r} in this hunt; use its id or name."
        )

    # Seeding --------------------------------------------------------------------------------

    def _seed(self, request: Request, command: SeedHunt) -> Refusal | None:
        plan = command.plan
        running = self._directory.hunts.get(plan.hunt)
        differences = () if running is None else changes(running.plan, plan)
        must_apply = running is None or (command.replace)
        if must_apply:
            refusal = self._supervisor.check_room(plan)
            if refusal is not None:
                return refusal
            self._apply(request, HuntSeeded(plan))
        shown = plan if must_apply or running is None else running.plan
        request.sender.answer(
            Seeded(
                request.n,
                plan.hunt,
                is_applied=must_apply or not differences,
                changes=differences,
                teams=tuple((seat.id, seat.name) for seat in shown.teams),
                position=self._journal.tail,
            )
        )
        return None

    def _refuse_plan(self, request: Request, mistakes: tuple[str, ...]) -> None:
        word = "mistake" if len(mistakes) == 1 else "mistakes"
        message = f"The plan has {len(mistakes)} {word}; nothing was changed."
        refuse(request, Refusal(Reason.INVALID_PLAN, message), self._journal, mistakes)

    def _apply(self, request: Request, event: HuntSeeded) -> None:
        now = self._dispatcher.now()
        sender = request.sender
        record = self._journal.draft(event.plan.hunt, now, event, sender.session, request.n)
        self._supervisor.replace_hunt(record, self._journal.append)
