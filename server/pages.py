"""What the server answers to plain HTTP: a fixed table, built at start. Never a path to a file."""

import json
from collections.abc import Callable, Sequence
from http import HTTPStatus

import msgspec
from websockets.datastructures import Headers
from websockets.http11 import Response

from server.health import Health
from server.metrics_page import FORWARDING_HEADERS, MetricsPage
from server.tiles import OSM_TILES, Tiles
from server.tls import HSTS
from server.web_files import Content, WebFile, web_files

REFUSALS = {
    HTTPStatus.FORBIDDEN: "Pages of this origin may not connect; see --origins.",
    HTTPStatus.METHOD_NOT_ALLOWED: "Only GET and HEAD.",
    HTTPStatus.NOT_FOUND: "There is no page at this address.",
    HTTPStatus.TOO_MANY_REQUESTS: "Your address has too many connections; close some.",
    HTTPStatus.REQUEST_URI_TOO_LONG: "This address is too long.",
    HTTPStatus.UPGRADE_REQUIRED: "This address is for websockets; open / with a browser.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "Too many headers, or too long ones.",
    HTTPStatus.SERVICE_UNAVAILABLE: "All connections are taken; try again soon.",
}
"""What each refusal says: never anything that came with the request."""

RETRY_AFTER_S = 5
"""Seconds after which a refused handshake may do better."""

KEPT = "no-cache"
"""Keep it, and ask each time whether it is still the one: a page and its scripts belong together."""

NOT_KEPT = "no-store"

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus' text format, which every version of it reads."""


def security_headers(tiles: Tiles | None) -> dict[str, str]:
    """What every answer carries. Pages load nothing from elsewhere but map tiles, if those."""
    pictures = "'self' data: blob:" + (f" {tiles.origin}" if tiles is not None else "")
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {pictures}; "
            "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": (
            "geolocation=(self), camera=(self), screen-wake-lock=(self), fullscreen=(self)"
        ),
    }


class Pages:
    """The table of pages."""

    def __init__(
        self,
        look: Callable[[], Health],
        is_tls: bool = False,
        tiles: Tiles | None = OSM_TILES,
        unready: Callable[[], Sequence[str]] = tuple,
        metrics: MetricsPage | None = None,
    ) -> None:
        """Read the files.

        Args:
            look: Gives the health.
            is_tls: Whether every answer goes out encrypted.
            tiles: Where pages may load map tiles from.
            unready: Gives the reasons why the server is not ready.
            metrics: The page of metrics; without it there is none.
        """
        self._look = look
        self._unready = unready
        self._metrics = metrics
        self._headers = security_headers(tiles)
        if is_tls:
            self._headers["Strict-Transport-Security"] = HSTS
        self.files = web_files(tiles)

    def respond(
        self, method: str, path: str, headers: Headers | None = None, peer: str = ""
    ) -> Response:
        """The answer to a request; the path is looked up as it came, never decoded.

        `peer` is the address at the other end of the socket.
        """
        if method not in ("GET", "HEAD"):
            return self.refuse(HTTPStatus.METHOD_NOT_ALLOWED)
        headers = headers if headers is not None else Headers()
        if path == "/healthz":
            return self._health(method)
        if path == "/readyz":
            return self._readiness(method)
        if path == "/metrics" and self._shows_metrics(headers, peer):
            return self._metrics_page(method)
        file = self.files.get(path)
        if file is None:
            return self.refuse(HTTPStatus.NOT_FOUND, method)
        return self._file(file, method, headers)

    def refuse(self, status: HTTPStatus, method: str = "GET") -> Response:
        """An answer that says in a sentence why not; for the library's own refusals, too."""
        extra = {}
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            extra["Allow"] = "GET, HEAD"
        if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
            extra["Retry-After"] = str(RETRY_AFTER_S)
        body = (
            REFUSALS.get(status, "This is not a request that Cairn understands.") + "\n"
        ).encode()
        return self._whole(status, "text/plain; charset=utf-8", body, method, extra)

    def add_headers(self, response: Response) -> None:
        """Give an answer that the library made, the one to a good handshake, what all have."""
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)

    def _health(self, method: str) -> Response:
        health = self._look()
        is_failed = health.status == "failed"
        status = HTTPStatus.SERVICE_UNAVAILABLE if is_failed else HTTPStatus.OK
        body = json.dumps(msgspec.to_builtins(health), indent=1).encode() + b"\n"
        return self._whole(status, "application/json", body, method, {})

    def _readiness(self, method: str) -> Response:
        reasons = [str(reason) for reason in self._unready()]
        status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
        body = json.dumps({"ready": not reasons, "reasons": reasons}).encode() + b"\n"
        return self._whole(status, "application/json", body, method, {})

    def _shows_metrics(self, headers: Headers, peer: str) -> bool:
        is_forwarded = any(name in headers for name in FORWARDING_HEADERS)
        page = self._metrics
        return page is not None and page.admits(peer, headers.get_all("Host"), is_forwarded)

    def _metrics_page(self, method: str) -> Response:
        assert self._metrics is not None
        return self._whole(HTTPStatus.OK, METRICS_TYPE, self._metrics.body(), method, {})

    def _file(self, file: WebFile, method: str, headers: Headers) -> Response:
        content = _choose(file, headers)
        extra = {"Cache-Control": KEPT, "ETag": content.etag}
        if file.zipped is not None:
            extra["Vary"] = "Accept-Encoding"
        if content.etag in _validators(headers):
            return self._response(HTTPStatus.NOT_MODIFIED, b"", extra)
        if content is file.zipped:
            extra["Content-Encoding"] = "gzip"
        return self._whole(HTTPStatus.OK, file.content_type, content.body, method, extra)

    def _whole(
        self, status: HTTPStatus, kind: str, body: bytes, method: str, extra: dict[str, str]
    ) -> Response:
        about = {"Content-Type": kind, "Content-Length": str(len(body))}
        return self._response(status, body if method != "HEAD" else b"", about | extra)

    def _response(self, status: HTTPStatus, body: bytes, extra: dict[str, str]) -> Response:
        headers = {"Cache-Control": NOT_KEPT, "Connection": "close", **self._headers, **extra}
        return Response(status.value, status.phrase, Headers(headers), body)


def _choose(file: WebFile, headers: Headers) -> Content:
    """What of the file this client can read."""
    if file.zipped is None:
        return file.plain
    for line in headers.get_all("Accept-Encoding"):
        for coding in line.lower().split(","):
            name, _, weight = coding.replace(" ", "").partition(";")
            if name == "gzip" and weight.rstrip("0") not in ("q=", "q=0."):
                return file.zipped
    return file.plain


def _validators(headers: Headers) -> set[str]:
    """The names of what the client has already; whoever sends `*` has no name, and gets it all."""
    return {
        name.strip().removeprefix("W/")
        for line in headers.get_all("If-None-Match")
        for name in line.split(",")
    }
