"""`python -m server`: start, say where, run until told to stop."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence

import uvloop

from server.app import AddressUnusable, App, StorageLost
from server.config import (
    GM_TOKEN_LENGTH_ADVISED,
    GM_TOKEN_VARIABLE,
    Config,
    ConfigError,
    load,
)
from server.key_file import KeyUnusable
from server.limits import raise_descriptor_limit
from server.log_lines import start_logging
from server.schema import StoreUnusable
from server.tls import TlsUnusable

EXIT_CANNOT_RUN = 1
EXIT_WRONG_SETTINGS = 2


def main(arguments: Sequence[str], make_app: Callable[[Config], App] = App) -> int:
    """Run the server; returns the exit code. Tests make an app whose disk misbehaves."""
    try:
        config = load(arguments, os.environ)
    except ConfigError as error:
        for problem in error.problems:
            print(f"cairn: {problem}", file=sys.stderr)  # noqa: T201
        return EXIT_WRONG_SETTINGS
    start_logging(config.log_level, config.log_format)
    try:
        return uvloop.run(_serve(config, make_app))
    except (AddressUnusable, KeyUnusable, StoreUnusable, TlsUnusable, OSError) as error:
        print(f"cairn: {error}", file=sys.stderr)  # noqa: T201
        return EXIT_CANNOT_RUN


async def _serve(config: Config, make_app: Callable[[Config], App]) -> int:
    raise_descriptor_limit(config.connections_max)
    app = make_app(config)
    port = await app.start()
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    _say(app, config, port)  # From now on somebody may want to stop it.
    assert app.failed is not None
    app.failed.add_done_callback(lambda _: stopping.set())
    await stopping.wait()
    await app.stop()
    if app.failed.done():
        try:
            app.failed.result()
        except StorageLost as error:
            print(f"cairn: storage failed, so the server ends: {error}", file=sys.stderr)  # noqa: T201
            return EXIT_CANNOT_RUN
    return 0


def _say(app: App, config: Config, port: int) -> None:
    host = f"[{config.host}]" if ":" in config.host else config.host
    s = "s" if config.tls_cert is not None else ""
    lines = [f"Cairn listens on http{s}://{host}:{port}/ (websocket: ws{s}://{host}:{port}/ws)"]
    lines += [f"Warning: {warning}" for warning in (*config.warnings, *app.warnings)]
    if config.gm_token is not None and len(config.gm_token) < GM_TOKEN_LENGTH_ADVISED:
        lines.append(
            f"Warning: {GM_TOKEN_VARIABLE} is shorter than {GM_TOKEN_LENGTH_ADVISED} characters "
            "and could be guessed."
        )
    if app.new_gm_token is not None:
        lines.append(
            f"The game master's token, shown only this once: {app.new_gm_token}\n"
            f"Set {GM_TOKEN_VARIABLE} to choose your own."
        )
    print("\n".join(lines), flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
