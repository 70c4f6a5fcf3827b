"""What the demo waits for: a signal to stop, or a child that ends by itself."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, `kill`, and the terminal that was closed."""


class Watch:
    """Hears signals and the ends of children. One for the demo; for its main thread."""

    def __init__(self) -> None:
        self._ended: SimpleQueue[object] = SimpleQueue()
        self._is_held = False
        self._is_stop_due = False

    def listen(self) -> None:
        """From here on a stop signal raises KeyboardInterrupt, once, wherever the demo is."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: object) -> None:
        # From here on everything ends by itself, within seconds; nothing may interrupt that.
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        if self._is_held:
            self._is_stop_due = True
        else:
            raise KeyboardInterrupt

    @contextmanager
    def held(self) -> Iterator[None]:
        """Put a stop off until the block is done.

        Interrupted in its middle, `Popen` forgets the process that it has just started, and
        nobody would ever stop that.
        """
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self._is_stop_due:
            self._is_stop_due = False
            raise KeyboardInterrupt

    def note_end(self, child: object) -> None:
        """A child ended. Safe from any thread."""
        self._ended.put(child)

    def next_end(self) -> object:
        """Wait for the next child that ends; a stop signal interrupts this."""
        return self._ended.get()
