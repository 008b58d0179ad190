"""A paragraph of a published text."""

from __future__ import annotations

from uuid import UUID

from aep_shared.contracts.base import Count, LongTexts, Mark, Part, Ref, Slug, State, WebAddress, Word
from aep_shared.contracts.examples import example_id
from aep_shared.contracts.topic import Topic
from aep_shared.text import LongText


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


EXAMPLE = Paragraph(
    id=example_id(12),
    publication=example_id(11),
    publication_slug="demo-conclusions",
    ref="4",
    position=7,
    number="4",
    kind="paragraph",
    heading=["Mobility", "Study visits"],
    text={"en": "Partners welcome the study visits1 and invite more towns to join."},
    footnotes=[Footnote(mark="1", text="Two weeks in each direction.")],
    links=["https://lantern.example.org/visits"],
)
PARAGRAPH = Topic("aep.search.paragraph.v1", Paragraph, "search", ("reports",), partitions=4, example=EXAMPLE)
