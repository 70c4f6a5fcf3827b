"""The incoming half of a session that was welcomed: requests, told to actors.

Who may ask what is decided here, by the kind of client and a game master's rights, so that nothing
reaches an actor that its sender may not ask. What is not allowed is refused in its turn.
"""

from actors.context import busy, close_gate
from actors.dispatch import mailbox_of
from actors.domain.commands import (
    Forbidden,
    HuntScoped,
    InvalidPlan,
    Malformed,
    Missing,
    PlayerCommand,
)
from actors.domain.ids import HuntId, PlayerId, SessionId, TeamId
from actors.domain.refusals import Reason, Refusal
from actors.domain.staff import Staffer
from actors.ladder import Shed, Step
from actors.messages import Joined, Ref, Refused, Request
from server import answers, requests
from server.desk import Desk
from server.invitation import Inviter
from server.outbox import Outbox
from server.protocol import MalformedFrame, Wire
from server.rights import OWNER, Rights, objection
from server.session_output import SessionOutput, Stage

IN_FLIGHT_MAX = 128
"""Requests of one connection without an answer: a phone that comes back after an hour offline
sends a few dozen. Beyond it: `busy`."""


class SessionInput(SessionOutput):
    """What one client asks, and on whose behalf."""

    def __init__(self, desk: Desk, wire: Wire, outbox: Outbox) -> None:
        super().__init__(desk, wire, outbox)
        self._early: list[bytes] = []
        self._is_reading_plan = False
        self.session = SessionId("")
        self.player: PlayerId | None = None
        self.staffer: Staffer | None = None
        self.rights: Rights = OWNER
        """Of a game master."""
        self.busy_from: int | None = None
        self.hunt: HuntId | None = None
        self.team: TeamId | None = None

    def _read_player(self, data: bytes) -> None:
        try:
            request = self._wire.player(data)
        except MalformedFrame as error:
            self._refuse_malformed(data, error)
            return
        watch = self._watch
        watch.kinds[type(request)] += 1
        if type(request) is requests.PositionReport:
            self._note_position(request)
        elif type(request) is requests.Ping:
            self._pong()
        else:
            watch.left -= 1
            if not watch.left:
                self._timed_n, self._timed_at = request.n, watch.begin()
            self._tell_team(request.n, requests.player_command(request))

    def _read_watcher(self, data: bytes) -> None:
        try:
            self._wire.watcher(data)
        except MalformedFrame:
            raise MalformedFrame("Watching is read only: nothing but `ping` may be sent.") from None
        self._watch.kinds[requests.Ping] += 1
        self._pong()

    def _refuse_malformed(self, data: bytes, error: MalformedFrame) -> None:
        """A bad request with a number is refused in its turn; one without ends the connection."""
        outline = self._wire.outline(data)
        if outline.n is None:
            raise error
        if self.stage is Stage.PLAYER:
            if outline.is_for_game_masters:
                self._tell_team(outline.n, Forbidden("Only a game master can do that."))
            else:
                self._tell_team(outline.n, Malformed(str(error)))
        elif outline.is_for_players:
            self._tell_console(outline.n, Forbidden("Only a player can do that."))
        else:
            self._tell_console(outline.n, Malformed(str(error)))

    def _tell_team(self, n: int, command: PlayerCommand | Malformed | Forbidden) -> None:
        assert self.hunt is not None and self.team is not None
        entry = self._desk.directory.hunts.get(self.hunt)
        if entry is not None:  # else: the hunt was just replaced, and this is about to be closed.
            self._tell(entry.teams[self.team], Request(self, n, command))

    def _tell(self, ref: Ref, request: Request) -> None:
        if self._in_flight < IN_FLIGHT_MAX and mailbox_of(ref).offer(request):
            self._in_flight += 1
        else:
            self._answer_busy(request.n)

    def _tell_console(
        self, n: int, command: HuntScoped | Shed | Malformed | Forbidden | Missing | InvalidPlan
    ) -> None:
        self._tell(self._desk.console(), Request(self, n, command))

    def _answer_busy(self, n: int) -> None:
        close_gate(self, n)
        self._desk.counters.refused[Reason.BUSY] += 1
        self._send(answers.refused(Refused(n, busy(self._desk.journal), 0), None))

    def _note_position(self, report: requests.PositionReport) -> None:
        if Step.MAP in self._desk.shedding.active:
            return
        assert self.hunt is not None and self.team is not None
        topics = self._desk.hub.hunts.get(self.hunt)
        if topics is not None:
            at = self._desk.now()
            topics.positions[self.team] = (report.lat, report.lon, report.accuracy, at)
            self._desk.hub.show_positions_soon(self.hunt)

    def _read_game_master(self, data: bytes) -> None:
        if self._is_reading_plan:
            self._hold(data)
            return
        try:
            request = self._wire.game_master(data)
        except MalformedFrame as error:
            self._refuse_malformed(data, error)
            return
        self._watch.kinds[type(request)] += 1
        if isinstance(request, requests.Ping):
            self._pong()
            return
        forbidden = objection(self.rights, request)
        if forbidden is not None:
            self._tell_console(request.n, Forbidden(forbidden))
        elif isinstance(request, requests.Seed):
            self._is_reading_plan = True
            self._desk.read_plan(request, lambda outcome: self._on_plan_read(request.n, outcome))
        elif isinstance(request, requests.Shed):
            self._tell_console(request.n, requests.shed_command(request))
        elif isinstance(request, requests.Invite):
            inviter = Inviter(self, self._desk.access.make_token)
            command = inviter.command(request, self.hunt)
            self._tell(self._desk.console(), Request(inviter, request.n, command))
        else:
            command = requests.game_master_command(request)
            if command.hunt is None and self.hunt is not None:
                command = HuntScoped(self.hunt, command.command)
            if isinstance(request, requests.Handle) and not self._is_shown(request, command.hunt):
                missing = Missing("There is no such message, or it is too old by now.")
                self._tell_console(request.n, missing)
            else:
                self._tell_console(request.n, command)

    def _is_shown(self, request: requests.Handle, hunt: HuntId | None) -> bool:
        """Whether consoles are shown the message; of a hunt that is not there others will say so."""
        entry = self._desk.directory.find(hunt)
        topics = None if entry is None else self._desk.hub.hunts.get(entry.plan.hunt)
        return topics is None or topics.board.progress.messages.get(request.message) is not None

    def _on_seeded(self, hunt: HuntId) -> None:
        if self.hunt is None:
            self.hunt = hunt
            self._desk.hub.add_game_master(hunt, self, is_welcomed=False)

    def _hold(self, data: bytes) -> None:
        """While a plan is being checked off the loop, what came after it waits its turn."""
        if len(self._early) < IN_FLIGHT_MAX:
            self._early.append(data)
            return
        n = self._wire.outline(data).n
        if n is not None:
            self._answer_busy(n)

    def _on_plan_read(self, n: int, outcome: HuntScoped | InvalidPlan) -> None:
        self._is_reading_plan = False
        if self.stage is not Stage.CLOSED:
            self._tell_console(n, outcome)
            self._read_early()

    def _read_early(self) -> None:
        early, self._early = self._early, []
        for data in early:
            self.on_frame(data, self._wire.is_text)

    def on_frame(self, data: bytes, is_text: bool) -> None:
        """One complete message came in."""
        raise NotImplementedError

    def joined(self, joined: Joined | Refusal) -> None:
        """The team's answer to the first frame."""
        raise NotImplementedError

    def give_up(self, n: int, is_decided: bool) -> None:
        """See `Sender`."""
        raise NotImplementedError
