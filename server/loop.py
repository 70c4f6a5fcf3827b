"""The dispatcher on asyncio's event loop, and the bridge for threads into it."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from actors.dispatch import Dispatcher


class LoopDispatcher(Dispatcher):
    """Runs actors' turns as callbacks of the event loop.

    Turns are plain callbacks, never tasks: nothing can cancel an actor in the middle of a
    message.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._loop = loop

    def now(self) -> float:
        """UTC seconds since 1970."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds of the loop's clock."""
        return self._loop.time()

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> None:
        """Call back after `delay_s` seconds of the monotonic clock."""
        self._loop.call_later(delay_s, callback)

    def call_soon(self, callback: Callable[[], None]) -> None:
        """Call back in the loop's next round."""
        self._loop.call_soon(callback)

    def _schedule_turn(self) -> None:
        self._loop.call_soon(self.run_turn)


class LoopBridge:
    """Calls back on the loop from any thread; silently gone once the loop is closed."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def call(self, callback: Callable[[], None]) -> None:
        """Run `callback` in the loop's thread soon."""
        with suppress(RuntimeError):  # The loop is closed: nobody is left to call.
            self._loop.call_soon_threadsafe(callback)
