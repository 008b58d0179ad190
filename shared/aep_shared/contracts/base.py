"""What all event models have in common.

Two rules keep every version of a contract readable by every other:

- Readers ignore fields that they do not know (`extra="ignore"`) and keep the whole document.
- A `Literal` is closed: readers of an older contract would refuse one more value, so that needs a new
  version of the event. A vocabulary that another process or a later year may extend is a `Word`, and
  readers show a word that they do not know as it is. An event with a value outside a `Literal` is
  malformed: it goes to the dead-letter store, and the next state of the same key settles it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from aep_shared.dates import EdtfDate
from aep_shared.language import LanguageMap, LanguageTag, LongTexts, Title
from aep_shared.text import Line, Text, WebAddress, at_most

_WORDS = r"^[a-z0-9]+(-[a-z0-9]+)*$"


def _check_count(number: int) -> int:
    if number < 0:
        raise ValueError("a number of things is not negative")
    if number >= 2**53:
        raise ValueError("it is too large a number")
    return number


DateStatus = Literal["planned", "confirmed", "postponed", "cancelled"]
Qualifier = Literal["about", "more-than"]
Slug = Annotated[str, Field(pattern=_WORDS, max_length=120)]
Word = Annotated[str, Field(pattern=_WORDS, max_length=60)]
"""A word of an open vocabulary."""
Phrase = Annotated[Line, Field(min_length=1, max_length=120)]
"""A few words in English as a source has them, such as 'host of the summit'; no vocabulary."""
Ref = Annotated[Line, at_most(120)]
"""The reference of a paragraph within its publication."""
Mark = Annotated[Line, at_most(200)]
"""A number, label or acronym as a source prints it."""
Count = Annotated[int, AfterValidator(_check_count)]
"""How many: a whole number that every reader of JSON keeps exactly."""


class Part(BaseModel):
    """A value inside an event.

    What is written must fit exactly. Whoever reads an event validates it with `extra="ignore"` and keeps the
    whole document, so that an older reader accepts and preserves the fields of a newer writer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def exactly_one(part: Part, *names: str) -> None:
    """Raises `ValueError` unless exactly one of these fields of a part names somebody."""
    if sum(getattr(part, name) is not None for name in names) != 1:
        raise ValueError(f"it names exactly one: {' or '.join(names)}")


def each_once(things: Iterable[Hashable], what: str) -> None:
    """Raises `ValueError` where something stands twice."""
    doubled = next((thing for thing, number in Counter(things).items() if number > 1), None)
    if doubled is not None:
        raise ValueError(f"{what} {doubled} stands twice")


class State(Part):
    """The public state of an aggregate, as its owner publishes it after each change."""

    id: UUID


class RegisterRecord(Part):
    """What the records of all registers have in common."""

    slug: Slug
    former_slugs: list[Slug] = []
    """Slugs that it had before: whoever refers to one of them means this record."""
    demo: bool = False
    """Fictitious: only a data folder that is a demo for good holds such records."""


R = TypeVar("R", bound=RegisterRecord)


def by_any_slug(records: Iterable[R]) -> dict[str, R]:
    """Records by every slug that they have or had: whoever refers to one may still hold a former one."""
    return {slug: record for record in records for slug in (*record.former_slugs, record.slug)}


class Source(Part):
    """Where a name, number or statement comes from: a publication of the platform, or a page elsewhere."""

    publication: Slug | None = None
    """Slug of the publication that says so."""
    ref: Ref | None = None
    """Reference of the paragraph within that publication."""
    note: Mark | None = None
    """Number of a footnote within that publication."""
    name: Line | None = None
    """Name of a source outside the platform."""
    url: WebAddress | None = None
    says: Text | None = None
    """What this source says instead, where sources differ."""


class Alias(Part):
    """A further name of the same thing, and who calls it so."""

    name: Line
    source: Source | None = None


class Link(Part):
    """An address elsewhere, and who gives it."""

    url: WebAddress
    source: Source | None = None


class Figure(Part):
    """A number that a source gives. Units are never mixed: persons are not pairs."""

    value: Count
    value_to: Count | None = None
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
    "Count",
    "DateStatus",
    "EdtfDate",
    "Figure",
    "LanguageMap",
    "LanguageTag",
    "Line",
    "Link",
    "LongTexts",
    "Mark",
    "Part",
    "Phrase",
    "Qualifier",
    "Ref",
    "RegisterRecord",
    "Slug",
    "Source",
    "State",
    "Text",
    "Title",
    "WebAddress",
    "Word",
    "by_any_slug",
]
