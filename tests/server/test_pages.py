import gzip
import json
from http import HTTPStatus

import pytest
from websockets.datastructures import Headers

from server.health import Health, HealthDesk
from server.pages import REFUSALS, Pages, security_headers
from server.tiles import OSM_TILES, Tiles
from server.tls import HSTS
from tests.server.rig import ServerRig

STYLE = "/web/common/base.css"


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


@pytest.mark.parametrize("path", ["/", "/gm", "/screen"])
def test_the_three_pages_are_there(pages: Pages, path: str) -> None:
    response = pages.respond("GET", path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.body.startswith(b"<!doctype html>")


def test_settings_say_whose_tiles_a_page_may_load(desk: HealthDesk) -> None:
    def settings(tiles: Tiles | None) -> object:
        return json.loads(Pages(desk.look, tiles=tiles).respond("GET", "/settings.json").body)

    assert settings(OSM_TILES) == {
        "version": "0.1.0",
        "tiles": {
            "url": "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
            "attribution": "© OpenStreetMap contributors",
            "max_zoom": 19,
        },
    }
    assert settings(None) == {"version": "0.1.0", "tiles": None}


# Packed, and not sent twice -----------------------------------------------------------------


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip", "deflate, gzip;q=1.0, *;q=0.5", "GZIP"])
def test_who_reads_gzip_gets_it(pages: Pages, accepted: str) -> None:
    plain = pages.respond("GET", STYLE)
    packed = pages.respond("GET", STYLE, Headers({"Accept-Encoding": accepted}))
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert int(packed.headers["Content-Length"]) == len(packed.body) < len(plain.body)
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert packed.headers["ETag"] != plain.headers["ETag"], "other bytes, another strong name"


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.00", "xgzip", "identity"])
def test_who_does_not_gets_it_plain(pages: Pages, accepted: str) -> None:
    response = pages.respond("GET", STYLE, Headers({"Accept-Encoding": accepted}))
    assert "Content-Encoding" not in response.headers
    assert response.body.startswith(b"/* The look")


def test_a_picture_is_not_packed_again(pages: Pages) -> None:
    response = pages.respond("GET", "/icon-512.png", Headers({"Accept-Encoding": "gzip"}))
    assert response.headers["Content-Type"] == "image/png"
    assert "Content-Encoding" not in response.headers
    assert "Vary" not in response.headers


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_what_a_browser_has_is_not_sent_again(pages: Pages, method: str, accepted: str) -> None:
    asked = {"Accept-Encoding": accepted}
    etag = pages.respond("GET", STYLE, Headers(asked)).headers["ETag"]
    for names in (etag, f"W/{etag}", f'"other", {etag}'):
        response = pages.respond(method, STYLE, Headers(asked | {"If-None-Match": names}))
        assert (response.status_code, response.body) == (304, b"")
        assert response.headers["ETag"] == etag
        assert response.headers["Cache-Control"] == "no-cache"
        assert "Content-Length" not in response.headers
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("names", ["", "*", '"other"', "garbage", '"', ","])
def test_what_a_browser_has_not_is_sent(pages: Pages, names: str) -> None:
    assert pages.respond("GET", STYLE, Headers({"If-None-Match": names})).status_code == 200


def test_headers_that_come_twice_are_read_as_one(pages: Pages) -> None:
    etag = pages.respond("GET", STYLE, Headers({"Accept-Encoding": "gzip"})).headers["ETag"]
    twice = Headers([("Accept-Encoding", "br"), ("Accept-Encoding", "gzip")])
    twice["If-None-Match"] = '"other"'
    twice["If-None-Match"] = etag
    assert pages.respond("GET", STYLE, twice).status_code == 304


# Nothing else -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "",
        "/../etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/%2e%2e/cairn.db",
        "//sw.js",
        "/sw.js/",
        "/SW.JS",
        "/./sw.js",
        "/server/pages.py",
        "/web/",
        "/web/common",
        "/web/play.html",
        "/web/../server/pages.py",
        "/web/common/../../pages.py",
        "/web/leaflet/leaflet-src.js",
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


@pytest.mark.parametrize("path", ["/", STYLE, "/icon-192.png", "/healthz", "/nothing"])
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
        for name, value in security_headers(OSM_TILES).items():
            assert response.headers[name] == value
        kept = "ETag" in response.headers
        assert response.headers["Cache-Control"] == ("no-cache" if kept else "no-store")


@pytest.mark.parametrize("tiles", [OSM_TILES, None])
def test_the_security_policy_lets_nothing_in_that_is_not_ours(tiles: Tiles | None) -> None:
    policy = security_headers(tiles)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http:" not in policy
    assert "*" not in policy
    elsewhere = [part for part in policy.split() if part.startswith("http")]
    assert elsewhere == ([] if tiles is None else ["https://tile.openstreetmap.org;"])


def test_pictures_may_come_from_the_tiles_that_are_set_and_nothing_else_may(
    desk: HealthDesk,
) -> None:
    tiles = Tiles("https://{s}.tiles.example:8443/{z}/{x}/{y}.png")
    response = Pages(desk.look, tiles=tiles).respond("GET", "/")
    policy = response.headers["Content-Security-Policy"]
    assert "img-src 'self' data: blob: https://*.tiles.example:8443; connect-src 'self';" in policy


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
