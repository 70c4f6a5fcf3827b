"""Whose map tiles the pages may load, if any: the one thing that they fetch from elsewhere."""

import re

from msgspec import Struct

TILES_OFF = "off"
TILES_OSM = "osm"

_TILE_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>(?:\{s\}\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?)"
    r"/[A-Za-z0-9._~/%?=&{}@-]*"
)
"""An address whose origin can stand in a content security policy as it is."""

OSM_ATTRIBUTION = "© OpenStreetMap contributors"


class Tiles(Struct, frozen=True):
    """A server of map tiles, as Leaflet names its parts."""

    url: str
    """With `{z}`, `{x}` and `{y}`; perhaps `{s}`, the subdomains a, b and c, in front."""
    attribution: str = OSM_ATTRIBUTION
    """Whose map it is: shown on it, since licences ask for that."""
    max_zoom: int = 19
    """The nearest zoom there are pictures for; beyond it pages enlarge them."""

    @property
    def origin(self) -> str:
        """What a content security policy calls it."""
        parts = _TILE_URL.fullmatch(self.url)
        assert parts is not None, self.url
        return f"{parts['scheme']}://{parts['host'].replace('{s}', '*')}"


OSM_TILES = Tiles("https://tile.openstreetmap.org/{z}/{x}/{y}.png")


def parse_tiles(text: str, attribution: str) -> Tiles | None:
    """Read the setting: `off`, `osm`, or an address of tiles.

    Raises:
        ValueError: it is none of these.
    """
    if text == TILES_OFF:
        return None
    if text == TILES_OSM:
        return OSM_TILES
    if not _TILE_URL.fullmatch(text) or not all(part in text for part in ("{z}", "{x}", "{y}")):
        raise ValueError(text)
    return Tiles(text, attribution)
