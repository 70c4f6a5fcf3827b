"""The team actor: runs one team's commands in arrival order; the sole owner of its state."""

from collections import deque

from msgspec.structs import replace

from actors.applied import AppliedNumbers
from actors.context import HuntContext, busy, is_gated, open_gate, refuse
from actors.dispatch import REQUESTS_WAITING_MAX, DispatchedActor
from actors.domain import team as rules
from actors.domain.commands import Claim, Forbidden, Malformed
from actors.domain.events import (
    AnnouncementSeen,
    ClaimFailed,
    FindRestored,
    FindVoided,
    HintBought,
    HintGranted,
    HuntExtended,
    LocationFound,
    PlayerJoined,
    Record,
    TeamDisqualified,
    TeamSpoke,
    TeamSteered,
)
from actors.domain.ids import LocationId, SessionId
from actors.domain.plan import Route
from actors.domain.refusals import Reason, Refusal
from actors.domain.team import TeamState
from actors.domain.views import LocationView, team_view, unlocked_views
from actors.messages import (
    Accepted,
    Activate,
    Arbitrate,
    Join,
    Joined,
    LocationsChanged,
    Order,
    PlaceFreed,
    Refused,
    Request,
    Resume,
    Sender,
    Steering,
    TeamChanged,
    Told,
    Verdict,
)


