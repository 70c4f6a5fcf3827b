"""Real sessions, hub and actors on virtual time; sockets that record what is written to them."""

import json
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

import msgpack  # type: ignore[import-untyped]

from actors.directory import Directory
from actors.domain.commands import StartHunt
from actors.domain.events import Record
from actors.domain.ids import HuntId, TeamId
from actors.domain.plan import HuntPlan
from actors.domain.staff import StaffMember
from actors.journal import Journal
from actors.ladder import Shed
from actors.messages import ActorFailed, CommittedRecords, Publisher
from actors.simulation.virtual import VirtualDispatcher
from server.access import Access, token_hash
from server.acks import Acks
from server.close_codes import CloseCode
from server.counters import Counters
from server.desk import Desk, PlanReply
from server.fanout import Fanout, Listener
from server.hub import Hub
from server.outbox import Flusher, Outbox
from server.plan_desk import check
from server.protocol import JsonWire, MsgpackWire, Wire
from server.requests import Seed
from server.session import Session
from server.session_output import Stage
from server.shedding import Shedding
from server.stopwatch import Stopwatch
from tests.actors.rig import Rig
from tests.domain.given import HUNT, OTTERS

KEY = bytes(range(32))
GM_TOKEN = "a-token-that-only-tests-know"
JSON, MSGPACK = JsonWire(), MsgpackWire()

Message = dict[str, Any]


def unframed(data: bytes) -> list[tuple[int, bytes]]:
    """The opcodes and payloads of whole, unmasked frames (RFC 6455, section 5.2)."""
    frames = []
    while data:
        assert data[0] & 0x80, "a fragment"
        assert not data[1] & 0x80, "a masked frame from a server"
        length, head = data[1], 2
        if length >= 126:
            size = 2 if length == 126 else 8
            length, head = int.from_bytes(data[2 : 2 + size], "big"), 2 + size
        assert len(data) >= head + length, "half a frame"
        frames.append((data[0] & 0x0F, data[head : head + length]))
        data = data[head + length :]
    return frames


class Socket:
    """A session's `Connection` and its outbox's `Port`: keeps everything."""

    def __init__(self, address: str = "192.0.2.1") -> None:
        self.address = address
        self.can_write = True
        self.written: list[bytes] = []
        self.hung_up: list[CloseCode] = []
        self.takes_large_frames = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def hang_up(self, code: CloseCode) -> None:
        self.hung_up.append(code)

    def allow_large_frames(self) -> None:
        self.takes_large_frames = True


class Client:
    """Somebody at the other end of a socket."""

    def __init__(self, server: "ServerRig", wire: Wire, address: str) -> None:
        self._server = server
        self._wire = wire
        self.socket = Socket(address)
        self.outbox = Outbox(self.socket, server.flusher)
        self.session = Session(server.desk, wire, self.outbox, self.socket)
        self._n = 0

    def frame(self, message: Message) -> bytes:
        if self._wire is MSGPACK:
            packed: bytes = msgpack.packb(message)
            return packed
        return json.dumps(message).encode()

    def tell(self, kind: str, **fields: Any) -> None:
        """Send a message without letting anybody handle it yet."""
        self.session.on_frame(self.frame({"t": kind, **fields}), self._wire.is_text)

    def ask(self, kind: str, **fields: Any) -> Message:
        """Send a numbered request; its answer."""
        self._n = n = fields.pop("n", self._n + 1)
        self.tell(kind, n=n, **fields)
        answers = [m for m in self.received() if m.get("n") == n and m["t"] != "saved"]
        assert len(answers) == 1, answers
        return answers[0]

    def open(self, kind: str, **fields: Any) -> Message:
        """Send a first message; the first answer."""
        self.tell(kind, **fields)
        return self.received()[0]

    def received(self) -> list[Message]:
        """What came since the last time, after everybody did what there was to do."""
        self._server.rig.run()
        written, self.socket.written = self.socket.written, []
        opcode = 1 if self._wire.is_text else 2
        payloads = []
        for kind, payload in unframed(b"".join(written)):
            assert kind == opcode
            payloads.append(payload)
        decode = json.loads if self._wire.is_text else msgpack.unpackb
        return [decode(payload) for payload in payloads]

    def kinds(self) -> list[str]:
        """The types of what came since the last time."""
        return [message["t"] for message in self.received()]

    @property
    def closed_with(self) -> CloseCode | None:
        return self.socket.hung_up[0] if self.socket.hung_up else None

    @property
    def stage(self) -> Stage:
        return self.session.stage


