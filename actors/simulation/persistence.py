"""The persistence actor in virtual time: the same actor, without its thread.

Its thread is blocked while the disk works: here its mailbox is suspended until then, and what it
reports crosses over to the loop at that moment.
"""

from collections.abc import Callable

from actors.dispatch import DispatchedActor
from actors.persistence import PersistenceActor, PersistenceReport, Timer
from actors.simulation.disk import VirtualDisk
from actors.simulation.process import Process
from actors.simulation.timeline import Timeline


class VirtualPersistenceActor(DispatchedActor, PersistenceActor):
    """Commits to a virtual disk; dies with its process."""

    def __init__(
        self,
        process: Process,
        timeline: Timeline,
        disk: VirtualDisk,
        listener: Callable[[PersistenceReport], None],
    ) -> None:
        PersistenceActor.__init__(self, disk, lambda report: self._cross_over(report, listener))
        self._dispatcher = process
        self._process = process
        self._timeline = timeline
        self._disk = disk
        self._actor_ref.tell = self.mailbox.tell  # type: ignore[method-assign]

    def on_receive(self, message: object) -> None:
        """Take the message; while the disk works on it, nothing else is taken."""
        PersistenceActor.on_receive(self, message)  # type: ignore[arg-type]
        if self._disk.busy_until > self._timeline.now:
            self.mailbox.suspend()
            self._timeline.call_at(self._disk.busy_until, self._go_on)

    def cross_over(self, callback: Callable[[], None]) -> None:
        """Call back on the process's loop once the disk is done with what it was asked for."""
        due = max(self._disk.busy_until, self._timeline.now)
        self._timeline.call_at(due, lambda: self._process.run(callback))

    def _cross_over(
        self, report: PersistenceReport, listener: Callable[[PersistenceReport], None]
    ) -> None:
        self.cross_over(lambda: listener(report))

    def _go_on(self) -> None:
        self._disk.settle()
        if self._process.is_alive:
            self.mailbox.resume()

    def _must_gather(self) -> bool:
        return False  # The virtual disk takes its time, and what comes meanwhile gathers then.

    def _start_timer(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        timer = _VirtualTimer(callback)
        due = max(self._disk.busy_until, self._timeline.now) + delay_s
        self._timeline.call_at(due, lambda: self._process.run(timer.ring))
        return timer


class _VirtualTimer:
    """A callback that has not come yet."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self._callback = None

    def ring(self) -> None:
        if self._callback is not None:
            self._callback()
