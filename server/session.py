"""One client's life, without I/O: who it is, what it may ask, what it is answered.

    opening ──first frame──▶ joining ──welcome──▶ player | game master | watcher ──▶ closed

A session reads frames (`on_frame`), tells actors, and writes to its outbox. It is the `Sender`
that actors answer to, the `Listener` that the hub shows pushes to and the `AckTarget` that hears
what was saved. Everything runs in the loop's thread; nothing waits.
"""

from collections.abc import Callable
from typing import Protocol

import pykka

from actors.context import busy, close_gate
from actors.dispatch import MailboxFull, mailbox_of
from actors.domain.commands import (
    Forbidden,
    HuntScoped,
    InvalidPlan,
    JoinTeam,
    Malformed,
    PlayerCommand,
)
from actors.domain.ids import HuntId, PlayerId, SessionId, TeamId
from actors.domain.refusals import Reason, Refusal
from actors.ladder import Shed, Step
from actors.messages import Join, Joined, Ref, Refused, Request, Resume
from server import answers, requests
from server.access import digest
from server.close_codes import CloseCode
from server.desk import Desk
from server.outbox import Outbox
from server.protocol import MalformedFrame, Wire
from server.replies import ErrorPush, Welcome
from server.session_output import SessionOutput, Stage
from server.welcome import game_master_welcome, player_welcome, watcher_welcome

IN_FLIGHT_MAX = 128
"""Requests of one connection without an answer: a phone that comes back after an hour offline
sends a few dozen. Beyond it: `busy`."""

EARLY_FRAMES_MAX = 16
"""Frames that a client may send before its welcome came."""


class Connection(Protocol):
    """What a session needs of its socket beside the outbox."""

    address: str
    """Where the client is, for slowing down guessing only."""

    def hang_up(self, code: CloseCode, /) -> None:
        """Start the closing handshake after what is in the outbox."""

    def allow_large_frames(self) -> None:
        """Accept frames of up to `SEED_FRAME_BYTES_MAX` from now on."""


