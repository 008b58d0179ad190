"""A document under construction: parts that may still grow, and the path of headings above them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aep_search.importer.drafting.blocks import Block, notes_of
from aep_search.importer.drafting.numbering import Numbering
from aep_search.importer.drafting.refs import Refs
from aep_search.importer.model import Document, Footnote, Heading, ImportProblem, Kind, Layout, Paragraph, Removed
from aep_shared.text import is_web_address


@dataclass(slots=True)
class Part:
    """A paragraph to be; `text`, where set, stands for the text of the blocks."""

    ref: str
    number: str | None
    kind: Kind
    heading: tuple[str, ...]
    blocks: list[Block]
    text: str | None = None
    cells: tuple[str, ...] = ()
    footnotes: list[Footnote] = field(default_factory=list)
    links: dict[str, None] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[Footnote, ...]:
        return (*self.footnotes, *notes_of(self.blocks))

    def finish(self) -> Paragraph:
        text = "\n\n".join(block.text for block in self.blocks) if self.text is None else self.text
        lines = (self.blocks[0].span[0], self.blocks[-1].span[1])
        links = tuple(self.links)
        return Paragraph(self.ref, self.number, self.kind, self.heading, text, self.notes, links, lines, self.cells)


class Draft:
    """Collects items in reading order; refs are made unique here."""

    def __init__(self, removed: list[Removed] | None = None) -> None:
        self.items: list[Heading | Part] = []
        self.removed: list[Removed] = list(removed or ())
        self.refs = Refs()
        self.has_paragraphs = False
        self.has_whole_title = False
        self._path: list[Heading] = []
        self._titles: list[tuple[bool, str]] = []
        self._gaps: list[str] = []
        self._doubled: list[str] = []
        self._waiting: list[Footnote] = []
        self._waiting_links: dict[str, None] = {}
        self._unnumbered: dict[str, int] = {}

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(heading.label for heading in self._path)

    @property
    def parts(self) -> list[Part]:
        return [item for item in self.items if isinstance(item, Part)]

    def head(
        self,
        level: int,
        text: str,
        span: tuple[int, int],
        *,
        number: str | None = None,
        lead_in: bool = False,
        cut_off: bool = False,
    ) -> None:
        """Adds a heading; it closes those of its level and below, and a title is no part of the path."""
        heading = Heading(level, text, number, span[0], span[1], lead_in)
        self.items.append(heading)
        if level == 0:
            self._titles.append((cut_off, text))
            self.has_whole_title = self.has_whole_title or not cut_off
            return
        self._path = [above for above in self._path if above.level < level]
        self._path.append(heading)

    def name(self, title: str) -> None:
        """Names the document; this title goes before any that its headings give."""
        self._titles.insert(0, (False, title))

    def uncited(self, notes: Mapping[str, str]) -> list[Footnote]:
        """Notes that no paragraph carries yet."""
        cited = {note.mark for part in self.parts for note in part.notes} | {note.mark for note in self._waiting}
        return [Footnote(mark, text) for mark, text in notes.items() if mark not in cited]

    def add(
        self,
        name: str,
        kind: Kind,
        blocks: list[Block],
        *,
        number: str | None = None,
        text: str | None = None,
        cells: tuple[str, ...] = (),
    ) -> Part:
        part = Part(self.refs.take(name), number, kind, self.path, blocks, text, cells)
        part.footnotes, self._waiting = self._waiting, []
        part.links, self._waiting_links = self._waiting_links, {}
        self.items.append(part)
        self.has_paragraphs = True
        return part

    def add_unnumbered(
        self, name: str, kind: Kind, block: Block, *, text: str | None = None, cells: tuple[str, ...] = ()
    ) -> Part:
        """Adds text without a number: "before-24", then "before-24.p2"; "p1" where nothing is numbered."""
        count = self._unnumbered[name] = self._unnumbered.get(name, 0) + 1
        full = f"p{count}" if name == "p" else name if count == 1 else f"{name}.p{count}"
        return self.add(full, kind, [block], text=text, cells=cells)

    def count(self, numbering: Numbering, prefix: str) -> None:
        self.note_numbers(
            [f"{prefix}{gap}" for gap in numbering.gaps], [f"{prefix}{twice}" for twice in numbering.doubled]
        )

    def note_numbers(self, gaps: list[str], doubled: list[str]) -> None:
        self._gaps.extend(gaps)
        self._doubled.extend(doubled)

    def keep_notes(self, block: Block) -> None:
        """Notes of a heading wait for the paragraph below it, since only paragraphs carry notes."""
        self._waiting.extend(notes_of([block]))

    def keep_footnotes(self, notes: Iterable[Footnote]) -> None:
        self._waiting.extend(notes)

    def keep_links(self, links: Iterable[str], line: int) -> None:
        """Addresses of a heading wait for the paragraph below it, like its notes."""
        self._hang(self._waiting_links, links, line)

    def hang(self, part: Part, links: Iterable[str], line: int) -> None:
        """Gives addresses to a paragraph; one that it has already, or that no page may link, is listed as removed."""
        self._hang(part.links, links, line)

    def _hang(self, target: dict[str, None], links: Iterable[str], line: int) -> None:
        for written in links:
            # Print leaves out what every reader adds.
            link = f"http://{written}" if written.lower().startswith("www.") else written
            if not is_web_address(link):
                self.removed.append(Removed(line, written, "no-link"))
            elif link in target:
                self.removed.append(Removed(line, written, "repeated-link"))
            else:
                target[link] = None

    def finish(self, language: str, layout: Layout) -> Document:
        parts = self.parts
        if not parts:
            raise ImportProblem("import-no-paragraphs", "No paragraph was found in the file.")
        parts[-1].footnotes.extend(self._waiting)
        self.hang(parts[-1], self._waiting_links, parts[-1].blocks[0].span[0])
        items = tuple(item.finish() if isinstance(item, Part) else item for item in self.items)
        removed = tuple(sorted(self.removed, key=lambda piece: piece.line))
        title = min(self._titles, key=lambda title: title[0])[1] if self._titles else None
        return Document(title, language, layout, items, removed, tuple(self._gaps), tuple(self._doubled))