class ServerRig:
    """Everything of a server but its sockets, its disk and its clock."""

    def __init__(
        self,
        plan: HuntPlan | None = None,
        *,
        seed: int = 0,
        records: Sequence[Record] = (),
    ) -> None:
        self.access = Access(KEY, token_hash(GM_TOKEN))
        self.counters = Counters()
        self.failures: list[ActorFailed] = []
        self.plans: list[Callable[[], None]] = []
        self.is_reading_plans = True
        self.rig = Rig(
            plan,
            seed=seed,
            publisher=self._make_hub,
            records=records,
            switch=self._switch,
        )
        journal, dispatcher = self.rig.journal, self.rig.dispatcher
        self.acks = Acks(dispatcher.call_later)
        self.acks.start_at(journal.watermark)
        journal.listen(lambda records: self.hub.tell(CommittedRecords(tuple(records))))
        journal.listen(self.acks.on_commit)
        self.flusher = Flusher(dispatcher.call_soon)
        dispatcher.after_turn(self.flusher.flush)
        self.stopwatch = Stopwatch(dispatcher.monotonic)
        self.desk = self._make_desk()
        self.access.sessions.update(self.rig.recovery.sessions_in_force())

    def _make_desk(self) -> Desk:
        return Desk(
            access=self.access,
            directory=self.rig.directory,
            hub=self.hub,
            acks=self.acks,
            console=lambda: self.rig.console,
            counters=self.counters,
            now=self.rig.dispatcher.now,
            journal=self.rig.journal,
            shedding=self.shedding,
            live={},
            gm_applied=self.rig.recovery.console.of,
            stopwatch=self.stopwatch,
            read_plan=self._read_plan,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.rig.__exit__(kind, error, traceback)

    def _make_hub(
        self, directory: Directory, dispatcher: VirtualDispatcher, journal: Journal
    ) -> Publisher:
        self.fanout = Fanout(dispatcher.call_soon, dispatcher.call_later)
        self.shedding = Shedding(journal, dispatcher)
        self.hub = Hub(
            directory,
            self.fanout,
            dispatcher.now,
            dispatcher.call_later,
            self.shedding,
            dispatcher.monotonic,
        )
        self.hub.on_hunt_opened = lambda plan: self.access.codes.open_hunt(
            plan.hunt, [seat.id for seat in plan.teams]
        )
        self.hub.on_hunt_replaced = self._on_hunt_replaced
        self.hub.on_staff_changed = self._on_staff_changed
        self.hub.on_actor_failed = self.failures.append
        return self.hub

    def _switch(self, command: Shed) -> None:
        self.shedding.switch(command)

    def _on_hunt_replaced(self, hunt: HuntId, listeners: Sequence[Listener]) -> None:
        self.access.drop_hunt(hunt)
        for listener in listeners:
            assert isinstance(listener, Session)
            listener.on_hunt_replaced()

    def _on_staff_changed(self, hunt: HuntId, staff: Sequence[StaffMember]) -> None:
        self.access.set_staff(hunt, staff)
        for listener in tuple(self.hub.hunts[hunt].game_masters):
            assert isinstance(listener, Session)
            listener.on_staff_changed()

    def _read_plan(self, seed: Seed, reply: PlanReply) -> None:
        self.plans.append(lambda: reply(check(seed)))
        if self.is_reading_plans:
            self.rig.dispatcher.call_soon(self.read_plans)

    def read_plans(self) -> None:
        """Let the plan reader finish what it has."""
        plans, self.plans = self.plans, []
        for answer in plans:
            answer()

    # People ---------------------------------------------------------------------------------

    def connect(self, wire: Wire = JSON, address: str = "192.0.2.1") -> Client:
        """Somebody connects, and says nothing yet."""
        return Client(self, wire, address)

    def code(self, team: TeamId = OTTERS, hunt: HuntId = HUNT) -> str:
        return self.access.codes.of(hunt, team)

    def player(self, team: TeamId = OTTERS, name: str = "Ada", wire: Wire = JSON) -> Client:
        """Somebody who joined a team."""
        client = self.connect(wire)
        assert client.open("join", code=self.code(team), name=name)["t"] == "welcome"
        return client

    def game_master(self, wire: Wire = JSON) -> Client:
        """Somebody at the console."""
        client = self.connect(wire)
        assert client.open("gm", token=GM_TOKEN)["t"] == "welcome"
        return client

    def invitation(self, role: str, location: str | None = None, hunt: HuntId = HUNT) -> Message:
        """Somebody whom the owner lets help to run the hunt, with their token."""
        fields = {} if location is None else {"location": location}
        answer = self.game_master().ask("invite", name="Ben", role=role, hunt=hunt, **fields)
        invitation: Message = answer["staff"]
        return invitation

    def staff(self, role: str, location: str | None = None, hunt: HuntId = HUNT) -> Client:
        """Somebody who was invited, at the console."""
        client = self.connect()
        token = self.invitation(role, location, hunt)["token"]
        assert client.open("gm", token=token)["t"] == "welcome"
        return client

    def start(self) -> None:
        """Start the hunt, and save that."""
        self.rig.order(StartHunt())
        self.rig.commit()
