"""Events of the search service, which keeps publications and their paragraphs."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from aep_shared.contracts.base import EdtfDate, LanguageMap, Part, Slug, State, Word


class Publication(State):
    """A published text, without its paragraphs: each of them is an aggregate of its own."""

    slug: Slug
    title: LanguageMap
    kind: Word
    status: Literal["draft", "adopted"]
    date: EdtfDate
    meeting: Slug | None = None
    paragraphs: int
    """How many paragraphs belong to it, so that a reader knows when it has them all."""


class Footnote(Part):
    """A note to a paragraph: its mark in the text and its own text."""

    mark: str
    text: str


class Paragraph(State):
    """A paragraph of a publication; `ref` is its address within it, `position` its place in reading order."""

    publication: UUID
    publication_slug: Slug
    ref: str
    position: int
    number: str | None = None
    kind: Word
    heading: list[str] = []
    text: LanguageMap
    footnotes: list[Footnote] = []
    links: list[str] = []
