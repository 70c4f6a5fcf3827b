import json
from http import HTTPStatus

import pytest

from server.health import Health, HealthDesk
from server.pages import REFUSALS, SECURITY_HEADERS, Pages
from server.tls import HSTS
from tests.server.rig import ServerRig


@pytest.fixture
def desk(server: ServerRig) -> HealthDesk:
    rig = server.rig
    return HealthDesk(
        rig.dispatcher,
        rig.journal,
        rig.supervisor,
        server.hub,
        server.counters,
        server.fanout,
        server.shedding,
    )


@pytest.fixture
def pages(desk: HealthDesk) -> Pages:
    return Pages(desk.look)


def test_the_first_page_is_there(pages: Pages) -> None:
    response = pages.respond("GET", "/")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"<!doctype html>" in response.body
    assert pages.respond("GET", "/style.css").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "",
        "/../etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/%2e%2e/cairn.db",
        "//style.css",
        "/style.css/",
        "/STYLE.CSS",
        "/./style.css",
        "/server/pages.py",
        "/cairn.db",
        "/healthz/",
        "/\x00",
    ],
)
def test_only_what_is_in_the_table_is_there(pages: Pages, path: str) -> None:
    response = pages.respond("GET", path)
    assert response.status_code == 404
    assert response.body == b"There is no page at this address.\n"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", ""])
def test_only_get_and_head_are_answered(pages: Pages, method: str) -> None:
    response = pages.respond(method, "/")
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/", "/style.css", "/healthz", "/nothing"])
def test_head_is_get_without_the_body(pages: Pages, path: str) -> None:
    whole, head = pages.respond("GET", path), pages.respond("HEAD", path)
    assert (head.status_code, head.body) == (whole.status_code, b"")
    assert set(head.headers) == set(whole.headers)
    assert int(whole.headers["Content-Length"]) == len(whole.body)


def test_every_answer_has_the_security_headers(pages: Pages) -> None:
    answers = [
        pages.respond("GET", "/"),
        pages.respond("GET", "/healthz"),
        pages.respond("GET", "/nothing"),
        pages.respond("POST", "/"),
        *(pages.refuse(status) for status in REFUSALS),
    ]
    for response in answers:
        for name, value in SECURITY_HEADERS.items():
            assert response.headers[name] == value
        assert response.headers["Cache-Control"] == "no-store"


def test_the_security_policy_lets_nothing_in_that_is_not_ours() -> None:
    policy = SECURITY_HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http:" not in policy
    assert "*" not in policy


def test_a_full_server_says_when_to_come_back(pages: Pages) -> None:
    for status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        response = pages.refuse(status)
        assert response.status_code == status
        assert int(response.headers["Retry-After"]) > 0


def test_over_tls_every_answer_says_to_stay_there(desk: HealthDesk) -> None:
    encrypted, plain = Pages(desk.look, is_tls=True), Pages(desk.look)
    for path in ("/", "/healthz", "/nothing"):
        assert encrypted.respond("GET", path).headers["Strict-Transport-Security"] == HSTS
        assert "Strict-Transport-Security" not in plain.respond("GET", path).headers


def test_health_is_json_and_a_failed_server_is_unavailable(pages: Pages, desk: HealthDesk) -> None:
    response = pages.respond("GET", "/healthz")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    health = json.loads(response.body)
    assert health["status"] == "ok"
    assert set(health) == set(Health.__struct_fields__)
    desk.failure = "The disk is gone."
    response = pages.respond("GET", "/healthz")
    assert (response.status_code, json.loads(response.body)["status"]) == (503, "failed")


def test_pages_hold_no_secret(pages: Pages, server: ServerRig) -> None:
    server.player()
    body = pages.respond("GET", "/").body + pages.respond("GET", "/healthz").body
    assert server.code().encode() not in body
    assert b"lumen" not in body.lower()
