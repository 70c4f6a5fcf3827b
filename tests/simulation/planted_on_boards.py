"""Planted bugs in the console board and in what the public sees of finds."""

from collections.abc import Sequence
from typing import Any

from actors.domain.events import Record
from actors.domain.progress import Progress
from actors.domain.public_finds import PublicFinds
from server.console_board import ConsoleBoard
from server.core import Core
from tests.simulation.mutation import Mutation, Patches


def _board_early(patches: Patches) -> None:
    begin = Core.__init__
    fold = ConsoleBoard.fold

    def init(self: Core, *args: Any) -> None:
        begin(self, *args)
        append = self.journal.append

        def showing(record: Record) -> None:
            append(record)
            topics = self.hub.hunts.get(record.hunt)
            if topics is not None:
                fold(topics.board, [record])

        self.journal.append = showing  # type: ignore[method-assign]

    def not_again(_self: ConsoleBoard, _records: Sequence[Record]) -> None:
        """It was folded when it was appended."""

    patches.replace(Core, "__init__", init)
    patches.replace(ConsoleBoard, "fold", not_again)


def _later_finders_unchanged(patches: Patches) -> None:
    rerank = Progress._rerank

    def partly(self: Progress, corrected: Any, event: Any) -> None:
        changes = self.changes
        cell, changes.cell = changes.cell, lambda *_: None  # type: ignore[method-assign]
        try:
            rerank(self, corrected, event)
        finally:
            changes.cell = cell  # type: ignore[method-assign]
        changes.cell(corrected, self._places[event.location])

    patches.replace(Progress, "_rerank", partly)


def _frozen_finds_leak(patches: Patches) -> None:
    patches.replace(PublicFinds, "freeze", lambda _: None)


BOARDS = (
    Mutation(
        "board-early",
        "The console board folds records when they are appended, not when they are saved.",
        4,
        ("I5",),
        _board_early,
    ),
    Mutation(
        "later-finders-not-pushed",
        "After a void find the console is not told of later finders' new ranks.",
        6,
        ("I10",),
        _later_finders_unchanged,
    ),
    Mutation(
        "frozen-finds-leak",
        "While the leaderboard is frozen, watchers are shown new finds.",
        4,
        ("I5",),
        _frozen_finds_leak,
    ),
)
