"""Events of the search service, which keeps publications and their paragraphs."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from aep_shared.contracts.base import (
    Count,
    EdtfDate,
    LongTexts,
    Mark,
    Part,
    Ref,
    Slug,
    State,
    Title,
    WebAddress,
    Word,
)
from aep_shared.text import LongText


class Publication(State):
    """A published text, without its paragraphs: each of them is an aggregate of its own."""

    slug: Slug
    title: Title
    kind: Word
    status: Literal["draft", "adopted"]
    date: EdtfDate
    meeting: Slug | None = None
    paragraphs: Count
    """How many paragraphs belong to it, so that a reader knows when it has them all."""


class Footnote(Part):
    """A note to a paragraph: its mark in the text and its own text."""

    mark: Mark
    text: LongText


class Paragraph(State):
    """A paragraph of a publication; `ref` is its address within it, `position` its place in reading order."""

    publication: UUID
    publication_slug: Slug
    ref: Ref
    position: Count
    number: Mark | None = None
    kind: Word
    heading: list[LongText] = []
    text: LongTexts
    footnotes: list[Footnote] = []
    links: list[WebAddress] = []
