"""What the importer hands out: a document of headings and paragraphs, and the problem it raises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Layout = Literal["pages", "lines", "markdown"]
Kind = Literal["paragraph", "introduction", "list", "table-row"]
Reason = Literal[
    "page-number",
    "running-title",
    "table-header",
    "bookmark",
    "repeated-link",
    "no-link",
    "lost-mark",
    "front-matter",
    "markup",
]


@dataclass(frozen=True, slots=True)
class Footnote:
    """A note of the source; `mark` is its number or label as printed, `text` may hold line breaks."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, or (`lead_in`) the words that the numbered paragraphs below it complete.

    Level 0 is a title of the whole document and is no part of any paragraph's path.
    """

    level: int
    text: str
    number: str | None
    line: int
    last_line: int
    lead_in: bool = False

    @property
    def label(self) -> str:
        """The heading as a reader sees it, its section number in front."""
        return f"{self.number} {self.text}" if self.number else self.text


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One addressable piece of text.

    `ref` is unique in its document and matches `[a-z0-9]+([.-][a-z0-9]+)*`. In `text` a blank line separates
    blocks and a single line break separates list items, table entries or cells; `cells` repeats the columns
    of a table row. `lines` are the first and last line of the source, counted from 1.
    """

    ref: str
    number: str | None
    kind: Kind
    heading: tuple[str, ...]
    text: str
    footnotes: tuple[Footnote, ...]
    links: tuple[str, ...]
    lines: tuple[int, int]
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """A piece of the source that is in no paragraph, and why."""

    line: int
    text: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed publication; `gaps` and `doubled` name numbers that the source skips or uses twice."""

    title: str | None
    language: str
    layout: Layout
    items: tuple[Heading | Paragraph, ...]
    removed: tuple[Removed, ...]
    gaps: tuple[str, ...]
    doubled: tuple[str, ...]

    @property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        return tuple(item for item in self.items if isinstance(item, Paragraph))

    @property
    def headings(self) -> tuple[Heading, ...]:
        return tuple(item for item in self.items if isinstance(item, Heading))


class ImportProblem(Exception):
    """The file cannot be imported; `code` is stable, `line` counts from 1 where a line is to blame."""

    def __init__(self, code: str, detail: str, line: int | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.line = line
