"""Whoever watches the server knows of trouble before those who play."""

import asyncio
import json
import re
import time
from pathlib import Path

import pytest
from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families

from actors.admission import JOURNAL_BYTES_MAX, JOURNAL_RECORDS_MAX, QueueLimits
from server.addresses import parse_networks
from server.metrics_page import Exposure
from server.readiness import UNREADY_AGE_S
from server.shedding import ShedPolicy
from tests.integration.clients import Client, run
from tests.integration.games import location, plan, playing
from tests.integration.harness import Disk, InProcessServer
from tests.integration.raw_http import exchange, request
from tests.integration.test_security import ConfiguredServer
from tests.test_monitoring import rules

IMPATIENT = ShedPolicy(QueueLimits(JOURNAL_RECORDS_MAX, JOURNAL_BYTES_MAX, 5.0))
"""A server that makes players wait after 5 s of a stuck disk instead of 30."""

LATE_S = 0.25
"""Seconds after which an answer counts as slow: people notice."""

PACE_S = 0.1
"""Seconds between two requests, and between two looks."""

_CONDITION = re.compile(r'(?P<name>\w+)(?:\{\w+="\w+"\})? (?P<sign>[=>]+) (?P<than>[\d.]+)')

HUNT = plan([location("pier"), location("mill")])


class Seen(Struct):
    """When each of these was first seen, in seconds since the disk stalled."""

    not_ready: float = float("inf")
    alerts: dict[str, float] = {}
    trouble: float = float("inf")
    """An answer that was `busy`, or came late."""


async def get(server: InProcessServer, path: str, *headers: str) -> tuple[int, bytes]:
    answer = await exchange(server.port, request(f"GET {path} HTTP/1.1", *headers))
    return answer.status, answer.body


def is_raised(expression: str, page: str) -> bool:
    """Whether a plain comparison holds for a series of the page."""
    condition = _CONDITION.fullmatch(expression)
    assert condition is not None, expression
    than = float(condition["than"])
    return any(
        one.value == than if condition["sign"] == "==" else one.value > than
        for family in text_string_to_metric_families(page)
        for one in family.samples
        if one.name == condition["name"]
    )


async def play(ada: Client, seen: Seen, since: float) -> None:
    """Say something, again and again, until that is refused or slow."""
    while seen.trouble == float("inf"):
        asked = time.monotonic()
        answer = await ada.ask("say", text="Do you read?")
        if answer["t"] == "refused" or time.monotonic() - asked > LATE_S:
            seen.trouble = time.monotonic() - since
        await asyncio.sleep(PACE_S)  # The pace of the load.


async def watch(server: InProcessServer, seen: Seen, since: float) -> None:
    """Look at readiness and at the conditions of alerts, until players notice something."""
    while seen.trouble == float("inf"):
        status, _ = await get(server, "/readyz")
        if status == 503:
            seen.not_ready = min(seen.not_ready, time.monotonic() - since)
        page = (await get(server, "/metrics"))[1].decode()
        for alert in ("CairnDiskStalls", "CairnNotReady", "CairnQueueFills"):
            if is_raised(rules()[alert]["expr"], page):
                seen.alerts.setdefault(alert, time.monotonic() - since)
        assert (await get(server, "/healthz"))[0] == 200
        await asyncio.sleep(PACE_S)  # The pace of the looks.


@pytest.mark.slow
def test_a_stalled_disk_alerts_before_the_first_player_is_told_to_wait(db: Path) -> None:
    async def scenario() -> Seen:
        disk, seen = Disk(), Seen()
        async with playing(db, HUNT, wrap_store=disk.wrap, policy=IMPATIENT) as (game, server):
            ada = await game.join("otters")
            await ada.saved((await ada.done("say", text="Here."))["n"])
            assert await get(server, "/readyz") == (200, b'{"ready": true, "reasons": []}\n')
            page = (await get(server, "/metrics"))[1].decode()
            assert not is_raised(rules()["CairnNotReady"]["expr"], page)
            with disk.held():
                since = time.monotonic()
                await asyncio.gather(play(ada, seen, since), watch(server, seen, since))
                status, body = await get(server, "/readyz")
                assert (status, json.loads(body)["ready"]) == (503, False)
            while (await get(server, "/readyz"))[0] != 200:  # noqa: ASYNC110 - it is elsewhere.
                await asyncio.sleep(PACE_S)  # Until it has caught up.
            return seen

    seen = run(scenario())
    assert seen.trouble >= IMPATIENT.limits.age_s
    assert seen.not_ready < UNREADY_AGE_S + 1.0 < seen.trouble
    assert seen.alerts.keys() == {"CairnDiskStalls", "CairnNotReady", "CairnQueueFills"}
    assert max(seen.alerts.values()) < UNREADY_AGE_S + 2.5 < seen.trouble, seen.alerts


@pytest.mark.parametrize(
    ("exposure", "at_home", "through_proxy"),
    [(Exposure.LOOPBACK, 200, 404), (Exposure.OPEN, 200, 200), (Exposure.OFF, 404, 404)],
)
def test_who_may_read_the_metrics(
    db: Path, exposure: Exposure, at_home: int, through_proxy: int
) -> None:
    settings = {"behind_proxy": True, "trusted_proxies": parse_networks("127.0.0.0/8")}

    async def scenario() -> None:
        async with ConfiguredServer(db, metrics=exposure, **settings) as server:
            assert (await get(server, "/metrics"))[0] == at_home
            for header in ("X-Forwarded-For: 127.0.0.1", "X-Forwarded-For: 192.0.2.1"):
                assert (await get(server, "/metrics", header))[0] == through_proxy

    run(scenario())


def test_what_is_played_is_counted_on_the_page(db: Path) -> None:
    async def scenario() -> str:
        async with playing(db, HUNT) as (game, server):
            ada = await game.join("otters")
            await ada.saved((await ada.done("claim", location="pier", code="PIER"))["n"])
            return (await get(server, "/metrics"))[1].decode()

    page = run(scenario())
    for line in (
        'cairn_requests_total{kind="claim"} 1.0',
        "cairn_connections 2.0",
        "cairn_connections_opened_total 2.0",
        "cairn_hunts 1.0",
        'cairn_build_info{version="0.1.0"} 1.0',
    ):
        assert f"{line}\n" in page
    count = re.search(r"^cairn_commit_duration_seconds_count (\d+)", page, re.MULTILINE)
    assert count is not None
    assert int(count[1]) > 0
