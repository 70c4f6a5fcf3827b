import pytest

from server.tiles import OSM_TILES, Tiles, parse_tiles


def test_a_word_or_an_address_says_whose_tiles() -> None:
    assert parse_tiles("osm", "unused") is OSM_TILES
    assert parse_tiles("off", "unused") is None
    url = "https://tiles.example/v1/{z}/{x}/{y}{r}.png?key=aB-3"
    assert parse_tiles(url, "© Example") == Tiles(url, "© Example", 19)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        (OSM_TILES.url, "https://tile.openstreetmap.org"),
        ("https://{s}.tile.example/{z}/{x}/{y}.png", "https://*.tile.example"),
        ("http://localhost:8080/{z}/{x}/{y}.png", "http://localhost:8080"),
    ],
)
def test_the_origin_is_what_a_security_policy_names(url: str, origin: str) -> None:
    assert Tiles(url).origin == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "OSM",
        "yes",
        "tiles.example/{z}/{x}/{y}.png",
        "https://tiles.example/",
        "https://tiles.example/{z}/{x}.png",
        "ftp://tiles.example/{z}/{x}/{y}.png",
        "https://tiles.example; script-src */{z}/{x}/{y}.png",
        "https://*/{z}/{x}/{y}.png",
        "https://{s}/{z}/{x}/{y}.png",
        "https://a.{s}.example/{z}/{x}/{y}.png",
        "https://ada:pw@tiles.example/{z}/{x}/{y}.png",
        "https://tiles.example/{z}/{x}/{y}.png\r\nX: y",
        "https://tiles.example/{z}/{x}/{y}.png'",
        "javascript:alert(1)//{z}/{x}/{y}",
    ],
)
def test_whatever_else_is_no_address_of_tiles(text: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        parse_tiles(text, "© Example")
