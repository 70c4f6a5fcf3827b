"""Cairn's own Pykka actor type: many actors on one shared dispatcher instead of a thread each.

Pykka names three hooks for implementors of new actor types; `DispatchedActor` fills them in.
Telling an idle actor puts its mailbox on the dispatcher's ready queue; `Dispatcher.run_turn` runs
ready mailboxes, a bounded number of messages at a time, so that one busy actor cannot starve the
others. Everything here belongs to one thread, the dispatcher's.

Differences from `pykka.ThreadingActor`, each on purpose:

- An exception in a told message does not kill the actor: it is contained and handed to the
  dispatcher's failure listener (the supervisor), whatever its type. In Pykka's own loop a
  `CancelledError` in one actor stops every actor of the process.
- The inbox is bounded and raises `MailboxFull` instead of blocking the teller.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Any

import pykka
from pykka._envelope import Envelope
from pykka.messages import _ActorStop as ActorStop

MAILBOX_MESSAGES_MAX = 65_536
"""Messages. Far beyond what a healthy hunt queues (one per team at a location, 20,000 teams); a
mailbox that gets here belongs to an actor that does not run, and memory must not follow it."""

REQUESTS_WAITING_MAX = 256
"""Messages in a mailbox beyond which players' requests are answered `busy`: about 10 ms of one
actor's work, and far more than the phones of one team have in flight."""

MESSAGES_PER_ACTOR_MAX = 32
"""Messages that one actor handles before the next ready one gets its chance: about 1 ms."""

TURN_MESSAGES_MAX = 8_192
"""Messages in one dispatcher turn, about 40 ms when there is that much to do: after that, sockets
get their chance. Larger turns pack more answers into one write per client."""


class MailboxFull(Exception):
    """The mailbox holds as many messages as it may; the teller must shed or wait."""


