import json

import pytest
from websockets.datastructures import Headers

from server.health import HealthDesk
from server.metrics_page import FORWARDING_HEADERS, METRICS_KEPT_S, Exposure, MetricsPage
from server.pages import METRICS_TYPE, Pages
from server.readiness import Unready
from tests.server.rig import ServerRig


def page(exposure: Exposure) -> MetricsPage:
    return MetricsPage(lambda: b"cairn_ready 1\n", exposure)


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost", "LOCALHOST:8765", "[::1]:8765"])
def test_programs_on_this_machine_are_let_in(peer: str, host: str) -> None:
    assert page(Exposure.LOOPBACK).admits(peer, [host], is_forwarded=False)


@pytest.mark.parametrize(
    ("peer", "hosts", "is_forwarded"),
    [
        ("192.0.2.1", ["localhost"], False),
        ("::ffff:192.0.2.1", ["localhost"], False),
        ("", ["localhost"], False),
        ("127.0.0.1", ["localhost"], True),
        ("127.0.0.1", ["hunt.example"], False),
        ("127.0.0.1", ["localhost.evil.example:8765"], False),
        ("127.0.0.1", ["127.0.0.1.evil.example"], False),
        ("127.0.0.1", ["192.0.2.1"], False),
        ("127.0.0.1", [], False),
        ("127.0.0.1", ["localhost", "hunt.example"], False),
    ],
)
def test_nobody_else_is(peer: str, hosts: list[str], is_forwarded: bool) -> None:
    assert not page(Exposure.LOOPBACK).admits(peer, hosts, is_forwarded)
    assert page(Exposure.OPEN).admits(peer, hosts, is_forwarded)


def test_off_is_off() -> None:
    assert not page(Exposure.OFF).admits("127.0.0.1", ["localhost"], is_forwarded=False)


def test_the_page_is_made_once_a_second_at_most() -> None:
    now, made = [10.0], [0]

    def render() -> bytes:
        made[0] += 1
        return b"%d" % made[0]

    one = MetricsPage(render, Exposure.OPEN, lambda: now[0])
    assert [one.body() for _ in range(3)] == [b"1"] * 3
    now[0] += METRICS_KEPT_S
    assert one.body() == b"2"


@pytest.fixture
def pages(server: ServerRig) -> Pages:
    desk = HealthDesk(
        server.rig.dispatcher,
        server.rig.journal,
        server.rig.supervisor,
        server.hub,
        server.counters,
        server.fanout,
        server.shedding,
    )
    return Pages(desk.look, unready=desk.unready, metrics=page(Exposure.LOOPBACK))


LOCAL = {"Host": "localhost:8765"}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_metrics_are_text_that_nobody_keeps(pages: Pages, method: str) -> None:
    response = pages.respond(method, "/metrics", Headers(LOCAL), "127.0.0.1")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == METRICS_TYPE
    assert response.headers["Cache-Control"] == "no-store"
    assert response.body == (b"cairn_ready 1\n" if method == "GET" else b"")
    assert int(response.headers["Content-Length"]) == len(b"cairn_ready 1\n")


@pytest.mark.parametrize("name", [*FORWARDING_HEADERS, "x-forwarded-for", "VIA"])
def test_through_a_proxy_there_is_no_such_page(pages: Pages, name: str) -> None:
    headers = Headers(LOCAL | {name: "127.0.0.1"})
    response = pages.respond("GET", "/metrics", headers, "127.0.0.1")
    missing = pages.respond("GET", "/nothing", headers, "127.0.0.1")
    assert (response.status_code, response.body) == (404, missing.body)


def test_without_a_page_of_metrics_there_is_none(server: ServerRig) -> None:
    bare = Pages(lambda: pytest.fail("nobody asked for health"))
    assert bare.respond("GET", "/metrics", Headers(LOCAL), "127.0.0.1").status_code == 404


def test_a_ready_server_says_so(pages: Pages, server: ServerRig) -> None:
    server.rig.commit()
    response = pages.respond("GET", "/readyz")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert json.loads(response.body) == {"ready": True, "reasons": []}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_one_that_is_not_says_why_and_is_alive_all_the_same(
    pages: Pages, server: ServerRig, method: str
) -> None:
    server.player()
    server.rig.advance(3.5)
    response = pages.respond(method, "/readyz")
    assert response.status_code == 503
    assert pages.respond("GET", "/healthz").status_code == 200
    if method == "GET":
        reasons = [Unready.JOURNAL_AGE.value, Unready.JOURNAL_LEVEL.value]
        assert json.loads(response.body) == {"ready": False, "reasons": reasons}
