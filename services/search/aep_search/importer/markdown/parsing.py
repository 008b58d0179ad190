"""Markdown: headings, paragraphs, lists and tables, with the same kinds of refs as the other layouts."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_block.table import escapedSplit
from markdown_it.tree import SyntaxTreeNode

from aep_search.importer.decode import squeeze
from aep_search.importer.drafting.blocks import Block
from aep_search.importer.drafting.draft import Draft
from aep_search.importer.drafting.lines import Line
from aep_search.importer.drafting.outline import SECTION, Outline
from aep_search.importer.drafting.refs import Positions, slug
from aep_search.importer.markdown.inline import Inline, read_inline
from aep_search.importer.markdown.itemlists import Numbers, find_numbers, item_text, list_text
from aep_search.importer.markdown.prepare import Prepared, prepare
from aep_search.importer.model import Document, ImportProblem, Kind, Removed

# The parser drops what is nested deeper, and each level takes some frames of Python's stack.
_DEEPEST = 60


class _Parser(MarkdownIt):
    """CommonMark with tables; addresses stay as they are written."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False, "maxNesting": _DEEPEST})
        self.enable("table")

    def normalizeLink(self, url: str) -> str:
        return url


def parse_markdown(text: str, language: str) -> Document:
    prepared = prepare(text)
    tokens = _Parser().parse(prepared.text)
    deep = next((token for token in tokens if token.level >= _DEEPEST - 1), None)
    if deep:
        line = deep.map[0] + 1 if deep.map else None
        raise ImportProblem("import-too-deep", "Lists or quotations are nested too deeply.", line)
    return _Reader(prepared, SyntaxTreeNode(tokens)).document(language)


