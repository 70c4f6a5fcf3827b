"""The seeding client's side of the wire: one game master who sends one plan."""

import json
import time
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct
from websockets.exceptions import ConnectionClosed, InvalidURI, WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

SUBPROTOCOL = Subprotocol("cairn.v1.json")

FRAME_BYTES_MAX = 64 * 1024 * 1024
"""Largest answer. A snapshot of 20,000 teams takes a few MiB; this only stops a mad server."""

CONNECT_TIMEOUT_S = 10.0
"""A server that takes longer to greet is taken for unreachable."""

ANSWER_TIMEOUT_S = 120.0
"""Wait for `accepted` and then `saved`: a plan with 20,000 teams takes seconds, a stalled disk
some more."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class SeedFailed(Exception):
    """The server was not reached, or did not take the plan."""


class WrongToken(SeedFailed):
    """The server does not know the game master's token."""


class PlanRefused(SeedFailed):
    """The server found mistakes in the plan."""

    def __init__(self, message: str, errors: list[str]) -> None:
        super().__init__(message)
        self.errors = errors


class Seeded(Struct, frozen=True):
    """What the server says about a plan that it took or compared."""

    hunt: str
    applied: bool
    """Whether the plan is in force now; if not, it was only compared."""
    changes: list[str]
    teams: list[dict[str, str]]
    """For each team `id`, `name`, `code` and `long_code`."""


class Conversation:
    """Follows the server's messages until the outcome of request 1 is final. Does no I/O."""

    def __init__(self) -> None:
        self._accepted: Seeded | None = None

    def take(self, message: dict[str, Any]) -> Seeded | None:
        """Take in the server's next message; return the outcome once it is final.

        A plan in force is final when it is saved; a mere comparison changes nothing that could
        be lost.

        Raises:
            SeedFailed: The server refused (also as `WrongToken` and `PlanRefused`).
        """
        kind = message.get("t")
        if kind == "error":
            raise _error(message)
        if kind == "refused" and message.get("n") == 1:
            raise _refusal(message)
        if kind == "accepted" and message.get("n") == 1:
            self._accepted = _seeded(message)
        # A `saved` may come by itself or ride on another answer.
        saved = message.get("n") if kind == "saved" else message.get("saved")
        is_saved = isinstance(saved, int) and saved >= 1
        if self._accepted is not None and (is_saved or not self._accepted.applied):
            return self._accepted
        return None


def seed(server: str, token: str, document: object, replace: bool) -> Seeded:
    """Send a plan document to a running server and wait until the outcome is on its disk.

    Raises:
        SeedFailed: Unreachable, refused or silent; the text is for people and names no token.
    """
    url = server if urlsplit(server).path not in ("", "/") else server.rstrip("/") + "/ws"
    request = {"t": "seed", "n": 1, "plan": document, "replace": replace}
    try:
        with connect(
            url,
            subprotocols=[SUBPROTOCOL],
            max_size=FRAME_BYTES_MAX,
            open_timeout=CONNECT_TIMEOUT_S,
            # A proxy knows no way to this machine itself.
            proxy=None if urlsplit(server).hostname in _LOOPBACK else True,
        ) as connection:
            connection.send(json.dumps({"t": "gm", "token": token}))
            _await_welcome(connection)
            connection.send(json.dumps(request, default=_jsonable))
            return _await_outcome(connection)
    except InvalidURI as error:
        raise SeedFailed(f"{server} is not a websocket address like ws://127.0.0.1:8765") from error
    except ConnectionClosed as error:
        raise SeedFailed(f"the server closed the connection: {error}") from error
    except TimeoutError as error:
        raise SeedFailed(f"the server at {server} did not answer in time") from error
    except (OSError, WebSocketException) as error:
        raise SeedFailed(f"cannot reach the server at {server}: {error}") from error


def _await_welcome(connection: ClientConnection) -> None:
    while True:
        message = _receive(connection, CONNECT_TIMEOUT_S)
        if message.get("t") == "error":
            raise _error(message)
        if message.get("t") == "welcome":
            return


def _await_outcome(connection: ClientConnection) -> Seeded:
    conversation = Conversation()
    deadline = time.monotonic() + ANSWER_TIMEOUT_S
    while True:
        message = _receive(connection, max(0.0, deadline - time.monotonic()))
        if (outcome := conversation.take(message)) is not None:
            return outcome


def _receive(connection: ClientConnection, timeout_s: float) -> dict[str, Any]:
    message = json.loads(connection.recv(timeout=timeout_s))
    if not isinstance(message, dict):
        raise SeedFailed("the server does not speak Cairn's protocol")
    return message


def _seeded(message: dict[str, Any]) -> Seeded:
    return Seeded(
        hunt=str(message.get("hunt", "")),
        applied=bool(message.get("applied", False)),
        changes=[str(change) for change in message.get("changes") or ()],
        teams=[dict(team) for team in message.get("teams") or ()],
    )


def _error(message: dict[str, Any]) -> SeedFailed:
    text = str(message.get("message", "the server gave no reason"))
    return (WrongToken if message.get("code") == "not_authorised" else SeedFailed)(text)


def _refusal(message: dict[str, Any]) -> SeedFailed:
    text = str(message.get("message", "the server gave no reason"))
    if message.get("reason") == "invalid_plan":
        return PlanRefused(text, [str(error) for error in message.get("errors") or [text]])
    return SeedFailed(f"the server refused the plan: {text}")


def _jsonable(value: object) -> str:
    """Write a date of a YAML plan as text; nothing else in a plan needs it."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be part of a plan")
