"""What a client's page would show: the last welcome, brought up to date by what came after."""

from typing import Any

from server.simulation.board import Board, public
from server.simulation.link import Message


class Screen:
    """One client's picture of the hunt."""

    def __init__(self) -> None:
        self.shown: dict[str, Any] = {}
        self._states: dict[str, str] = {}
        self._closed: set[str] = set()
        self._announcements: list[int] = []
        self._board: Board | None = None
        """The console board, of a game master."""

    def take(self, message: Message, asked: dict[int, Message]) -> None:
        """Bring the picture up to date with any message."""
        match message["t"]:
            case "welcome":
                self._begin(message)
            case "team":
                self._show_team(message["team"])
            case "location":
                self._show_location(message)
            case "leaderboard":
                self.shown["leaderboard"] = message["leaderboard"]
            case "announcement":
                if message["announcement"]["id"] not in self._announcements:
                    self._announcements.append(message["announcement"]["id"])
            case "progress":
                assert self._board is not None
                self._board.take(message)
            case "finds":
                self.shown["public"] = public(message)
            case "phase":
                self.shown["phase"] = message["phase"]
            case "accepted" | "refused":
                self._show_answer(message, asked.get(message["n"], {}))

    def picture(self) -> dict[str, Any]:
        """Everything that a fresh snapshot must show in the same way."""
        board = {} if self._board is None else self._board.saved()
        return {
            **board,
            **self.shown,
            "states": dict(sorted(self._states.items())),
            "closed": sorted(self._closed),
            "announcements": sorted(self._announcements),
        }

    def _begin(self, welcome: Message) -> None:
        hunt, team = welcome.get("hunt"), welcome.get("team")
        self.shown = {
            "leaderboard": welcome["leaderboard"],
            "phase": hunt["phase"] if hunt else None,
        }
        self._closed = set(welcome.get("closed", ()))
        self._announcements = [one["id"] for one in welcome["announcements"]]
        self._states = {}
        role = welcome["you"]["role"]
        self._board = Board(welcome) if role == "gm" else None
        if role == "watch":
            self.shown["public"] = public(welcome)
        if team is not None:
            self._show_team(team)

    def _show_team(self, team: Message) -> None:
        self.shown["score"] = team["score"]
        self.shown["target"] = team.get("target")
        self.shown["players"] = team.get("players", [])
        self._states = {place["id"]: place["state"] for place in team.get("locations", ())}

    def _show_location(self, message: Message) -> None:
        if "id" in message:
            (self._closed.discard if message.get("open") else self._closed.add)(message["id"])
            return
        self._states[message["location"]["id"]] = message["location"]["state"]
        if "score" in message:
            self.shown["score"] = message["score"]

    def _show_answer(self, message: Message, request: Message) -> None:
        if message.get("score") is not None and "score" in self.shown:
            self.shown["score"] = message["score"]
        if request.get("t") == "claim" and message["t"] == "accepted":
            self._states[request["location"]] = "found"
        for place in message.get("unlocked", ()):
            self._states[place["id"]] = place["state"]