class TeamActor(DispatchedActor):
    """Checks what only the team knows, asks locations to arbitrate the rest, answers.

    While a location decides (microseconds: same dispatcher), the team's later requests are
    stashed, so the order in which a team acts is the order in the journal.
    """

    def __init__(
        self, context: HuntContext, state: TeamState, applied: AppliedNumbers, folded_to: int = 0
    ) -> None:
        super().__init__(context.dispatcher)
        self.context = context
        self._state = state
        self._applied = applied
        self._folded_to = folded_to
        self._claiming: Request | None = None
        self._asked: Arbitrate | Steering | None = None
        self._candidates: list[LocationId] = []
        self._dead_end: LocationId | None = None
        self._must_steer_again = False
        self._is_guided = context.plan.route is not Route.FREE
        self._stash: deque[Request | Order] = deque()

    @property
    def state(self) -> TeamState:
        """The team now. For the dispatcher's thread only; never changed from outside."""
        return self._state

    @property
    def applied(self) -> AppliedNumbers:
        """How far each of the team's sessions got. For the dispatcher's thread only."""
        return self._applied

    def on_receive(self, message: object) -> None:
        """Handle one message; see `actors.messages` for what each means."""
        if type(message) is Request:
            self._take(message)
        elif type(message) is Verdict:
            self._on_verdict(message)
        else:
            self._receive_rarer(message)

    def _receive_rarer(self, message: object) -> None:
        match message:
            case Order():
                self._take(message)
            case Told():
                self._on_told(message.record)
            case Join():
                self._on_join(message)
            case Resume():
                self._on_resume(message.sender)
            case PlaceFreed():
                self._steer()
            case Activate():
                if self._folded_to:  # Whatever its predecessor did not come to show.
                    self._show_team(None)
                self._steer()
            case _:
                raise TypeError(f"a team cannot handle {type(message).__name__}")

    def on_stop(self) -> None:
        """Let go of what is open.

        What it asked names this actor, and the collector looks into no message: neither would
        ever be freed.
        """
        self._claiming = self._asked = None
        self._stash.clear()

    def orphans(self) -> list[Request | Order]:
        """The open requests of an actor that failed, in the order in which they came."""
        claiming = self._claiming
        if claiming is None or (self._stash and claiming is self._stash[0]):
            return list(self._stash)
        return [claiming, *self._stash]

    # Requests -------------------------------------------------------------------------------

    @property
    def _is_waiting(self) -> bool:
        return self._claiming is not None or bool(self._candidates)

    def _take(self, request: Request | Order) -> None:
        if self._claiming is None and not self._candidates:
            self._perform(request)
        elif isinstance(request, Order) or len(self._stash) < REQUESTS_WAITING_MAX:
            # An order is past the console, which took its number: it cannot be sent again.
            self._stash.append(request)
        else:
            refuse(request, busy(self.context.journal), self.context.journal)

    def _unstash(self) -> None:
        while self._stash and not self._is_waiting:
            # Taken out only afterwards: should it fail, it is among the orphans.
            self._perform(self._stash[0])
            self._stash.popleft()

    def _perform(self, request: Request | Order) -> None:
        if type(request) is Request:
            if refusal := self._admit(request):
                refuse(request, refusal, self.context.journal)
                return
            if type(request.command) is Claim:
                self._claim(request, request.command)
                return
        self._decide(request)

    def _admit(self, request: Request) -> Refusal | None:
        """Exactly once, in order, and only as fast as the journal can follow."""
        sender = request.sender
        refusal = self._applied.refusal(sender.session, request.n)
        if refusal is not None:
            open_gate(request)
            return refusal
        if self.context.journal.is_full:
            return busy(self.context.journal)
        if sender.busy_from is not None:
            if is_gated(request):
                # The gate stays at the first number that was answered busy.
                return busy(self.context.journal)
            open_gate(request)
        if sender.session not in self._state.sessions:
            return Refusal(Reason.NOT_ALLOWED, "This device left the team; join again.")
        return None

    def _claim(self, request: Request, claim: Claim) -> None:
        context, sender, now = self.context, request.sender, self._dispatcher.now()
        assert sender.player is not None
        attempt = rules.check_claim(self._state, claim, sender.player, context.plan, now)
        if type(attempt) is Refusal:
            self._refuse(request, attempt)
            return
        self._claiming = request
        self._asked = asked = Arbitrate(attempt, sender.session, request.n, now, self.actor_ref)
        context.directory.locations[claim.location].tell(asked)

    def _decide(self, request: Request | Order) -> None:
        command = request.command
        if isinstance(command, Malformed):
            self._refuse(request, Refusal(Reason.MALFORMED, command.message))
            return
        if isinstance(command, Forbidden):
            self._refuse(request, Refusal(Reason.NOT_ALLOWED, command.message))
            return
        now, plan = self._dispatcher.now(), self.context.plan
        event = rules.decide(self._state, command, request.sender.player, plan, now)  # type: ignore[arg-type]
        if isinstance(event, Refusal):
            self._refuse(request, event)
            return
        journal = self.context.journal
        record = journal.draft(plan.hunt, now, event, request.sender.session, request.n)
        before, state = self._state, rules.evolve(self._state, record, plan)
        journal.append(record)
        self._state = state
        if isinstance(event, TeamDisqualified) and before.target is not None:
            # The place that was kept for the team there is free again.
            self.context.directory.locations[before.target].tell(Told(record))
        self._accept(request, record)

    def _refuse(self, request: Request | Order, refusal: Refusal) -> None:
        # A refusal leaves no record. Noted before it is told, it would be lost by a failure here:
        # the request would come again and be told no more than that it was dealt with.
        try:
            refuse(request, refusal, self.context.journal)
        except BaseException:
            if request.sender.has_outcome(request.n):  # It failed after the answer was given.
                self._note(request)
            raise
        self._note(request)

    def _note(self, request: Request | Order) -> None:
        if isinstance(request, Request):
            self._applied.note(request.sender.session, request.n)

    def _accept(self, request: Request | Order, record: Record) -> None:
        sender, event, state = request.sender, record.event, self._state
        if isinstance(request, Request):
            self._applied.note(sender.session, request.n)
        text = None
        if isinstance(event, HintBought):
            text = rules.hint_text(event, self.context.plan)
        sender.answer(Accepted(request.n, record, state.score, text=text))
        match event:
            case HintBought():
                self._show_locations((event.location,), sender)
            case HintGranted():
                self._show_locations((event.location,), None)
            case TeamSpoke() | AnnouncementSeen():
                pass
            case _:
                self._show_team(None)
                self._steer()

    # Verdicts -------------------------------------------------------------------------------

    def _on_verdict(self, verdict: Verdict) -> None:
        outcome = verdict.outcome
        if verdict.asked is self._asked:
            self._asked = None
            if self._claiming is not None:
                self._finish_claim(self._claiming, outcome)
            else:
                self._finish_steering(outcome)
        elif isinstance(outcome, Record):  # A predecessor that failed had asked.
            self._applied.note_record(outcome)
            self._on_told(outcome)
        if self._must_steer_again and not self._is_waiting:
            self._must_steer_again = False
            self._steer()
        if self._stash:
            self._unstash()

    def _finish_claim(self, request: Request, outcome: Record | Refusal) -> None:
        # It counts as open until it was answered: should anything fail before, it is an orphan.
        if type(outcome) is Refusal:
            self._refuse(request, outcome)
            self._claiming = None
            self._leave_dead_end(request, outcome)
            return
        before, plan = self._state, self.context.plan
        self._state = state = rules.evolve(before, outcome, plan)
        event, sender, n = outcome.event, request.sender, request.n
        self._applied.note(sender.session, n)
        if type(event) is ClaimFailed:
            score = state.score if event.penalty else None
            refusal = rules.refusal_of(event, outcome.at)
            sender.answer(Refused(n, refusal, outcome.position, score))
            self._claiming = None
            self._show_locations((event.location,), sender)
            return
        assert type(event) is LocationFound
        location = event.location
        changed: tuple[LocationId, ...] = (location,)
        unlocked: tuple[LocationView, ...] = ()
        if location in plan.index.unlocks:
            unlocked = unlocked_views(before, state, location, plan, outcome.at)
            changed += tuple(view.id for view in unlocked)
        sender.answer(Accepted(n, outcome, state.score, unlocked))
        self._claiming = None
        self._show_locations(changed, sender)
        if self._is_guided:
            self._steer()

    # What others decided --------------------------------------------------------------------

    def _on_told(self, record: Record) -> None:
        if record.position <= self._folded_to:
            return
        before = self._state
        self._state = state = rules.evolve(before, record, self.context.plan)
        if state is before or isinstance(record.event, HuntExtended):
            return  # Time alone changes nothing that a phone is shown of its team.
        if isinstance(record.event, FindVoided | FindRestored):
            self._dead_end = None
        self._show_team(None)
        self._steer()
        self._unstash()

    # Joining --------------------------------------------------------------------------------

    def _on_join(self, join: Join) -> None:
        context, sender = self.context, join.sender
        if context.journal.is_full:
            sender.joined(busy(context.journal))
            return
        now = self._dispatcher.now()
        command = join.command
        if len(self._state.sessions) >= rules.TEAM_SESSIONS_MAX:
            away = (one for one in self._state.sessions if not join.is_connected(one))
            command = replace(command, instead_of=next(away, None))
        event = rules.decide(self._state, command, None, context.plan, now)
        if isinstance(event, Refusal):
            sender.joined(event)
            return
        assert isinstance(event, PlayerJoined)
        is_known = event.player in self._state.players
        record = context.journal.draft(context.hunt, now, event, sender.session)
        state = rules.evolve(self._state, record, context.plan)
        context.journal.append(record)
        self._state = state
        self._applied.forget(event.replaced)
        sender.joined(self._welcome(sender, event.player, event.replaced))
        if not is_known:
            self._show_team(sender)
        self._steer()

    def _on_resume(self, sender: Sender) -> None:
        player = self._state.sessions.get(sender.session)
        if player is None:
            sender.joined(
                Refusal(Reason.NOT_ALLOWED, "This device left the team; join again with the code.")
            )
        else:
            sender.joined(self._welcome(sender, player))

    def _welcome(self, sender: Sender, player: object, replaced: SessionId | None = None) -> Joined:
        context, state = self.context, self._state
        known = next(key for key in state.players if key == player)
        return Joined(
            hunt=context.hunt,
            team=team_view(state, context.plan, self._dispatcher.now()),
            player=known,
            name=state.players[known],
            applied=self._applied.of(sender.session),
            position=context.journal.tail,
            replaced=replaced,
        )

    # Steering -------------------------------------------------------------------------------

    def _steer(self) -> None:
        """On a guided route, look for the next location that has a place for this team."""
        if not self._is_guided:
            return
        if self._is_waiting:
            self._must_steer_again = True
            return
        state = self._state
        if self._dead_end is not None and state.target == self._dead_end:
            state = replace(state, target=None)
        candidates = rules.steering_candidates(state, self.context.plan)
        self._candidates = [place for place in candidates if place != self._dead_end]
        self._ask_next()

    def _ask_next(self) -> None:
        if self._candidates:
            self._asked = Steering(self._state.id, self.actor_ref)
            self.context.directory.locations[self._candidates[0]].tell(self._asked)
        elif self._state.target is None:
            self._show_team(None)  # The route leads nowhere now; phones show where it led last.

    def _finish_steering(self, outcome: Record | Refusal) -> None:
        asked = self._candidates.pop(0)
        if isinstance(outcome, Refusal):
            if rules.must_wait_for(self.context.plan.route, outcome):
                self._candidates = []
            self._ask_next()
            return
        assert isinstance(outcome.event, TeamSteered)
        self._candidates = []
        self._dead_end = None
        self._state = rules.evolve(self._state, outcome, self.context.plan)
        self._show_locations((asked,), None)
        self._show_team(None)

    def _leave_dead_end(self, request: Request, refusal: Refusal) -> None:
        """A target that can no longer be found must not hold its team for ever."""
        command = request.command
        if (
            refusal.reason in (Reason.STOCK_GONE, Reason.CLOSED)
            and isinstance(command, Claim)
            and command.location == self._state.target
        ):
            self._dead_end = command.location
            self._steer()

    # Shown to the team itself, at once ------------------------------------------------------

    def _show_team(self, but: Sender | None) -> None:
        hunt, team = self.context.hunt, self._state.id
        if self.context.publisher.has_audience(hunt, team, but):
            self.context.publisher.tell(TeamChanged(hunt, team, self._state, but))

    def _show_locations(self, locations: tuple[LocationId, ...], but: Sender | None) -> None:
        context, team = self.context, self._state.id
        publisher, hunt = context.publisher, context.plan.hunt
        if publisher.has_audience(hunt, team, but):
            publisher.tell(LocationsChanged(hunt, team, self._state, locations, but))