class _Reader:
    def __init__(self, prepared: Prepared, root: SyntaxTreeNode) -> None:
        self._prepared = prepared
        self._root = root
        self._lines = prepared.text.split("\n")
        self._draft = Draft(list(prepared.removed))
        self._numbers: Numbers = find_numbers(root)
        self._outline = Outline()
        self._positions = Positions()
        self._section_level = 0
        self._unnamed = 0
        self._covered: set[int] = set(prepared.note_lines) | {piece.line for piece in prepared.removed}
        self._top = _title_level(root)

    def document(self, language: str) -> Document:
        if self._prepared.title:
            self._draft.name(self._prepared.title)
        for node in self._root.children:
            self._read(node)
        self._draft.note_numbers(self._outline.gaps(), self._outline.doubled)
        self._draft.note_numbers(self._numbers.gaps(), self._numbers.doubled())
        for number, line in enumerate(self._lines, start=1):
            if line.strip() and number not in self._covered:
                self._draft.removed.append(Removed(number, squeeze(line), "markup"))
        self._draft.keep_footnotes(self._draft.uncited(self._prepared.notes))
        return self._draft.finish(language, "markdown")

    def _read(self, node: SyntaxTreeNode) -> None:
        if node.type == "heading":
            self._head(node)
        elif node.type == "ordered_list" and self._numbers:
            for item in node.children:
                text = item_text(item, self._prepared.notes)
                self._add(item, "paragraph", self._inline(item), number=item.info, text=text)
        elif node.type in ("ordered_list", "bullet_list"):
            self._add(node, "list", self._inline(node), text=list_text(node, self._prepared.notes))
        elif node.type == "table":
            self._table(node)
        elif node.type in ("fence", "code_block"):
            self._code(node)
        elif node.type == "blockquote":
            for child in node.children:
                self._read(child)
        elif node.type == "paragraph":
            self._add(node, "paragraph", self._inline(node))

    def _inline(self, node: SyntaxTreeNode) -> Inline:
        """All that stands below a node, a blank line between its blocks."""
        parts = [read_inline([inline], self._prepared.notes) for inline in node.walk() if inline.type == "inline"]
        parts += [Inline(_code_text(code)) for code in node.walk() if code.type in ("fence", "code_block")]
        links = (link for part in parts for link in part.links)
        notes = dict.fromkeys(note for part in parts for note in part.footnotes)
        return Inline("\n\n".join(part.text for part in parts), tuple(links), tuple(notes))

    def _add(
        self,
        node: SyntaxTreeNode,
        kind: Kind,
        inline: Inline,
        *,
        number: str | None = None,
        text: str | None = None,
        cells: tuple[str, ...] = (),
    ) -> None:
        if not inline.text:
            return
        block = self._block(node)
        text = inline.text if text is None else text
        if number is not None:
            part = self._draft.add(number, kind, [block], number=number, text=text)
        elif self._numbers:
            part = self._draft.add_unnumbered(self._numbers.name_at(block.span[0]), kind, block, text=text, cells=cells)
        else:
            part = self._draft.add(self._positions.next(), kind, [block], text=text, cells=cells)
        self._draft.hang(part, inline.links, block.span[0])
        part.footnotes.extend(inline.footnotes)

    def _block(self, node: SyntaxTreeNode) -> Block:
        first, end = node.map or (0, 1)
        while end > first + 1 and not self._lines[end - 1].strip():
            end -= 1
        self._covered.update(range(first + 1, end + 1))
        return Block([Line(first + 1, "", 0), Line(end, "", 0)])

    def _head(self, node: SyntaxTreeNode) -> None:
        inline = self._inline(node)
        level = int(node.tag[1:]) - self._top
        match = SECTION.match(inline.text)
        number = match[1] if match and self._outline.accepts(match[1]) else None
        text = inline.text[match.end() :] if match and number else inline.text
        self._draft.head(level, text, self._block(node).span, number=number)
        self._draft.keep_footnotes(inline.footnotes)
        self._draft.keep_links(inline.links, self._block(node).span[0])
        if number:
            self._outline.enter(number)
            self._section_level = level
            self._positions.open(number)
        elif level and not 0 < self._section_level < level:
            self._section_level = 0
            self._unnamed += 1
            self._positions.open(slug(text) or f"part-{self._unnamed}")

    def _table(self, table: SyntaxTreeNode) -> None:
        for part in table.children:
            for row in part.children:
                inlines = [self._inline(cell) for cell in row.children]
                cells = tuple(inline.text for inline in inlines)
                links = tuple(link for inline in inlines for link in inline.links)
                notes = tuple(note for inline in inlines for note in inline.footnotes)
                if part.type == "thead":
                    line = self._block(row).span[0]
                    self._draft.removed.append(Removed(line, " ".join(cells), "table-header"))
                    self._draft.keep_links(links, line)
                    self._draft.keep_footnotes(notes)
                else:
                    self._add(row, "table-row", Inline("\n".join(cells), links, notes), cells=cells)
                self._surplus(row)

    def _surplus(self, row: SyntaxTreeNode) -> None:
        """Lists cells beyond the last column, which Markdown does not show."""
        first = (row.map or (0, 1))[0]
        cells = escapedSplit(self._lines[first].strip().removeprefix("|"))
        beyond = squeeze(" ".join(cells[len(row.children) :]))
        if beyond:
            self._draft.removed.append(Removed(first + 1, beyond, "markup"))

    def _code(self, node: SyntaxTreeNode) -> None:
        if node.info.strip() and node.map:
            self._draft.removed.append(Removed(node.map[0] + 1, squeeze(node.info), "markup"))
        self._add(node, "paragraph", Inline(_code_text(node)))


def _code_text(node: SyntaxTreeNode) -> str:
    return node.content.strip("\n")


def _title_level(root: SyntaxTreeNode) -> int:
    """1 where the first thing is the only heading of the first level: it is the title, and of level 0."""
    first = [node for node in root.children if node.type == "heading" and node.tag == "h1"]
    return int(len(first) == 1 and root.children[0] is first[0])
