"""Settings: flags, else `CAIRN_*` variables, else defaults. Nothing else reads the environment.

The defaults are the production configuration: what the benchmarks run is what
`python -m server` starts with no flags.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

LOG_LEVELS = ("debug", "info", "warning", "error")


class Setting(Struct, frozen=True):
    """One setting: where it may come from, and what it means."""

    name: str
    default: str
    help: str

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
        "comma-separated origins (https://hunt.example) whose pages may connect; empty: any",
    ),
    Setting("connections_max", "15000", "connections at the same time; further ones get HTTP 503"),
    Setting("log_level", "info", "debug, info, warning or error"),
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
        parser.add_argument(
            setting.flag, dest=setting.name, help=f"{setting.help} (default: {shown})"
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
    reader = _Reader(values, sources, problems)
    config = Config(
        host=reader.text("host"),
        port=reader.integer("port", 0, 65_535),
        db=Path(reader.text("db")),
        origins=reader.origins("origins"),
        connections_max=reader.integer("connections_max", 1, 1_000_000),
        log_level=reader.choice("log_level", LOG_LEVELS),
        gm_token=environment.get(GM_TOKEN_VARIABLE) or None,
        warnings=_unknown_variables(environment),
    )
    if problems:
        raise ConfigError(problems)
    return config


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

    def origins(self, name: str) -> tuple[str, ...] | None:
        parts = tuple(part.strip() for part in self._values[name].split(",") if part.strip())
        if any(not part.startswith(("http://", "https://")) for part in parts):
            self._wrong(name, "origins that start with http:// or https://")
        return parts or None
