"""Just enough Markdown to compare a document with the code: headings, tables, links, blocks."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_CELL_END = re.compile(r"(?<!\\)\|")
_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_RULE = re.compile(r"[|\s:-]+")


def codes(text: str) -> list[str]:
    """The code spans of a text, in order."""
    return _CODE.findall(text)


@dataclass(frozen=True)
class Row:
    """One row of a table; its key is the first code span of its first cell, else that cell."""

    cells: tuple[str, ...]

    @property
    def key(self) -> str:
        return next(iter(codes(self.cells[0])), self.cells[0])

    @property
    def text(self) -> str:
        return " | ".join(self.cells)


Table = dict[str, Row]


@dataclass
class Document:
    """A Markdown file."""

    path: Path
    text: str = field(init=False)
    prose: str = field(init=False)
    """The text without its fenced blocks."""

    def __post_init__(self) -> None:
        self.text = self.path.read_text(encoding="utf-8")
        self.prose = _FENCED.sub("", self.text)

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    def links(self) -> list[str]:
        """The targets of all links."""
        return _LINK.findall(self.prose)

    def anchors(self) -> set[str]:
        """What a link may name after `#`."""
        titles = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}

    def tables(self, heading: str | None = None) -> list[Table]:
        """The tables right under a heading (None: all of the document)."""
        return [
            {row.key: row for row in rows}
            for under, rows in self._tables()
            if heading in (None, under)
        ]

    def rows(self) -> Iterator[Row]:
        """All rows of all tables."""
        for _, rows in self._tables():
            yield from rows

    def _tables(self) -> Iterator[tuple[str, list[Row]]]:
        heading, rows = "", list[Row]()
        for line in [*self.prose.splitlines(), ""]:
            if line.startswith("|"):
                if not _RULE.fullmatch(line):
                    rows.append(Row(tuple(one.strip() for one in _CELL_END.split(line)[1:-1])))
                continue
            if rows:
                yield heading, rows[1:]
                rows = []
            if line.startswith("#"):
                heading = line.lstrip("#").strip()

    def values(self) -> Iterator[Any]:
        """The values in all JSON blocks, which may stand one after the other."""
        decoder = json.JSONDecoder()
        for language, block in _FENCED.findall(self.text):
            rest = block.strip() if language == "json" else ""
            while rest:
                value, end = decoder.raw_decode(rest)
                yield value
                rest = rest[end:].lstrip()


def document(name: str) -> Document:
    """A document of the project, by its path."""
    return Document(ROOT / name)
