"""The hunt actor: phases, the hunt's clock, announcements, freezing the leaderboard, its staff."""

from actors.context import HuntContext, refuse
from actors.dispatch import DispatchedActor
from actors.domain import hunt as rules
from actors.domain import staff as staff_rules
from actors.domain.commands import HandleMessage, InviteStaff, RevokeStaff
from actors.domain.events import (
    Announced,
    HuntEvent,
    HuntExtended,
    HuntFinished,
    HuntPaused,
    HuntResumed,
    HuntStarted,
    Record,
    StaffInvited,
    StaffRevoked,
)
from actors.domain.hunt import HuntState, Tick
from actors.domain.ids import SessionId
from actors.domain.refusals import Refusal
from actors.domain.views import hunt_view
from actors.messages import (
    Accepted,
    Activate,
    AnnouncementMade,
    Arrived,
    Order,
    PhaseChanged,
    StaffChanged,
    Tock,
    Told,
)

TIMER_STEP_MAX_S = 30.0
"""Seconds between looks at the wall clock while a start or end is ahead: timers run on the
monotonic clock, and the wall clock may be set while they do."""


_OF_CLOCK = (HuntStarted, HuntPaused, HuntResumed, HuntExtended, HuntFinished)
"""Events that every team, and everybody who looks on, must know at once."""


class HuntActor(DispatchedActor):
    """Decides what concerns the whole hunt, and fires its start and end by itself."""

    def __init__(self, context: HuntContext, state: HuntState, folded_to: int = 0) -> None:
        super().__init__(context.dispatcher)
        self.context = context
        self._state = state
        self._folded_to = folded_to
        self._timers_set = 0

    @property
    def state(self) -> HuntState:
        """The hunt now. For the dispatcher's thread only; never changed from outside."""
        return self._state

    def on_receive(self, message: object) -> None:
        """Handle one message; see `actors.messages` for what each means."""
        match message:
            case Order():
                self._order(message)
            case Arrived():
                self._note_arrival(message)
            case Tock():
                self._tick()
            case Activate():
                if self._folded_to:
                    self._show_again()
                self._tick()
            case _:
                raise TypeError(f"a hunt cannot handle {type(message).__name__}")

    def _order(self, order: Order) -> None:
        now, command = self._dispatcher.now(), order.command
        event: HuntEvent | Refusal | None
        if isinstance(command, HandleMessage | InviteStaff | RevokeStaff):
            staff, plan = self._state.staff, self.context.plan
            event = staff_rules.decide(staff, command, order.sender.session, plan)
        else:
            event = rules.decide(self._state, command, now)  # type: ignore[arg-type]
        if isinstance(event, Refusal):
            refuse(order, event, self.context.journal)
            return
        assert event is not None
        record = self._append(event, now, order.sender.session, order.n)
        order.sender.answer(Accepted(order.n, record))
        self._after(record)

    def _note_arrival(self, arrived: Arrived) -> None:
        """Journal who sits at a console, unless it is known, or the disk cannot take any more."""
        event = staff_rules.arrival(self._state.staff, arrived.session, arrived.staffer)
        if event is not None and not self.context.journal.is_exhausted:
            self._append(event, self._dispatcher.now(), arrived.session)

    def _tick(self) -> None:
        now = self._dispatcher.now()
        event = rules.decide(self._state, Tick(), now)
        if event is not None and not isinstance(event, Refusal):
            self._after(self._append(event, now))
        self._set_timer()

    def _append(
        self, event: HuntEvent, at: float, session: SessionId | None = None, n: int | None = None
    ) -> Record:
        journal = self.context.journal
        record = journal.draft(self.context.hunt, at, event, session, n)
        state = rules.evolve(self._state, record)
        journal.append(record)
        self._state = state
        return record

    def _after(self, record: Record) -> None:
        """Show it at once, disk or no disk: everybody must hear of a start or a warning."""
        context, event = self.context, record.event
        if isinstance(event, Announced):
            made = self._state.announcements[-1]
            context.publisher.tell(AnnouncementMade(context.hunt, made))
        elif isinstance(event, StaffInvited | StaffRevoked):
            self._show_staff()
        elif isinstance(event, _OF_CLOCK):
            for team in context.directory.teams.values():
                team.tell(Told(record))
            view = hunt_view(context.plan, self._state.clock, record.at)
            context.publisher.tell(PhaseChanged(view))
            self._set_timer()

    def _show_staff(self) -> None:
        members = tuple(self._state.staff.members.values())
        self.context.publisher.tell(StaffChanged(self.context.hunt, members))

    def _show_again(self) -> None:
        """Show whatever a failed predecessor may not have come to show."""
        context, state = self.context, self._state
        for made in state.announcements[-1:]:
            context.publisher.tell(AnnouncementMade(context.hunt, made))
        view = hunt_view(context.plan, state.clock, self._dispatcher.now())
        context.publisher.tell(PhaseChanged(view))
        self._show_staff()

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
