"""What a page keeps of the console board and of the newest finds, as docs/protocol.md tells it."""

from typing import Any

from actors.domain.message_list import MESSAGES_NEWEST, MESSAGES_WAITING_MAX
from actors.domain.progress_changes import STAFF_LOG_MAX
from tests.server.rig import Message

LISTS = ("teams", "locations", "messages", "staff_log", "places")

Lines = dict[Any, dict[str, Any]]


class Board:
    """A game master's page: the board of a welcome, brought up to date by `progress`."""

    def __init__(self, welcome: Message) -> None:
        self.lines: dict[str, Lines] = {}
        self._forget()
        self._merge(welcome)

    def _forget(self) -> None:
        self.lines = {name: {} for name in LISTS}

    def take(self, message: Message) -> None:
        if message["t"] == "progress":
            if message.get("whole"):
                self._forget()
            self._merge(message)

    def _merge(self, message: Message) -> None:
        for name in LISTS:
            for line in message.get(name, ()):
                merged = dict(line)
                if name == "teams":
                    before = self.lines[name].get(line["id"], {}).get("cells", {})
                    merged["cells"] = {**before, **line.get("cells", {})}
                self.lines[name][line["id"]] = merged
        self._drop_old()

    def _drop_old(self) -> None:
        log, messages = self.lines["staff_log"], self.lines["messages"]
        for old in sorted(log)[:-STAFF_LOG_MAX]:
            del log[old]
        older = sorted(messages)[:-MESSAGES_NEWEST]
        waiting = [one for one in older if messages[one].get("state", "open") != "done"]
        for old in set(older) - set(waiting[-MESSAGES_WAITING_MAX:]):
            del messages[old]

    def shown(self) -> dict[str, Lines]:
        """Everything on it."""
        return self.lines


def public(message: Message) -> dict[str, Any]:
    """What a watcher knows of finds and places from a welcome or a `finds` push."""
    return {"finds": message.get("finds", []), "places": message.get("places", [])}
