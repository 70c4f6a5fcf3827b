"""The demo's hunt: seeded and started over the websocket, like any game master would do it."""

import json
import time
from pathlib import Path
from typing import Any

from msgspec import Struct
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from scripts.demo_children import CannotRun
from scripts.seed_client import SUBPROTOCOL, Seeded, SeedFailed, seed
from server.plan_file import PlanErrors, PlanFile, read_plan_file

DEMO_PLAN = Path(__file__).resolve().parent.parent / "docs" / "examples" / "golden-gate.yaml"

ANSWER_TIMEOUT_S = 30.0
"""Wait for an answer of our own server; it answers from memory, so this is ample."""


class Demo(Struct, frozen=True):
    """A demo hunt on a running server."""

    websocket: str
    """Address, such as ws://127.0.0.1:8765/ws."""
    hunt: str
    title: str
    phase: str
    locations: int
    teams: list[dict[str, str]]
    """For each team `id`, `name` and `code`."""
    location: str
    """A location that is open from the start."""
    code: str
    """What is found there."""

    def codes_of(self, first: int, count: int) -> str:
        """Some of the teams, as `scripts/seed.py --json` prints them."""
        return json.dumps({"hunt": self.hunt, "teams": self.teams[first : first + count]})


def open_demo(address: str, token: str, is_fresh: bool) -> Demo:
    """Seed the demo hunt on the server at `address` (host:port), start it if it has not begun.

    A hunt that is there already goes on, unless `is_fresh` asks for a new one.

    Raises:
        CannotRun: The server refused or did not answer, or the plan is not good any more.
    """
    file = _plan()
    websocket = f"ws://{address}/ws"
    try:
        seeded = seed(websocket, token, file.document, is_fresh)
        phase = start_hunt(websocket, token, seeded.hunt)
    except (SeedFailed, OSError, WebSocketException) as error:
        raise CannotRun(f"The demo hunt could not be opened: {error}") from error
    _warn_of_changes(seeded)
    example = next(one for one in file.plan.locations if one.code and one.requires is None)
    return Demo(
        websocket=websocket,
        hunt=seeded.hunt,
        title=file.plan.title,
        phase=phase,
        locations=len(file.plan.locations),
        teams=seeded.teams,
        location=example.id,
        code=example.code.upper() if example.code else "",
    )


def start_hunt(websocket: str, token: str, hunt: str) -> str:
    """Start the hunt if it has not begun; return its phase afterwards.

    Raises:
        OSError, WebSocketException: The server is out of reach, or closed the connection.
        CannotRun: It refused.
    """
    # A proxy knows no way to this machine itself.
    with connect(websocket, subprotocols=[SUBPROTOCOL], max_size=None, proxy=None) as gm:
        gm.send(json.dumps({"t": "gm", "token": token, "hunt": hunt}))
        phase = str(_await(gm, "welcome")["hunt"]["phase"])
        if phase != "draft":
            return phase
        gm.send(json.dumps({"t": "start", "n": 1, "hunt": hunt}))
        answer = _await(gm, "accepted", "refused")
        if answer["t"] == "refused":
            raise CannotRun(f"The demo hunt could not be started: {answer['message']}")
        return "running"


def _await(connection: ClientConnection, *kinds: str) -> dict[str, Any]:
    """The next message of one of these types; pushes in between are passed over."""
    deadline = time.monotonic() + ANSWER_TIMEOUT_S
    while True:
        message = json.loads(connection.recv(timeout=max(0.0, deadline - time.monotonic())))
        if message.get("t") in kinds:
            return dict(message)


def _plan() -> PlanFile:
    file = read_plan_file(DEMO_PLAN.read_text(encoding="utf-8"), str(DEMO_PLAN))
    if isinstance(file, PlanErrors):
        raise CannotRun("The demo's plan has mistakes:\n" + "\n".join(file.messages))
    return file


def _warn_of_changes(seeded: Seeded) -> None:
    if not seeded.applied:
        print(
            "The hunt in this database is of an older plan and goes on as it is; "
            "use --fresh to start over with the new one."
        )
