"""The tables of publications, of texts that wait to be published, and of paragraphs."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, Sequence, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from aep_search.tables import Tables
from aep_shared.contracts.base import EdtfDate, Part, Slug, Title, Word
from aep_shared.database.tables import Document, Root, moment, of_document
from aep_shared.ids import new_id
from aep_shared.language import LanguageTag
from aep_shared.text import LongText

_REVISIONS = Sequence("unpublished_revisions", start=1_000_000_001)


class Heading(Part):
    """A heading of the text, and the line of the file that it stands in; level 0 is a title of the whole."""

    level: int
    text: LongText
    line: int


class Description(Part):
    """What is known of a text as a whole."""

    title: Title
    kind: Word
    status: Literal["draft", "adopted"]
    date: EdtfDate
    meeting: Slug | None
    language: LanguageTag
    paragraphs: int
    """How many there are."""
    headings: list[Heading]


class Note(Part):
    """A footnote as its file has it."""

    mark: str
    text: str


class Passage(Part):
    """A paragraph as its file has it, to the letter: what its author wrote is not put into another form."""

    number: str | None
    kind: str
    heading: list[str]
    text: dict[str, str]
    footnotes: list[Note]
    links: list[str]


class Publication(Root, Tables, table=True):
    """A published text; of one that was withdrawn `deleted_at` says when."""

    __tablename__ = "publications"
    __table_args__ = (UniqueConstraint("slug"),)

    slug: str = Field(sa_type=Text)
    data: Description = Field(sa_type=Document(Description))
    kind: str = of_document("kind", "data")
    status: str = of_document("status", "data")
    date: str = of_document("date", "data")
    meeting: str | None = of_document("meeting", "data")
    withdrawn_reason: str | None = Field(default=None, sa_type=Text)
    source_file: bytes = Field(sa_type=LargeBinary)
    source_name: str = Field(sa_type=Text)
    source_digest: bytes = Field(sa_type=LargeBinary)


class WaitingText(Tables, table=True):
    """A text that waits for a second person to publish it, with its parsed document.

    A slug may have a published text as well, and none of the two ever has the revision of the other: whoever read one
    must not publish another.
    """

    __tablename__ = "unpublished"

    slug: str = Field(sa_type=Text, primary_key=True)
    revision: int = Field(
        default=None,
        sa_type=BigInteger,
        sa_column_kwargs={"server_default": _REVISIONS.next_value()},
    )
    stored_at: datetime = moment(server_default=func.clock_timestamp())
    imported_by: UUID
    data: Description = Field(sa_type=Document(Description))
    document: dict[str, object] = Field(sa_type=JSONB)
    source_file: bytes = Field(sa_type=LargeBinary)
    source_name: str = Field(sa_type=Text)
    source_digest: bytes = Field(sa_type=LargeBinary)


class Paragraph(Tables, table=True):
    """A paragraph of a published text; one that disappears keeps its row and id, and gets them back with its text."""

    __tablename__ = "paragraphs"
    __table_args__ = (
        Index("paragraphs_by_ref", "publication", "ref", unique=True),
        Index("paragraphs_in_order", "publication", "position", postgresql_where=text("deleted_at IS NULL")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    publication: UUID = Field(foreign_key="publications.id")
    ref: str = Field(sa_type=Text)
    position: int
    event_version: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    stored_at: datetime = moment(server_default=func.clock_timestamp())
    deleted_at: datetime | None = moment()
    data: Passage = Field(sa_type=Document(Passage))
    number: str | None = of_document("number", "data")
    kind: str = of_document("kind", "data")
