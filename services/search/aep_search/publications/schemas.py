"""What the publications slice takes and answers over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from aep_search.publications.models import Heading, Note
from aep_shared.contracts.base import EdtfDate, LanguageMap, LongTexts, Ref, Slug, Title, WebAddress, Word
from aep_shared.http.lists import ListQuery, Removed
from aep_shared.language import LanguageTag
from aep_shared.text import Asked, LongText


class Described(BaseModel):
    """What is said about a text as a whole."""

    title: Title
    kind: Word = Field(examples=["conclusions"])
    language: LanguageTag
    date: EdtfDate
    meeting: Slug | None = None
    status: Literal["draft", "adopted"] = "adopted"


class PublicationIn(Described):
    """What is said about a file when it is imported."""

    model_config = ConfigDict(extra="forbid")

    slug: Slug
    replace: bool = False
    dry_run: bool = False


class Withdrawal(BaseModel):
    """Why a publication is withdrawn; its readers see this."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)] = Field(
        examples=["The text of another meeting was published by mistake."]
    )


class _Imported(Described):
    slug: Slug
    paragraphs: int
    """How many there are."""
    headings: list[Heading]
    meeting_title: LanguageMap | None
    """What the meeting is called, where it is known."""
    updated_at: datetime


class PublicationOut(_Imported):
    """A published text, without its paragraphs."""

    id: UUID
    state: Literal["published"] = "published"
    url: str
    """Where it is read, below the address of the website."""


class UnpublishedOut(_Imported):
    """A text that waits for a second person to publish it."""

    state: Literal["unpublished"] = "unpublished"
    imported_by: UUID
    revision: int


class RemovedPublication(Removed):
    """A publication that was withdrawn, for whoever follows the list with `updated_since`."""

    slug: Slug


class PassageOut(BaseModel):
    """A paragraph of a text: `ref` is its address within it, `position` its place in reading order."""

    ref: Ref
    number: str | None
    kind: Word
    heading: list[LongText]
    """The headings that it stands below, the widest first."""
    text: LongTexts
    footnotes: list[Note]
    links: list[WebAddress]
    position: int
    publication: Slug
    url: str
    """Where it is read, below the address of the website."""


class ParagraphOut(PassageOut):
    """A paragraph of a published text."""

    id: UUID


class Neighbour(BaseModel):
    """The paragraph before or after another one."""

    ref: Ref
    text: LongTexts
    url: str


class ParagraphInPlace(ParagraphOut):
    """A paragraph of a published text, between its neighbours."""

    before: Neighbour | None
    after: Neighbour | None


class RemovedParagraph(Removed):
    """A paragraph that its text no longer has, for whoever follows the list with `updated_since`."""

    ref: Ref


class UnpublishedText(UnpublishedOut):
    """A text that waits, with its paragraphs."""

    items: list[PassageOut]


class UnpublishedList(BaseModel):
    """The texts that wait."""

    items: list[UnpublishedOut]
    next: None = None


class FirstWords(BaseModel):
    """How a paragraph begins."""

    ref: Ref
    first_words: LongText


class RemovedLine(BaseModel):
    """A piece of the file that is in no paragraph, and why."""

    line: int
    reason: str
    text: LongText


class ImportOut(BaseModel):
    """What became of an import; a dry run names every paragraph and every line that is left out."""

    outcome: Literal["dry-run", "unchanged", "created", "replaced"]
    state: Literal["published", "unpublished"] | None = None
    id: UUID | None = None
    slug: Slug | None = None
    paragraphs: int
    gaps: list[str]
    """Numbers that the text skips."""
    doubled: list[str]
    """Numbers that the text has twice."""
    removed: int
    """How many pieces of the file are in no paragraph."""
    items: list[FirstWords] | None = None
    removed_lines: list[RemovedLine] | None = None
    changed: int | None = None
    """How many paragraphs were stored, and `gone` how many disappeared."""
    gone: int | None = None


class PublicationQuery(ListQuery):
    """How the list of publications may be asked."""

    sort: Literal["date", "-date", "updated", "-updated"] = "-date"
    kind: Asked | None = None
    status: Asked | None = None
    meeting: Asked | None = None
    """The slug of the meeting that it belongs to."""


class ParagraphQuery(ListQuery):
    """How the list of paragraphs may be asked."""

    sort: Literal["position", "-position"] = "position"
    number: Asked | None = None
    kind: Asked | None = None
