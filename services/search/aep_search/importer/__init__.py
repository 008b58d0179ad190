"""Turns the file of a publication into headings and paragraphs with stable refs.

`parse` is pure and synchronous: the same bytes give the same document. It knows three layouts: text drawn
from a PDF (`pages`), text with one line a paragraph (`lines`) and Markdown. `check_coverage` proves that
nothing of the file was dropped. Files from outside are parsed in a worker process with limits of its own.
"""

from __future__ import annotations

from aep_search.importer.coverage import Coverage, check_coverage
from aep_search.importer.decode import MAX_BYTES, decode
from aep_search.importer.lines.notes import has_notes
from aep_search.importer.lines.sections import parse_lines
from aep_search.importer.markdown.parsing import parse_markdown
from aep_search.importer.model import (
    Document,
    Footnote,
    Heading,
    ImportProblem,
    Kind,
    Layout,
    Paragraph,
    Reason,
    Removed,
)
from aep_search.importer.pages.conclusions import parse_pages

__all__ = [
    "Coverage",
    "Document",
    "Footnote",
    "Heading",
    "ImportProblem",
    "Kind",
    "Layout",
    "Paragraph",
    "Reason",
    "Removed",
    "check_coverage",
    "parse",
]

_MARKDOWN_ENDINGS = (".md", ".markdown", ".mdown")
_LONG_LINE = 160


def parse(data: bytes, *, file_name: str, language: str, max_bytes: int = MAX_BYTES) -> Document:
    """The document in a file of UTF-8 text; `language` is the BCP 47 tag of its text.

    Raises ImportProblem with the code import-too-large, import-empty, import-binary, import-encoding,
    import-too-deep (Markdown nested over many levels) or import-no-paragraphs.
    """
    text = decode(data, max_bytes=max_bytes)
    if file_name.lower().endswith(_MARKDOWN_ENDINGS):
        return parse_markdown(text, language)
    if has_notes(text) or _has_long_lines(text):
        return parse_lines(text, language)
    return parse_pages(text, language)


def _has_long_lines(text: str) -> bool:
    """Whether most of the text stands in lines longer than print has them: each is a paragraph."""
    lengths = [len(line) for line in text.split("\n")]
    return 2 * sum(length for length in lengths if length > _LONG_LINE) > sum(lengths)
