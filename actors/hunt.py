"""The hunt actor: phases, the hunt's clock, announcements, freezing the leaderboard."""

from actors.context import HuntContext, refuse
from actors.dispatch import DispatchedActor
from actors.domain import hunt as rules
from actors.domain.events import (
    Announced,
    HuntEvent,
    LeaderboardFrozen,
    LeaderboardThawed,
    Record,
)
from actors.domain.hunt import HuntState, Tick
from actors.domain.ids import SessionId
from actors.domain.refusals import Refusal
from actors.domain.views import hunt_view
from actors.messages import (
    Accepted,
    Activate,
    AnnouncementMade,
    Order,
    PhaseChanged,
    Tock,
    Told,
)

TIMER_STEP_MAX_S = 30.0
"""Seconds between looks at the wall clock while a start or end is ahead: timers run on the
monotonic clock, and the wall clock may be set while they do."""


class HuntActor(DispatchedActor):
    """Decides what concerns the whole hunt, and fires its start and end by itself."""

    def __init__(self, context: HuntContext, state: HuntState) -> None:
        super().__init__(context.dispatcher)
        self.context = context
        self._state = state
        self._timers_set = 0
        self.untold: Record | None = None
        """Appended, and not told to all whom it concerns: should this actor fail, others do it."""

    @property
    def state(self) -> HuntState:
        """The hunt now. For the dispatcher's thread only; never changed from outside."""
        return self._state

    def on_receive(self, message: object) -> None:
        """Handle one message; see `actors.messages` for what each means."""
        match message:
            case Order():
                self._order(message)
            case Tock() | Activate():
                self._tick()
            case Told(record=record):
                self._show(record)
            case _:
                raise TypeError(f"a hunt cannot handle {type(message).__name__}")

    def _order(self, order: Order) -> None:
        now = self._dispatcher.now()
        event = rules.decide(self._state, order.command, now)  # type: ignore[arg-type]
        if isinstance(event, Refusal):
            refuse(order, event, self.context.journal)
            return
        assert event is not None
        record = self._append(event, now, order.sender.session, order.n)
        self._after(record)
        order.sender.answer(Accepted(order.n, record))
        self.untold = None

    def _tick(self) -> None:
        now = self._dispatcher.now()
        event = rules.decide(self._state, Tick(), now)
        if event is not None and not isinstance(event, Refusal):
            self._after(self._append(event, now))
            self.untold = None
        self._set_timer()

    def _append(
        self, event: HuntEvent, at: float, session: SessionId | None = None, n: int | None = None
    ) -> Record:
        journal = self.context.journal
        record = journal.draft(self.context.hunt, at, event, session, n)
        state = rules.evolve(self._state, record)
        self.untold = record
        journal.append(record)
        self._state = state
        return record

    def _after(self, record: Record) -> None:
        """Show it at once, disk or no disk: everybody must hear of a start or a warning."""
        if not isinstance(record.event, Announced | LeaderboardFrozen | LeaderboardThawed):
            for team in self.context.directory.teams.values():
                team.tell(Told(record))
            self._set_timer()
        self._show(record)

    def _show(self, record: Record) -> None:
        """Show it to people; a failed predecessor may not have come to that."""
        context, event = self.context, record.event
        if isinstance(event, Announced):
            made = self._state.announcements[-1]
            context.publisher.tell(AnnouncementMade(context.hunt, made))
        elif not isinstance(event, LeaderboardFrozen | LeaderboardThawed):
            view = hunt_view(context.plan, self._state.clock, record.at)
            context.publisher.tell(PhaseChanged(view))

    def _set_timer(self) -> None:
        """Set the timer anew; an earlier one counts no more, since the deadline may be another."""
        self._timers_set = timer = self._timers_set + 1
        deadline = rules.next_deadline(self._state)
        if deadline is not None:
            delay_s = min(max(deadline - self._dispatcher.now(), 0.0), TIMER_STEP_MAX_S)
            self._dispatcher.call_later(delay_s, lambda: self._ring(timer))

    def _ring(self, timer: int) -> None:
        if timer == self._timers_set and self.actor_ref.is_alive():
            self.actor_ref.tell(Tock())
