"""What a page keeps of the console board, and of the public's finds, as docs/protocol.md tells it."""

from typing import Any

from actors.domain.message_list import MESSAGES_NEWEST, MESSAGES_WAITING_MAX
from actors.domain.progress_changes import STAFF_LOG_MAX
from server.simulation.link import Message

LISTS = ("teams", "locations", "messages", "staff_log", "places")

LIVE = ("online", "delivered", "last_seen_at")
"""Fields of a team line that are not in the journal."""

Lines = dict[Any, dict[str, Any]]


class Board:
    """A game master's page: the board of a welcome, brought up to date by `progress`."""

    def __init__(self, welcome: Message) -> None:
        self.lines: dict[str, Lines] = {}
        self._forget()
        self._merge(welcome)

    def _forget(self) -> None:
        self.lines = {name: {} for name in LISTS}

    def take(self, push: Message) -> None:
        """Bring the board up to date with a `progress` push."""
        if push.get("whole"):
            self._forget()
        self._merge(push)

    def _merge(self, message: Message) -> None:
        for name in LISTS:
            for line in message.get(name) or ():
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

    def saved(self) -> dict[str, Lines]:
        """The board without what is live, as parts of a page's picture."""
        teams = {
            id_: {key: value for key, value in line.items() if key not in LIVE}
            for id_, line in self.lines["teams"].items()
        }
        lines = {**self.lines, "teams": teams}
        return {f"board {name}": lines[name] for name in LISTS}


def public(message: Message) -> dict[str, Any]:
    """What a watcher knows of finds and places from a welcome or a `finds` push."""
    return {"finds": message.get("finds", []), "places": message.get("places", [])}
