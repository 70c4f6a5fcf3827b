import asyncio

import pytest

from server.client_waiters import ANSWERS_KEPT_MAX, ClientClosed, Waiters


def test_an_answer_goes_to_the_one_who_asked_for_it() -> None:
    async def scenario() -> None:
        waiters = Waiters()
        for n in (1, 2):
            waiters.expect(n)
        second = asyncio.create_task(waiters.answer(2))
        waiters.deliver({"t": "accepted", "n": 2})
        waiters.deliver({"t": "accepted", "n": 3})
        assert (await second)["n"] == 2
        waiters.deliver({"t": "accepted", "n": 1})
        assert (await waiters.answer(1))["n"] == 1

    asyncio.run(scenario())


def test_the_first_answer_counts() -> None:
    async def scenario() -> None:
        waiters = Waiters()
        waiters.expect(1)
        waiters.deliver({"t": "accepted", "n": 1})
        waiters.deliver({"t": "refused", "n": 1})
        assert (await waiters.answer(1))["t"] == "accepted"

    asyncio.run(scenario())


def test_saved_wakes_everybody_up_to_the_watermark() -> None:
    async def scenario() -> None:
        waiters = Waiters()
        third, fifth = (asyncio.create_task(waiters.saved(n)) for n in (3, 5))
        await asyncio.sleep(0)
        waiters.note_saved(4)
        await third
        assert not fifth.done()
        waiters.note_saved(5)
        await fifth

    asyncio.run(scenario())


def test_at_the_end_everybody_is_told() -> None:
    async def scenario() -> None:
        waiters = Waiters()
        waiters.expect(1)
        tasks = [asyncio.create_task(waiters.answer(1)), asyncio.create_task(waiters.saved(1))]
        await asyncio.sleep(0)
        waiters.fail(ClientClosed(4505, "taken over"))
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            assert str(outcome) == "taken over (4505)"

    asyncio.run(scenario())


def test_answers_that_nobody_asks_for_are_forgotten_in_the_end() -> None:
    async def scenario() -> None:
        waiters = Waiters()
        waiters.expect(1)
        for n in range(2, ANSWERS_KEPT_MAX + 2):
            waiters.expect(n)
            waiters.deliver({"t": "accepted", "n": n})
        with pytest.raises(KeyError):
            await waiters.answer(2)
        waiters.deliver({"t": "accepted", "n": 1})
        assert (await waiters.answer(1))["n"] == 1

    asyncio.run(scenario())