class Session(SessionOutput):
    """One client."""

    def __init__(self, desk: Desk, wire: Wire, outbox: Outbox, connection: Connection) -> None:
        super().__init__(desk, wire, outbox)
        self._connection = connection
        self._token = ""
        self._early: list[bytes] = []
        self._is_reading_plan = False
        self.session = SessionId("")
        self.player: PlayerId | None = None
        self.busy_from: int | None = None
        self.hunt: HuntId | None = None
        self.team: TeamId | None = None
        outbox.on_full = self.on_slow

    # Frames in ------------------------------------------------------------------------------

    def on_frame(self, data: bytes, is_text: bool) -> None:
        """One complete message came in."""
        try:
            if self.stage is Stage.PLAYER and is_text is self._wire.is_text:
                self._read_player(data)  # Nearly always; the rest of a session is short.
            elif is_text is not self._wire.is_text:
                expected = "text" if self._wire.is_text else "binary"
                self.close(CloseCode.UNSUPPORTED, f"{self._wire.name} uses {expected} frames only.")
            else:
                self._read(data)
        except MalformedFrame as error:
            self.close(CloseCode.MALFORMED, str(error))

    def _read(self, data: bytes) -> None:
        match self.stage:
            case Stage.GAME_MASTER:
                self._read_game_master(data)
            case Stage.OPENING:
                self._open(self._wire.opening(data))
            case Stage.JOINING:
                if len(self._early) >= EARLY_FRAMES_MAX:
                    raise MalformedFrame("Wait for the welcome before sending requests.")
                self._early.append(data)
            case Stage.WATCHER:
                self._read_watcher(data)
            case Stage.CLOSED:
                pass

    def _read_player(self, data: bytes) -> None:
        try:
            request = self._wire.player(data)
        except MalformedFrame as error:
            self._refuse_malformed(data, error)
            return
        if isinstance(request, requests.Unnumbered):
            if isinstance(request, requests.PositionReport):
                self._note_position(request)
            else:
                self._pong()
        else:
            self._tell_team(request.n, requests.player_command(request))

    def _read_watcher(self, data: bytes) -> None:
        try:
            self._wire.watcher(data)
        except MalformedFrame:
            raise MalformedFrame("Watching is read only: nothing but `ping` may be sent.") from None
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
            self._tell(self._desk.console(), outline.n, Forbidden("Only a player can do that."))
        else:
            self._tell(self._desk.console(), outline.n, Malformed(str(error)))

    def _tell_team(self, n: int, command: PlayerCommand | Malformed | Forbidden) -> None:
        assert self.hunt is not None and self.team is not None
        entry = self._desk.directory.hunts.get(self.hunt)
        if entry is not None:  # else: the hunt was just replaced, and this is about to be closed.
            self._tell(entry.teams[self.team], n, command)

    def _tell(
        self,
        ref: Ref,
        n: int,
        command: PlayerCommand | HuntScoped | Shed | Malformed | Forbidden | InvalidPlan,
    ) -> None:
        if self._in_flight >= IN_FLIGHT_MAX or not mailbox_of(ref).has_room:
            self._answer_busy(n)
            return
        self._in_flight += 1
        try:
            ref.tell(Request(self, n, command))
        except (MailboxFull, pykka.ActorDeadError):
            self._in_flight -= 1
            self._answer_busy(n)

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
        if isinstance(request, requests.Ping):
            self._pong()
            return
        if isinstance(request, requests.Seed):
            self._is_reading_plan = True
            self._desk.read_plan(request, lambda outcome: self._on_plan_read(request.n, outcome))
            return
        if isinstance(request, requests.Shed):
            self._tell(self._desk.console(), request.n, requests.shed_command(request))
            return
        command = requests.game_master_command(request)
        if command.hunt is None and self.hunt is not None:
            command = HuntScoped(self.hunt, command.command)
        self._tell(self._desk.console(), request.n, command)

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
            self._tell(self._desk.console(), n, outcome)
            self._read_early()

    def _read_early(self) -> None:
        early, self._early = self._early, []
        for data in early:
            self.on_frame(data, self._wire.is_text)

    # The first frame ------------------------------------------------------------------------

    def _open(self, opening: requests.Opening) -> None:
        match opening:
            case requests.Join(session=None):
                self._open_join(opening)
            case requests.Join(session=str(token)):
                self._open_resume(token)
            case requests.GameMaster():
                self._open_game_master(opening)
            case requests.Watch(hunt=hunt):
                self._open_watch(HuntId(hunt))

    def _open_join(self, join: requests.Join) -> None:
        if join.code is None or join.name is None:
            raise MalformedFrame("Expected `code` and `name`, or `session`.")
        if Step.JOINS in self._desk.shedding.active:
            # Before the code is looked at: right or wrong, it is not tried.
            self.close(CloseCode.SERVER_FULL, "Cairn takes no new players just now; try again.")
            return
        access, address, now = self._desk.access, self._connection.address, self._desk.now()
        if access.code_wait_s(join.code, address, now) > 0.0:
            self._close_for_guessing("Too many wrong codes from here: use your team's long code")
            return
        owner = access.codes.owner(join.code)
        if owner is None:
            access.note_wrong_code(join.code, address, now)
            self.close(CloseCode.UNKNOWN_CODE, "No team has this code; check it on your card.")
            return
        if not access.team_joins.take(*owner, now):
            self._close_for_guessing("Too many phones join this team: wait a moment")
            return
        self._token = self._desk.access.make_token()
        self.session = digest(self._token)
        command = JoinTeam(join.name or "")
        is_connected = self._desk.live.__contains__
        self._enter(owner, lambda team: team.tell(Join(self, command, is_connected)))

    def _close_for_guessing(self, why: str) -> None:
        self.close(CloseCode.TOO_MANY_TRIES, f"{why}, or try again in a few seconds.")

    def _open_resume(self, token: str) -> None:
        self._token, self.session = token, digest(token)
        owner = self._desk.access.sessions.get(self.session)
        if owner is None:
            # No guess: nobody finds one of 128 random bits by trying.
            self.close(CloseCode.UNKNOWN_SESSION, "This session is not known; join with the code.")
            return
        self._enter(owner, lambda team: team.tell(Resume(self)))

    def _enter(self, owner: tuple[HuntId, TeamId], ask: Callable[[Ref], None]) -> None:
        entry = self._desk.directory.hunts.get(owner[0])
        if entry is None:
            self.close(CloseCode.UNKNOWN_HUNT, "This hunt is not open.")
            return
        self.hunt, self.team = owner
        team = entry.teams[self.team]
        self.stage = Stage.JOINING
        try:
            ask(team)
        except (MailboxFull, pykka.ActorDeadError):
            self.close(CloseCode.SERVER_FULL, "Cairn is very busy; connect again.")

    def _open_game_master(self, opening: requests.GameMaster) -> None:
        access, address, now = self._desk.access, self._connection.address, self._desk.now()
        if access.token_wait_s(address, now) > 0.0:
            self._close_for_guessing("Too many wrong tokens from here: wait a moment")
            return
        if not access.is_game_master(opening.token):
            access.note_wrong_token(address, now)
            self.close(CloseCode.NOT_AUTHORISED, "This is not the game master's token.")
            return
        hunt = HuntId(opening.hunt) if opening.hunt is not None else None
        entry = self._desk.directory.find(hunt)
        if hunt is not None and entry is None:
            self.close(CloseCode.UNKNOWN_HUNT, f"There is no hunt {hunt!r} here.")
            return
        self._token = opening.session or self._desk.access.make_token()
        self.session = digest("gm:" + self._token)
        self.hunt = entry.plan.hunt if entry is not None else None
        self._connection.allow_large_frames()
        applied = self._desk.gm_applied(self.session)
        self._welcome(
            Stage.GAME_MASTER, game_master_welcome(self._desk, self.hunt, self.session, self._token)
        )
        if applied:
            self._outcome_n = applied
            self._desk.acks.add(self._desk.journal.tail, self, applied)
        if self.hunt is not None:
            self._desk.hub.add_game_master(self.hunt, self, is_welcomed=True)

    def _open_watch(self, hunt: HuntId) -> None:
        if hunt not in self._desk.hub.hunts:
            self.close(CloseCode.UNKNOWN_HUNT, f"There is no hunt {hunt!r} here.")
            return
        self.hunt = hunt
        self._welcome(Stage.WATCHER, watcher_welcome(self._desk, hunt))
        self._desk.hub.add_watcher(hunt, self)

    def joined(self, joined: Joined | Refusal) -> None:
        """The team's answer to the first frame."""
        if isinstance(joined, Joined) and joined.replaced is not None:
            self._desk.access.sessions.pop(joined.replaced, None)
        if self.stage is not Stage.JOINING:
            return  # Closed in the meantime.
        if isinstance(joined, Refusal):
            self._on_join_refused(joined)
            return
        assert self.team is not None
        self.player = joined.player
        self._desk.access.sessions[self.session] = (joined.hunt, self.team)
        self._welcome(Stage.PLAYER, player_welcome(self._desk, joined, self._token))
        self._desk.hub.add_player(joined.hunt, self.team, self)
        if joined.applied:
            self._outcome_n = joined.applied
            self._desk.acks.add(joined.position, self, joined.applied)
        self._read_early()  # Last, since one of them may end the session.

    def _on_join_refused(self, refusal: Refusal) -> None:
        if refusal.reason in (Reason.BUSY, Reason.INTERNAL):
            self.close(CloseCode.SERVER_FULL, refusal.message)
        elif refusal.reason is Reason.NOT_ALLOWED:
            self.close(CloseCode.UNKNOWN_SESSION, refusal.message)
        else:
            self.close(CloseCode.REFUSED, refusal.message)

    def _welcome(self, stage: Stage, welcome: Welcome) -> None:
        """Take the session over from an older connection, and send the snapshot."""
        live = self._desk.live
        older = live.get(self.session) if self.session else None
        if self.session:
            live[self.session] = self
        if isinstance(older, Session):
            older.close(CloseCode.TAKEN_OVER, "This session went on on another connection.")
        self.stage = stage
        self._send(welcome)

    # The end --------------------------------------------------------------------------------

    def close(self, code: CloseCode, message: str) -> None:
        """Say why, then close."""
        if self.stage is Stage.CLOSED:
            return
        self._desk.counters.closed[code.name.lower()] += 1
        if code is not CloseCode.SLOW_CONSUMER:
            self._send(ErrorPush(code.name.lower(), message))
        self._leave()
        self._connection.hang_up(code)

    def on_disconnected(self) -> None:
        """The socket is gone."""
        if self.stage is not Stage.CLOSED:
            self._leave()

    def on_hunt_replaced(self) -> None:
        """The hunt was seeded anew: whoever played or watched it starts over."""
        self.close(CloseCode.HUNT_REPLACED, "This hunt was set up anew; join again.")

    def on_auth_deadline(self) -> None:
        """The time for a first message is over."""
        if self.stage is Stage.OPENING:
            self.close(CloseCode.AUTH_TIMEOUT, "Nothing was sent; say `join`, `gm` or `watch`.")

    def on_slow(self) -> None:
        """The client does not read what it is sent."""
        self._outbox.clear()
        self.close(CloseCode.SLOW_CONSUMER, "This connection is too slow; connect again.")

    def _leave(self) -> None:
        self.stage = Stage.CLOSED
        if self.hunt is not None:
            self._desk.hub.remove(self.hunt, self.team, self)
        if self._desk.live.get(self.session) is self:
            del self._desk.live[self.session]
