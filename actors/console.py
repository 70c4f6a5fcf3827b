"""The console actor: every game master's command passes here, once and in order.

A game master's session may steer several hunts with one counter, so exactly-once is kept here;
the commands then go to the actor that owns what they change. They go one at a time: the next of a
session only when the one before is decided. Two actors could otherwise append them the other way
round, and a crash between the two records would lose a request below the highest saved number.
"""

from collections import deque
from contextlib import suppress
from typing import Any

import pykka

from actors.applied import AppliedNumbers
from actors.context import busy, is_gated, open_gate, refuse
from actors.directory import Directory, HuntDirectory
from actors.dispatch import (
    REQUESTS_WAITING_MAX,
    DispatchedActor,
    Dispatcher,
    MailboxFull,
)
from actors.domain.commands import (
    AdjustPoints,
    Announce,
    CloseLocation,
    Disqualify,
    Forbidden,
    HuntScoped,
    InvalidPlan,
    Malformed,
    OpenLocation,
    Reinstate,
    RestoreFind,
    SeedHunt,
    VoidFind,
)
from actors.domain.events import HuntSeeded
from actors.domain.ids import PlayerId, SessionId, TeamId
from actors.domain.plan_changes import changes
from actors.domain.refusals import Reason, Refusal
from actors.journal import Journal
from actors.messages import (
    Activate,
    Answer,
    Joined,
    Order,
    OrderDecided,
    Ref,
    Request,
    Seeded,
    Sender,
)
from actors.quarantine import release
from actors.supervisor import Supervisor


class _Orderer:
    """The return address of one order: the client's, by way of the console."""

    def __init__(self, sender: Sender, console: Ref, applied: AppliedNumbers) -> None:
        self._sender = sender
        self._console = console
        self._applied = applied
        self.session: SessionId = sender.session
        self.player: PlayerId | None = None

    @property
    def busy_from(self) -> int | None:
        """The client's gate."""
        return self._sender.busy_from

    @busy_from.setter
    def busy_from(self, n: int | None) -> None:
        self._sender.busy_from = n

    def answer(self, answer: Answer) -> None:
        """The order is decided."""
        self._applied.end(self.session)
        self._sender.answer(answer)
        with suppress(pykka.ActorDeadError, MailboxFull):  # The console asks again by itself.
            self._console.tell(OrderDecided(self.session))

    def joined(self, joined: Joined | Refusal) -> None:
        """Game masters join no team."""
        self._sender.joined(joined)


class ConsoleActor(DispatchedActor):
    """Routes game masters' commands; seeds hunts."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        journal: Journal,
        directory: Directory,
        supervisor: Supervisor,
        applied: AppliedNumbers,
    ) -> None:
        super().__init__(dispatcher)
        self._journal = journal
        self._directory = directory
        self._supervisor = supervisor
        self._applied = applied
        self._waiting: dict[SessionId, deque[Request]] = {}
        """What came while an earlier order of the session was not decided."""

    @property
    def applied(self) -> AppliedNumbers:
        """How far each game master's session got. For the dispatcher's thread only."""
        return self._applied

    def on_receive(self, message: object) -> None:
        """Handle one message; see `actors.messages` for what each means."""
        match message:
            case Request():
                self._request(message)
            case OrderDecided(session=session):
                self._go_on(session)
            case Activate():
                pass
            case _:
                raise TypeError(f"the console cannot handle {type(message).__name__}")

    def _request(self, request: Request) -> None:
        session = request.sender.session
        waiting, is_under_way = self._waiting.get(session), self._applied.is_under_way(session)
        if waiting is None and not is_under_way:
            self._perform(request)
        elif waiting is not None and len(waiting) >= REQUESTS_WAITING_MAX:
            refuse(request, busy(), self._journal)
        else:
            self._waiting.setdefault(session, deque()).append(request)
            if not is_under_way:
                self.actor_ref.tell(OrderDecided(session))

    def _go_on(self, session: SessionId) -> None:
        """Perform the next of what waits, if nothing of the session is under way."""
        waiting = self._waiting.get(session)
        if not waiting:
            self._waiting.pop(session, None)
        elif not self._applied.is_under_way(session):
            request = waiting.popleft()
            self.actor_ref.tell(OrderDecided(session))  # The others go on whatever becomes of it.
            try:
                self._perform(request)
            except BaseException:
                release(request, self._journal)
                raise

    def _perform(self, request: Request) -> None:
        sender = request.sender
        refusal = self._applied.refusal(sender.session, request.n)
        if refusal is None and (is_gated(request) or self._journal.is_exhausted):
            refusal = busy()
        else:
            open_gate(request)
        if refusal is None:
            self._applied.note(sender.session, request.n)
            refusal = self._route(request)
        if refusal is not None:
            refuse(request, refusal, self._journal)

    def _route(self, request: Request) -> Refusal | None:
        """Hand the command to the actor that decides it, or say why nobody can."""
        match request.command:
            case Malformed(message=message):
                return Refusal(Reason.MALFORMED, message)
            case Forbidden(message=message):
                return Refusal(Reason.NOT_ALLOWED, message)
            case InvalidPlan(mistakes=mistakes):
                self._refuse_plan(request, mistakes)
                return None
            case HuntScoped(command=SeedHunt() as command):
                return self._seed(request, command)
            case HuntScoped(hunt=hunt, command=command):
                entry = self._directory.find(hunt)
                if entry is None:
                    return self._no_hunt(str(hunt) if hunt else None)
                return self._forward(request, entry, command)
            case _:
                return Refusal(Reason.NOT_ALLOWED, "Only players can do that.")

    def _no_hunt(self, hunt: str | None) -> Refusal:
        known = ", ".join(self._directory.hunts) or "none yet"
        asked = f"There is no hunt {hunt!r}" if hunt else "Say which hunt is meant"
        return Refusal(Reason.NOT_FOUND, f"{asked}; the hunts here: {known}.")

    def _forward(self, request: Request, entry: HuntDirectory, command: Any) -> Refusal | None:
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
            case AdjustPoints(team=team) | Disqualify(team=team) | Reinstate(team=team):
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
        orderer = _Orderer(request.sender, self.actor_ref, self._applied)
        target.tell(Order(orderer, request.n, command))
        self._applied.begin(orderer.session, request.n)
        return None

    @staticmethod
    def _with_team(command: Any, team: TeamId) -> Any:
        match command:
            case AdjustPoints(points=points, reason=reason):
                return AdjustPoints(team, points, reason)
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
