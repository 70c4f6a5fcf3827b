import configparser
import gzip
import hashlib
import json
import re
from pathlib import Path, PurePosixPath

import pytest

from server.tiles import OSM_TILES
from server.web_files import FILE_BYTES_MAX, PAGES, WebFile, shell_paths, web_file, web_files

ROOT = Path(__file__).resolve().parent.parent.parent
WEB = ROOT / "server" / "web"

SOURCES = sorted(path.relative_to(WEB).as_posix() for path in WEB.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def table() -> dict[str, WebFile]:
    return dict(web_files(OSM_TILES))


def address(source: str) -> str:
    """Where a file below server/web is served."""
    return f"/web/{source}" if "/" in source else PAGES.get(source, f"/{source}")


def test_every_file_has_its_row_and_nothing_else_has(table: dict[str, WebFile]) -> None:
    leaflet = {path for path in table if path.startswith("/web/leaflet/")}
    assert table.keys() - leaflet == {"/settings.json", *map(address, SOURCES)}
    assert {"/web/leaflet/leaflet.js", "/web/leaflet/images/layers.png"} <= leaflet


def test_every_file_is_what_its_row_says(table: dict[str, WebFile]) -> None:
    for source in SOURCES:
        file, body = table[address(source)], (WEB / source).read_bytes()
        if source not in PAGES:  # They begin with a list of their modules.
            assert file.plain.body.endswith(body)
        assert file.plain.etag == f'"{hashlib.sha256(file.plain.body).hexdigest()}"'
        if file.zipped is not None:
            assert gzip.decompress(file.zipped.body) == file.plain.body
    kinds = {PurePosixPath(path).suffix: file.content_type for path, file in table.items()}
    assert kinds == {
        "": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".png": "image/png",
        ".svg": "image/svg+xml",
        ".webmanifest": "application/manifest+json",
    }


def test_a_file_that_a_slow_phone_would_not_get_whole_is_not_taken() -> None:
    assert web_file("a.png", bytes(FILE_BYTES_MAX)).zipped is None
    assert web_file("a.js", bytes(3 * FILE_BYTES_MAX)).zipped, "what counts is what is sent"
    with pytest.raises(ValueError, match=r"a\.png is sent as 100001 bytes; at most are 100000"):
        web_file("a.png", bytes(FILE_BYTES_MAX + 1))


def test_every_file_is_part_of_the_package() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    patterns = setup["options.package_data"]["server"].split()
    depths = {len(PurePosixPath(source).parts) for source in SOURCES}
    assert {"web" + "/*" * depth for depth in depths} == set(patterns)


# The shell ----------------------------------------------------------------------------------


def shell(table: dict[str, WebFile]) -> dict[str, object]:
    line = table["/sw.js"].plain.body.decode().partition("\n")[0]
    found = re.fullmatch(r"const SHELL = (\{.*\});", line)
    assert found is not None
    return dict(json.loads(found[1]))


def test_a_phone_keeps_the_players_page_and_nothing_of_the_other_pages(
    table: dict[str, WebFile],
) -> None:
    files = shell(table)["files"]
    assert files == shell_paths(table)
    assert {"/", "/settings.json", "/web/common/base.css", "/web/leaflet/leaflet.js"} <= set(files)
    for path in ("/sw.js", "/gm", "/screen", "/web/texts/en/gm.js", "/ws", "/healthz"):
        assert path not in files
    assert not [path for path in files if path.startswith(("/web/gm/", "/web/screen/"))]


def test_the_service_worker_changes_with_the_settings_and_only_with_something() -> None:
    with_tiles, without = dict(web_files(OSM_TILES)), dict(web_files(None))
    assert shell(with_tiles) == shell(dict(web_files(OSM_TILES)))
    assert shell(with_tiles)["version"] != shell(without)["version"]
    assert with_tiles["/sw.js"].plain.etag != without["/sw.js"].plain.etag


# The manifest and the pages -----------------------------------------------------------------


def test_the_manifest_makes_the_page_installable(table: dict[str, WebFile]) -> None:
    manifest = json.loads(table["/manifest.webmanifest"].plain.body)
    assert (manifest["start_url"], manifest["display"]) == ("/", "standalone")
    icons = manifest["icons"]
    assert {(icon["sizes"], icon["purpose"]) for icon in icons} >= {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    for icon in icons:
        file = table[icon["src"]]
        assert file.content_type == icon["type"]
        if icon["type"] == "image/png":
            width = int.from_bytes(file.plain.body[16:20])
            assert icon["sizes"] == f"{width}x{width}"


@pytest.mark.parametrize("page", sorted(PAGES.values()))
def test_a_page_refers_only_to_rows_of_the_table_and_holds_no_script(
    table: dict[str, WebFile], page: str
) -> None:
    text = table[page].plain.body.decode()
    used = re.findall(r"(?:href|src)=\"([^\"]*)\"", text)
    assert used
    assert [one for one in used if one not in table] == []
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", text) == []


@pytest.mark.parametrize("page", ["/", "/screen"])
def test_a_page_names_its_modules_ahead_and_all_of_them_are_there(
    table: dict[str, WebFile], page: str
) -> None:
    text = table[page].plain.body.decode()
    named = re.findall(r"rel=\"modulepreload\" href=\"([^\"]+)\"", text)
    assert "/web/common/connection.js" in named
    assert "/web/common/texts.js" in named
    assert [path for path in named if path not in table] == []
