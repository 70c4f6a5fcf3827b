"""One client's life, without I/O: who it is, what it may ask, what it is answered.

    opening ──first frame──▶ joining ──welcome──▶ player | game master | watcher ──▶ closed

A session reads frames (`on_frame`), tells actors, and writes to its outbox. It is the `Sender`
that actors answer to, the `Listener` that the hub shows pushes to and the `AckTarget` that hears
what was saved. Everything runs in the loop's thread; nothing waits.
"""

from collections.abc import Callable
from typing import Protocol

import pykka

from actors.dispatch import MailboxFull, mailbox_of
from actors.domain.commands import JoinTeam
from actors.domain.ids import HuntId, TeamId
from actors.domain.refusals import Reason, Refusal
from actors.ladder import Step
from actors.messages import Arrived, Join, Joined, Ref, Resume
from server import requests
from server.access import digest
from server.close_codes import CloseCode
from server.desk import Desk
from server.outbox import Outbox
from server.protocol import MalformedFrame, Wire
from server.replies import ErrorPush, Welcome
from server.rights import NAME_UNUSABLE, Rights, staffer_of
from server.session_input import SessionInput
from server.session_output import Stage
from server.welcome import game_master_welcome, player_welcome, watcher_welcome

EARLY_FRAMES_MAX = 16
"""Frames that a client may send before its welcome came."""


# A member of an enumeration costs ten times as much to look up as a name of the module.
_PLAYER = Stage.PLAYER


class Connection(Protocol):
    """What a session needs of its socket beside the outbox."""

    address: str
    """Where the client is, for slowing down guessing only."""

    def hang_up(self, code: CloseCode, /) -> None:
        """Start the closing handshake after what is in the outbox."""

    def allow_large_frames(self) -> None:
        """Accept frames of up to `SEED_FRAME_BYTES_MAX` from now on."""


class Session(SessionInput):
    """One client."""

    def __init__(self, desk: Desk, wire: Wire, outbox: Outbox, connection: Connection) -> None:
        super().__init__(desk, wire, outbox)
        self._connection = connection
        self._token = ""
        outbox.on_full = self.on_slow

    # Frames in ------------------------------------------------------------------------------

    def on_frame(self, data: bytes, is_text: bool) -> None:
        """One complete message came in."""
        try:
            if self.stage is _PLAYER and is_text is self._wire.is_text:
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
        rights = self._rights_of(opening.token)
        if rights is None:
            return
        staffer = staffer_of(rights, opening.name or "")
        if staffer is None:
            self.close(CloseCode.REFUSED, NAME_UNUSABLE)
            return
        hunt = HuntId(opening.hunt) if opening.hunt is not None else rights.hunt
        entry = self._desk.directory.find(hunt)
        if hunt is not None and (entry is None or not rights.cover(hunt)):
            self.close(CloseCode.UNKNOWN_HUNT, f"There is no hunt {hunt!r} here.")
            return
        self.rights, self.staffer, self.sees_server = rights, staffer, rights.sees_server
        self._token = opening.session or self._desk.access.make_token()
        self.session = digest("gm:" + self._token)
        self.hunt = entry.plan.hunt if entry is not None else None
        if rights.sees_server:
            self._connection.allow_large_frames()
        applied = self._desk.gm_applied(self.session)
        self._welcome(
            Stage.GAME_MASTER,
            game_master_welcome(
                self._desk, self.hunt, self.session, self._token, rights, staffer.name
            ),
        )
        if applied:
            self._outcome_n = applied
            self._desk.acks.add(self._desk.journal.tail, self, applied)
        if self.hunt is not None:
            self._desk.hub.add_game_master(self.hunt, self, is_welcomed=True)
        if entry is not None and entry.hunt is not None and mailbox_of(entry.hunt).has_room:
            entry.hunt.tell(Arrived(self.session, staffer))

    def _rights_of(self, token: str) -> Rights | None:
        """What a token gives the right to; None when it was told that it may not come in."""
        access, address, now = self._desk.access, self._connection.address, self._desk.now()
        rights = access.rights(token)
        if rights is not None and rights.member is not None:
            # No guess, so it never waits for others'; but each console may leave a record.
            if access.staff_arrivals.take(rights.hunt or "", rights.member.id, now):
                return rights
            self._close_for_guessing("Too many consoles were opened with this token: wait a moment")
        elif access.token_wait_s(address, now) > 0.0:
            self._close_for_guessing("Too many wrong tokens from here: wait a moment")
        elif rights is None:
            access.note_wrong_token(address, now)
            self.close(CloseCode.NOT_AUTHORISED, "This is no token for this console.")
        else:
            return rights
        return None

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

    def give_up(self, n: int, is_decided: bool) -> None:  # noqa: ARG002
        """Nothing can be told of a request: the client comes back, and sends it again."""
        self.close(CloseCode.INTERNAL_ERROR, "Cairn failed on this connection; connect again.")

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

    def on_staff_changed(self) -> None:
        """Somebody was invited, or an invitation was taken back: perhaps this one."""
        if self.stage is Stage.GAME_MASTER and not self._desk.access.is_invited(self.rights):
            self.close(CloseCode.NOT_AUTHORISED, "Your invitation was taken back.")

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
