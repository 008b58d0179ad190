"""What all event models have in common.

Two rules keep every version of a contract readable by every other:

- Readers ignore fields that they do not know (`extra="ignore"`) and keep the whole document.
- A `Literal` is closed: readers of an older contract would refuse one more value, so that needs a new
  version of the event. A vocabulary that another process or a later year may extend is a `Word`, and
  readers show a word that they do not know as it is. An event with a value outside a `Literal` is
  malformed: it goes to the dead-letter store, and the next state of the same key settles it.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from aep_shared.dates import EdtfDate
from aep_shared.language import LanguageMap

_WORDS = r"^[a-z0-9]+(-[a-z0-9]+)*$"

DateStatus = Literal["planned", "confirmed", "postponed", "cancelled"]
Qualifier = Literal["about", "more-than"]
Slug = Annotated[str, Field(pattern=_WORDS, max_length=120)]
Word = Annotated[str, Field(pattern=_WORDS, max_length=60)]
"""A word of an open vocabulary."""
Phrase = Annotated[str, Field(min_length=1, max_length=120)]
"""A few words in English as a source has them, such as 'host of the summit'; no vocabulary."""


class Part(BaseModel):
    """A value inside an event.

    What is written must fit exactly. Whoever reads an event validates it with `extra="ignore"` and keeps the
    whole document, so that an older reader accepts and preserves the fields of a newer writer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class State(Part):
    """The public state of an aggregate, as its owner publishes it after each change."""

    id: UUID


class RegisterRecord(Part):
    """What the records of all registers have in common."""

    slug: Slug
    demo: bool = False
    """Fictitious: only a data folder that is a demo for good holds such records."""


class Source(Part):
    """Where a name, number or statement comes from: a publication of the platform, or a page elsewhere."""

    publication: Slug | None = None
    """Slug of the publication that says so."""
    ref: str | None = None
    """Reference of the paragraph within that publication."""
    note: str | None = None
    """Number of a footnote within that publication."""
    name: str | None = None
    """Name of a source outside the platform."""
    url: str | None = None
    says: str | None = None
    """What this source says instead, where sources differ."""


class Alias(Part):
    """A further name of the same thing, and who calls it so."""

    name: str
    source: Source | None = None


class Link(Part):
    """An address elsewhere, and who gives it."""

    url: str
    source: Source | None = None


class Figure(Part):
    """A number that a source gives. Units are never mixed: persons are not pairs."""

    value: int
    value_to: int | None = None
    """The upper end where the source gives a range."""
    unit: Phrase
    qualifier: Qualifier | None = None
    what: LanguageMap
    """What was counted."""
    period: EdtfDate | None = None
    kind: Literal["actual", "planned", "target"] = "actual"
    source: Source | None = None


__all__ = [
    "Alias",
    "DateStatus",
    "EdtfDate",
    "Figure",
    "LanguageMap",
    "Link",
    "Part",
    "Phrase",
    "Qualifier",
    "RegisterRecord",
    "Slug",
    "Source",
    "State",
    "Word",
]
