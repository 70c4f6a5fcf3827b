"""Who waits for which answer, and for what to be saved."""

import asyncio

from server.client_queue import Message

ANSWERS_KEPT_MAX = 4_096
"""Answers kept for somebody who may still ask for them; most callers of `submit` never do."""


class ClientClosed(Exception):
    """The connection is gone for good. Nothing more is sent, and unsaved requests are open."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{message} ({code})" if code else message)
        self.code = code
        """The close code; 0 when there was none, or when this side closed."""
        self.message = message


class Waiters:
    """Futures of answers by number, and of watermarks."""

    def __init__(self) -> None:
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._saved: list[tuple[int, asyncio.Future[None]]] = []

    def expect(self, n: int) -> None:
        """Request `n` was made; its answer will come."""
        if len(self._answers) >= ANSWERS_KEPT_MAX:
            for old in [old for old, future in self._answers.items() if future.done()]:
                del self._answers[old]
        self._answers[n] = asyncio.get_running_loop().create_future()

    async def answer(self, n: int) -> Message:
        """The answer to an expected request; once."""
        future = self._answers[n]
        try:
            return await future
        finally:
            if self._answers.get(n) is future:
                del self._answers[n]

    async def saved(self, n: int) -> None:
        """Wait until `note_saved` is told of `n`."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._saved.append((n, future))
        await future

    def deliver(self, answer: Message) -> None:
        """The answer to one request came."""
        future = self._answers.get(answer["n"])
        if future is not None and not future.done():
            future.set_result(answer)

    def note_saved(self, saved: int) -> None:
        """Everything up to `saved` is final."""
        if not self._saved:
            return
        due = [future for n, future in self._saved if n <= saved]
        self._saved = [waiter for waiter in self._saved if waiter[0] > saved]
        for future in due:
            if not future.done():
                future.set_result(None)

    def fail(self, error: ClientClosed) -> None:
        """Nothing more will come."""
        for answer in self._answers.values():
            _fail(answer, error)
        for _, future in self._saved:
            _fail(future, error)
        self._saved.clear()


def _fail(future: asyncio.Future[Message] | asyncio.Future[None], error: ClientClosed) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # Read here, so that a future nobody waits for is not complained about.