class Mailbox:
    """A dispatched actor's inbox: first in, first out, bounded, woken by its dispatcher.

    It holds bare messages, and Pykka's envelopes only where somebody waits for a reply: an
    envelope and a liveness check for each message would cost as much as handling it.
    """

    __slots__ = ("_actor", "_dispatcher", "_is_closed", "_is_ready", "_messages", "is_suspended")

    def __init__(self) -> None:
        self._messages: deque[Any] = deque()
        self._actor: DispatchedActor | None = None
        self._dispatcher: Dispatcher | None = None
        self._is_ready = False
        self._is_closed = False
        self.is_suspended = False

    def __len__(self) -> int:
        return len(self._messages)

    def bind(self, actor: "DispatchedActor", dispatcher: "Dispatcher") -> None:
        """Connect the mailbox to its owner; from now on a message makes it ready."""
        self._actor, self._dispatcher = actor, dispatcher
        self._wake()

    @property
    def has_room(self) -> bool:
        """Whether another player's request may be queued here."""
        return len(self._messages) < REQUESTS_WAITING_MAX

    def tell(self, message: Any) -> None:
        """Queue a message. `ActorRef.tell` of a dispatched actor is this method.

        Dispatcher's thread only.

        Raises:
            ActorDeadError: the actor was stopped.
            MailboxFull: `MAILBOX_MESSAGES_MAX` are queued already; nothing was added.
        """
        messages = self._messages
        if self._is_closed:
            raise pykka.ActorDeadError(f"{self._actor} was stopped")
        if len(messages) >= MAILBOX_MESSAGES_MAX:
            raise MailboxFull(f"{self._actor} has {MAILBOX_MESSAGES_MAX} messages waiting")
        messages.append(message)
        if not self._is_ready and not self.is_suspended and self._dispatcher is not None:
            # What `_wake` does, without another call for each message.
            self._is_ready = True
            self._dispatcher.make_ready(self)

    def offer(self, request: Any) -> bool:
        """Queue a player's request if there is room for it; whether there was.

        A stopped actor has none.
        """
        messages = self._messages
        if len(messages) >= REQUESTS_WAITING_MAX or self._is_closed:
            return False
        messages.append(request)
        if not self._is_ready and not self.is_suspended and self._dispatcher is not None:
            self._is_ready = True
            self._dispatcher.make_ready(self)
        return True

    def put(self, envelope: Envelope[Any], /) -> None:
        """Queue an envelope (Pykka's `ask` and `stop` end here)."""
        self.tell(envelope.message if envelope.reply_to is None else envelope)

    def get(self) -> Envelope[Any]:
        """Take the oldest message. Never blocks; `IndexError` when there is none."""
        message = self._messages.popleft()
        return message if type(message) is Envelope else Envelope(message)

    def empty(self) -> bool:
        """Whether no message waits."""
        return not self._messages

    def close(self) -> None:
        """Take no more messages: the actor is stopped."""
        self._is_closed = True

    def suspend(self) -> None:
        """Keep messages, but hand none out until `resume` (its actor is being rebuilt)."""
        self.is_suspended = True

    def resume(self) -> None:
        """Hand out messages again."""
        self.is_suspended = False
        self._wake()

    @property
    def owner(self) -> "DispatchedActor | None":
        """The actor whose mailbox this is."""
        return self._actor

    def is_of(self, dispatcher: "Dispatcher") -> bool:
        """Whether the actor runs on that dispatcher."""
        return self._dispatcher is dispatcher

    @property
    def waiting(self) -> list[Any]:
        """What waits, oldest first."""
        return list(self._messages)

    def tell_first(self, message: Any) -> None:
        """Queue a message before all that wait here."""
        self._messages.appendleft(message)
        self._wake()

    def take_all(self) -> list[Any]:
        """Take out what waits: the actor is about to stop, and must act on none of it."""
        messages = list(self._messages)
        self._messages.clear()
        return messages

    def move_to(self, successor: "Mailbox") -> None:
        """Give all waiting messages, in order, to the mailbox of the actor's replacement."""
        successor._messages.extendleft(reversed(self._messages))
        self._messages.clear()
        successor._wake()

    def run_some(self, most: int = MESSAGES_PER_ACTOR_MAX) -> int:
        """Let the actor handle up to `most` messages; return how many it did."""
        actor, messages = self._actor, self._messages
        assert actor is not None
        done = 0
        try:
            while messages and done < most and not self.is_suspended:
                done += 1
                message = messages.popleft()
                if type(message) is Envelope or type(message) is ActorStop:
                    actor.handle(message)
                    continue
                try:
                    actor.on_receive(message)
                except BaseException as error:  # noqa: BLE001 - containing it is the purpose here.
                    actor.fail(message, error)
        finally:
            # Should the failure listener itself fail, the actor must not be deaf from then on.
            self._is_ready = False
            if messages:
                self._wake()
        return done

    def _wake(self) -> None:
        dispatcher = self._dispatcher
        if (
            dispatcher is not None
            and self._messages
            and not self._is_ready
            and not self.is_suspended
        ):
            self._is_ready = True
            dispatcher.make_ready(self)


FailureListener = Callable[["DispatchedActor", Any, BaseException], None]
"""Told of every exception that an actor did not handle: the actor, the message, the exception."""


