"""The location actor: arbitrates what teams contend for, in the order of its mailbox."""

from actors.context import HuntContext, refuse
from actors.dispatch import DispatchedActor
from actors.domain import location as rules
from actors.domain.events import (
    AnyEvent,
    FindRestored,
    FindVoided,
    LocationClosed,
    LocationFound,
    Record,
)
from actors.domain.ids import SessionId, TeamId
from actors.domain.location import LocationState, Steer
from actors.domain.plan import Route
from actors.domain.refusals import Refusal
from actors.messages import (
    Accepted,
    Activate,
    Arbitrate,
    Order,
    PlaceFreed,
    Steering,
    Told,
    Verdict,
)


class LocationActor(DispatchedActor):
    """Decides proof, finder order, stock, capacity, open or closed; appends; then tells."""

    def __init__(self, context: HuntContext, state: LocationState, folded_to: int = 0) -> None:
        super().__init__(context.dispatcher)
        self.context = context
        self._state = state
        self._folded_to = folded_to
        self._waiting: dict[TeamId, None] = {}
        """Teams that found no place here. Not journaled: after a restart they ask again."""

    @property
    def state(self) -> LocationState:
        """The location now. For the dispatcher's thread only; never changed from outside."""
        return self._state

    def on_receive(self, message: object) -> None:
        """Handle one message; see `actors.messages` for what each means."""
        if type(message) is Arbitrate:
            self._arbitrate(message)
        else:
            self._receive_rarer(message)

    def _receive_rarer(self, message: object) -> None:
        match message:
            case Steering():
                self._steer(message)
            case Order():
                self._order(message)
            case Told():
                if message.record.position > self._folded_to:
                    self._state = rules.evolve(self._state, message.record)
                    self._tell_waiting()
            case Activate():
                self._wake_routes()
            case _:
                raise TypeError(f"a location cannot handle {type(message).__name__}")

    def _arbitrate(self, claim: Arbitrate) -> None:
        context, attempt, at = self.context, claim.attempt, claim.at
        team = context.directory.teams[attempt.team]
        if team is not claim.team:
            return  # Its successor goes on without; the claim was answered when the team failed.
        event = rules.arbitrate(self._state, attempt, context.plan, at)
        if isinstance(event, Refusal):
            team.tell(Verdict(event, claim))
            return
        record = self._append(event, at, claim.session, claim.n)
        team.tell(Verdict(record, claim))
        if self._waiting and type(event) is LocationFound:
            self._tell_waiting()

    def _append(
        self, event: AnyEvent, at: float, session: SessionId | None = None, n: int | None = None
    ) -> Record:
        context = self.context
        journal = context.journal
        record = journal.draft(context.plan.hunt, at, event, session, n)
        state = rules.evolve(self._state, record)
        journal.append(record)
        self._state = state
        return record

    def _steer(self, request: Steering) -> None:
        now = self._dispatcher.now()
        team = self.context.directory.teams[request.team_id]
        if team is not request.team:
            return  # Its successor asks for itself.
        event = rules.decide(self._state, Steer(request.team_id), self.context.plan, now)
        if isinstance(event, Refusal):
            self._waiting[request.team_id] = None
            team.tell(Verdict(event, request))
        else:
            self._waiting.pop(request.team_id, None)
            team.tell(Verdict(self._append(event, now), request))

    def _wake_routes(self) -> None:
        """A failed predecessor took to its grave which teams waited for a place: all may ask."""
        if self._folded_to and self.context.plan.route is not Route.FREE:
            for team in self.context.directory.teams.values():
                team.tell(PlaceFreed())

    def _tell_waiting(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, {}
        for team_id in waiting:
            self.context.directory.teams[team_id].tell(PlaceFreed())

    def _order(self, order: Order) -> None:
        now, context = self._dispatcher.now(), self.context
        steered = self._state.steered
        event = rules.decide(self._state, order.command, context.plan, now)  # type: ignore[arg-type]
        if isinstance(event, Refusal):
            refuse(order, event, context.journal)
            return
        record = self._append(event, now, order.sender.session, order.n)
        order.sender.answer(Accepted(order.n, record))
        self._tell_concerned(record, steered)
        self._tell_waiting()

    def _tell_concerned(self, record: Record, steered: tuple[TeamId, ...]) -> None:
        event, teams = record.event, self.context.directory.teams
        concerned: dict[TeamId, None] = {}
        if isinstance(event, FindVoided | FindRestored):
            concerned[event.team] = None
            concerned.update((rerank.team, None) for rerank in event.reranked)
        elif isinstance(event, LocationClosed):
            concerned.update((team, None) for team in steered)
        for team in concerned:
            teams[team].tell(Told(record))
