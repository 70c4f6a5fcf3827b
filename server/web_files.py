"""The files of the pages: read, packed and named once at start, and never looked for again.

What the server can be asked for is a table. A path from a request is a key of it or nothing, so
no request ever reaches the disk.
"""

import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

import msgspec
from msgspec import Struct

from server import __version__
from server.tiles import Tiles
from server.web_imports import with_module_list

FILE_BYTES_MAX = 100_000
"""Bytes of a file as browsers get it: the kernel takes that much for one client at once (see
`SEND_BUFFER_BYTES`), so that a slow phone gets all of it although the server hung up long before."""

ZIP_LEVEL = 9
"""Zlib's best: packed once, sent for ever."""

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
"""Files of other kinds, say an editor's, are not served."""

PACKED_ALREADY = frozenset({"image/png"})

PAGES = {"play.html": "/", "gm.html": "/gm", "screen.html": "/screen"}
"""Where people find the pages. The other files beside these are at the root under their name."""

LEAFLET_FILES = ("leaflet.js", "leaflet.css")

SERVICE_WORKER = "/sw.js"
SETTINGS = "/settings.json"

OTHER_PAGES = frozenset({"gm", "screen"})
"""Files with such a name, or in such a folder, are not kept on phones: the console and the big
screen have no use without a network."""


class Content(Struct, frozen=True):
    """Bytes to send, and the strong validator that names them."""

    body: bytes
    etag: str


class WebFile(Struct, frozen=True):
    """One row of the table."""

    content_type: str
    plain: Content
    zipped: Content | None
    """As gzip; None of what is packed already."""


def web_files(tiles: Tiles | None) -> Mapping[str, WebFile]:
    """The table: path to file."""
    table = dict(_static_files())
    table[SETTINGS] = web_file(SETTINGS, _settings(tiles))
    worker = table[SERVICE_WORKER].plain.body
    table[SERVICE_WORKER] = web_file(SERVICE_WORKER, _shell_line(table) + worker)
    return MappingProxyType(table)


def web_file(name: str, body: bytes) -> WebFile:
    """A row of the table; the name's ending says what it is.

    Raises:
        ValueError: it is too large to be sent in one go.
    """
    digest = hashlib.sha256(body).hexdigest()
    kind = CONTENT_TYPES[_ending(name)]
    plain = Content(body, f'"{digest}"')
    zipped = None
    if kind not in PACKED_ALREADY:
        zipped = Content(gzip.compress(body, ZIP_LEVEL, mtime=0), f'"{digest}-gzip"')
    size = len((zipped or plain).body)
    if size > FILE_BYTES_MAX:
        raise ValueError(f"{name} is sent as {size} bytes; at most are {FILE_BYTES_MAX}")
    return WebFile(kind, plain, zipped)


def shell_paths(table: Mapping[str, WebFile]) -> list[str]:
    """What a phone keeps, so that it can play without a network."""
    return sorted(
        path
        for path in table
        if path != SERVICE_WORKER and not OTHER_PAGES & set(re.split(r"[/.]", path))
    )


@cache
def _static_files() -> Mapping[str, WebFile]:
    """What is the same with all settings; tests make many tables."""
    sources = dict(_sources())
    for page in PAGES.values():
        sources[page] = with_module_list(sources[page], sources)
    return MappingProxyType({path: web_file(path, body) for path, body in sources.items()})


def _sources() -> Iterator[tuple[str, bytes]]:
    for entry in (files("server") / "web").iterdir():
        if entry.is_dir():
            yield from _folder(f"/web/{entry.name}/", entry)
        elif _ending(entry.name) in CONTENT_TYPES:
            yield PAGES.get(entry.name, f"/{entry.name}"), entry.read_bytes()
    leaflet = files("xstatic.pkg.leaflet") / "data"
    for name in LEAFLET_FILES:
        yield f"/web/leaflet/{name}", (leaflet / name).read_bytes()
    yield from _folder("/web/leaflet/images/", leaflet / "images")


def _folder(path: str, folder: Traversable) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _folder(f"{path}{entry.name}/", entry)
        elif _ending(entry.name) in CONTENT_TYPES:
            yield path + entry.name, entry.read_bytes()


def _ending(name: str) -> str:
    """With its dot; addresses of pages have none, and are HTML."""
    last = name.rpartition("/")[2]
    return "." + last.rpartition(".")[2] if "." in last else ".html"


def _settings(tiles: Tiles | None) -> bytes:
    """What pages must know of the server's settings."""
    return json.dumps({"version": __version__, "tiles": msgspec.to_builtins(tiles)}).encode()


def _shell_line(table: Mapping[str, WebFile]) -> bytes:
    """What the service worker must know: browsers fetch the files anew when this line changes."""
    paths = shell_paths(table)
    digest = hashlib.sha256("".join(table[path].plain.etag for path in paths).encode())
    shell = {"version": digest.hexdigest()[:16], "files": paths}
    return f"const SHELL = {json.dumps(shell)};\n".encode()
