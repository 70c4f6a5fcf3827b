"""Settings: flags, else `CAIRN_*` variables, else defaults. Nothing else reads the environment.

The defaults are the production configuration: what the benchmarks run is what
`python -m server` starts with no flags.
"""

import argparse
import re
import ssl
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from server.addresses import Network, binds_loopback_only, parse_networks
from server.door import Door
from server.log_lines import LogFormat
from server.metrics_page import Exposure
from server.tiles import OSM_ATTRIBUTION, OSM_TILES, TILES_OFF, TILES_OSM, Tiles, parse_tiles
from server.tls import TlsUnusable, server_context

YES_OR_NO = ("yes", "no")

_ORIGIN = re.compile(r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
"""As browsers write one (RFC 6454, section 6.1); anything else would never match."""

LOG_LEVELS = ("debug", "info", "warning", "error")

_Choice = TypeVar("_Choice", bound=StrEnum)


class Setting(Struct, frozen=True):
    """One setting: where it may come from, and what it means."""

    name: str
    default: str
    help: str
    is_switch: bool = False
    """yes or no; the flag alone means yes."""

    @property
    def flag(self) -> str:
        """The command line flag."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return "CAIRN_" + self.name.upper()


SETTINGS = (
    Setting("host", "127.0.0.1", "address to listen on"),
    Setting("port", "8765", "TCP port to listen on; 0 picks a free one"),
    Setting("db", "cairn.db", "SQLite file; FILE.key and FILE.lock stand beside it"),
    Setting(
        "origins",
        "",
        "comma-separated origins (https://hunt.example) whose pages may connect, beside this "
        "server's own pages",
    ),
    Setting("tls_cert", "", "certificate with its chain, a PEM file; needs --tls-key"),
    Setting("tls_key", "", "private key of --tls-cert, a PEM file"),
    Setting(
        "behind_proxy",
        "no",
        "yes: a reverse proxy does the TLS, and says in X-Forwarded-For who the clients are",
        is_switch=True,
    ),
    Setting(
        "trusted_proxies",
        "127.0.0.0/8,::1",
        "comma-separated addresses and networks of the proxies that are believed",
    ),
    Setting("connections_max", "15000", "connections at the same time; further ones get HTTP 503"),
    Setting(
        "connections_per_address",
        "4000",
        "connections at the same time from one address; further ones get HTTP 429",
    ),
    Setting(
        "tiles",
        TILES_OSM,
        f"whose map tiles the pages load: {TILES_OSM} for OpenStreetMap's, {TILES_OFF} for none, or "
        "an address such as https://tiles.example/{z}/{x}/{y}.png",
    ),
    Setting("tiles_attribution", OSM_ATTRIBUTION, "whose map another address of --tiles shows"),
    Setting("log_level", "info", "debug, info, warning or error"),
    Setting(
        "log_format", LogFormat.TEXT.value, "text: lines for people; json: an object on each line"
    ),
    Setting(
        "metrics",
        Exposure.LOOPBACK.value,
        "who may read /metrics: loopback for programs on this machine, open for whoever reaches "
        "the server, off for nobody",
    ),
)

GM_TOKEN_VARIABLE = "CAIRN_GM_TOKEN"
"""The game master's token. Only from the environment: command lines are visible to everybody."""

GM_TOKEN_LENGTH_ADVISED = 16
"""Characters below which the server warns that the token can be guessed."""


class Config(Struct, frozen=True):
    """Everything that can be set, checked."""

    host: str
    port: int
    db: Path
    origins: tuple[str, ...] | None
    connections_max: int
    log_level: str
    gm_token: str | None
    warnings: tuple[str, ...] = ()
    """What looks like a mistake but need not be one."""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False
    trusted_proxies: tuple[Network, ...] = ()
    connections_per_address: int = 4_000
    tiles: Tiles | None = OSM_TILES
    """Where pages load map tiles from; None: nowhere."""
    log_format: LogFormat = LogFormat.TEXT
    metrics: Exposure = Exposure.LOOPBACK
    """Who may read the metrics."""

    def door(self) -> Door:
        """Who may connect."""
        return Door(
            self.connections_max,
            self.connections_per_address,
            frozenset(self.origins or ()),
            self.trusted_proxies if self.behind_proxy else (),
        )

    def tls_context(self) -> ssl.SSLContext | None:
        """What to listen with; None without TLS.

        Raises:
            TlsUnusable: the files changed since they were checked.
        """
        if self.tls_cert is None or self.tls_key is None:
            return None
        return server_context(self.tls_cert, self.tls_key)


class ConfigError(Exception):
    """Some settings cannot be used; `problems` names every one of them."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m server",
        description="Cairn: a server for live treasure hunts.",
        epilog=(
            "Each flag can be given as a variable instead: --port as CAIRN_PORT, and so on. "
            f"The game master's token comes from {GM_TOKEN_VARIABLE}; without it one is made at "
            "first start and printed once. Exit codes: 0 stopped, 1 cannot start or storage "
            "failed, 2 wrong settings."
        ),
    )
    for setting in SETTINGS:
        shown = setting.default or "none"
        how: dict[str, Any] = {"nargs": "?", "const": "yes"} if setting.is_switch else {}
        parser.add_argument(
            setting.flag, dest=setting.name, help=f"{setting.help} (default: {shown})", **how
        )
    return parser


def load(arguments: Sequence[str], environment: Mapping[str, str]) -> Config:
    """Read the settings.

    Raises:
        ConfigError: some are wrong; all of them are named at once.
        SystemExit: `--help`, or a flag that does not exist.
    """
    flags = vars(parser().parse_args(arguments))
    problems: list[str] = []
    values: dict[str, str] = {}
    sources: dict[str, str] = {}
    for setting in SETTINGS:
        flag = flags[setting.name]
        is_flag = flag is not None
        values[setting.name] = (
            flag if is_flag else environment.get(setting.variable, setting.default)
        )
        sources[setting.name] = setting.flag if is_flag else setting.variable
    config = _read(_Reader(values, sources, problems), environment)
    problems += _network_problems(config)
    if problems:
        raise ConfigError(problems)
    return config


def _read(reader: "_Reader", environment: Mapping[str, str]) -> Config:
    return Config(
        host=reader.text("host"),
        port=reader.integer("port", 0, 65_535),
        db=Path(reader.text("db")),
        origins=reader.origins("origins"),
        connections_max=reader.integer("connections_max", 1, 1_000_000),
        log_level=reader.choice("log_level", LOG_LEVELS),
        gm_token=environment.get(GM_TOKEN_VARIABLE) or None,
        warnings=_unknown_variables(environment),
        tls_cert=reader.path("tls_cert"),
        tls_key=reader.path("tls_key"),
        behind_proxy=reader.choice("behind_proxy", YES_OR_NO) == "yes",
        trusted_proxies=reader.networks("trusted_proxies"),
        connections_per_address=reader.integer("connections_per_address", 1, 1_000_000),
        tiles=reader.tiles("tiles", "tiles_attribution"),
        log_format=reader.member("log_format", LogFormat),
        metrics=reader.member("metrics", Exposure),
    )


def _network_problems(config: Config) -> list[str]:
    """Why codes and tokens would not be safe on their way, if they would not."""
    if (config.tls_cert is None) != (config.tls_key is None):
        return ["--tls-cert and --tls-key go together; one of them is missing"]
    try:
        config.tls_context()
    except TlsUnusable as error:
        return [f"--tls-cert: {error}"]
    is_safe = config.tls_cert is not None or config.behind_proxy
    if is_safe or not config.host or binds_loopback_only(config.host):
        return []
    return [
        f"--host {config.host}: other machines could connect, and read codes and tokens on the "
        "way. Give --tls-cert and --tls-key; or put a proxy that does TLS in front and say "
        "--behind-proxy; or listen on 127.0.0.1"
    ]


def _unknown_variables(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Probably misspelled; but other programs may share the prefix."""
    known = {setting.variable for setting in SETTINGS} | {GM_TOKEN_VARIABLE}
    return tuple(
        f"{name} is no setting and is ignored; there are {', '.join(sorted(known))}"
        for name in sorted(environment)
        if name.startswith("CAIRN_") and name not in known
    )


class _Reader:
    """Reads settings one by one; notes what is wrong and goes on."""

    def __init__(
        self, values: Mapping[str, str], sources: Mapping[str, str], problems: list[str]
    ) -> None:
        self._values = values
        self._sources = sources
        self._problems = problems

    def _wrong(self, name: str, expected: str) -> None:
        found = self._values[name]
        self._problems.append(f"{self._sources[name]}: expected {expected}, found {found!r}")

    def text(self, name: str) -> str:
        value = self._values[name].strip()
        if not value:
            self._wrong(name, "some text")
        return value

    def integer(self, name: str, low: int, high: int) -> int:
        try:
            value = int(self._values[name])
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            self._wrong(name, f"a whole number from {low} to {high}")
            return low
        return value

    def choice(self, name: str, choices: Sequence[str]) -> str:
        value = self._values[name].strip().lower()
        if value not in choices:
            self._wrong(name, "one of " + ", ".join(choices))
        return value

    def member(self, name: str, kind: type[_Choice]) -> _Choice:
        value = self.choice(name, tuple(kind))
        return next((one for one in kind if one == value), next(iter(kind)))

    def path(self, name: str) -> Path | None:
        value = self._values[name].strip()
        return Path(value) if value else None

    def networks(self, name: str) -> tuple[Network, ...]:
        try:
            return parse_networks(self._values[name])
        except ValueError:
            self._wrong(name, "addresses and networks, as 10.0.0.1,192.168.0.0/16")
            return ()

    def tiles(self, name: str, attribution: str) -> Tiles | None:
        try:
            return parse_tiles(self._values[name].strip(), self._values[attribution].strip())
        except ValueError:
            self._wrong(
                name,
                f"{TILES_OSM}, {TILES_OFF}, or an address with {{z}}, {{x}} and {{y}} as "
                "https://tiles.example/{z}/{x}/{y}.png",
            )
            return None

    def origins(self, name: str) -> tuple[str, ...] | None:
        parts = tuple(part.strip() for part in self._values[name].split(",") if part.strip())
        if not all(_ORIGIN.fullmatch(part) for part in parts):
            self._wrong(name, "origins as https://hunt.example, without a path, in small letters")
        return parts or None