class Dispatcher(ABC):
    """Runs ready mailboxes in turns. Subclasses say when a turn runs and what time it is."""

    def __init__(self) -> None:
        self._ready: deque[Mailbox] = deque()
        self._take: Callable[[], Mailbox] = self._ready.popleft
        """Chooses the next mailbox: the one that waits longest, unless a subclass knows better."""
        self._is_scheduled = False
        self._after_turn: list[Callable[[], None]] = []
        self.on_failure: FailureListener | None = None
        self.messages_handled = 0

    @abstractmethod
    def now(self) -> float:
        """UTC seconds since 1970. Whoever sets the machine's clock sets this one."""

    @abstractmethod
    def monotonic(self) -> float:
        """Seconds of a clock that nobody sets, for measuring how long something takes."""

    @abstractmethod
    def call_later(self, delay_s: float, callback: Callable[[], None]) -> None:
        """Call back after at least `delay_s` seconds, in the dispatcher's thread."""

    @abstractmethod
    def call_soon(self, callback: Callable[[], None]) -> None:
        """Call back in the dispatcher's thread, after what runs now."""

    @abstractmethod
    def _schedule_turn(self) -> None:
        """Make sure that `run_turn` is called soon. Called when the first mailbox gets ready."""

    @property
    def is_idle(self) -> bool:
        """Whether no actor has a message to handle."""
        return not self._ready

    @property
    def mailbox_depth(self) -> int:
        """Messages in the deepest mailbox of an actor that is about to handle them."""
        return max((len(mailbox) for mailbox in self._ready), default=0)

    def make_ready(self, mailbox: Mailbox) -> None:
        """Queue a mailbox that has messages."""
        self._ready.append(mailbox)
        if not self._is_scheduled:
            self._is_scheduled = True
            self._schedule_turn()

    def after_turn(self, callback: Callable[[], None]) -> None:
        """Call back at the end of every turn, in the order of registration."""
        self._after_turn.append(callback)

    def run_turn(self) -> None:
        """Run ready mailboxes up to `TURN_MESSAGES_MAX`, then the after-turn callbacks."""
        ready, take, done = self._ready, self._take, 0
        try:
            while ready and done < TURN_MESSAGES_MAX:
                done += take().run_some()
            self.messages_handled += done
            for callback in self._after_turn:
                callback()
        finally:
            # Whatever happened, a ready mailbox must never be left without a turn to come.
            self._is_scheduled = bool(ready)
            if ready:
                self._schedule_turn()


class DispatchedActor(pykka.Actor):
    """A Pykka actor that runs on a shared dispatcher.

    `__init__`, `on_start`, `on_receive` and `on_stop` all run in the dispatcher's thread.
    """

    def __init__(self, dispatcher: Dispatcher) -> None:
        super().__init__()
        self._dispatcher = dispatcher
        # The mailbox's own `tell` knows when the actor is stopped, and needs no envelope.
        self._actor_ref.tell = self.mailbox.tell  # type: ignore[method-assign]

    @property
    def mailbox(self) -> Mailbox:
        """The actor's inbox."""
        assert isinstance(self.actor_inbox, Mailbox)
        return self.actor_inbox

    @staticmethod
    def _create_actor_inbox() -> Mailbox:
        return Mailbox()

    @staticmethod
    def _create_future() -> pykka.Future[Any]:
        return pykka.ThreadingFuture()

    def _start_actor_loop(self) -> None:
        self.on_start()
        self.mailbox.bind(self, self._dispatcher)

    def handle(self, message: Any) -> None:
        """Handle Pykka's own messages: a stop, or one whose teller waits for a reply."""
        reply_to = message.reply_to if isinstance(message, Envelope) else None
        content = message.message if isinstance(message, Envelope) else message
        if isinstance(content, ActorStop):
            self._retire(reply_to)
            return
        assert reply_to is not None
        try:
            reply_to.set(self.on_receive(content))
        except BaseException as error:  # noqa: BLE001 - containing it is the purpose here.
            reply_to.set_exception()
            self.fail(content, error)

    def fail(self, message: Any, error: BaseException) -> None:
        """Hand an exception to the supervisor; without one there is nobody to contain it."""
        listener = self._dispatcher.on_failure
        if listener is None:
            raise error
        listener(self, message, error)

    def _retire(self, reply_to: pykka.Future[Any] | None) -> None:
        self.mailbox.close()
        self._stop()
        self._actor_loop_teardown()
        if reply_to is not None:
            reply_to.set(None)


def mailbox_of(ref: pykka.ActorRef[Any]) -> Mailbox:
    """The mailbox behind a reference to a dispatched actor."""
    return ref.actor_inbox  # type: ignore[return-value]  # `_create_actor_inbox` makes no other.
