"""What the search service answers: publications, paragraphs with what cites them, and results."""

from __future__ import annotations

from datetime import datetime

from aep_shared.contracts.events import Meeting
from aep_shared.contracts.registry import Initiative, Partner, Update
from aep_shared.contracts.search import Footnote
from aep_website.answers.base import Address, Answered, Items, Page, Texts

URL = "/api/search/v1"


class Publication(Answered):
    """A text without its paragraphs; one that waits is `unpublished`."""

    slug: str
    title: Texts
    kind: str
    status: str = "adopted"
    date: str
    meeting: str | None = None
    meeting_title: Texts | None = None
    """`None` where no meeting is named, or the one that is named is not known."""
    paragraphs: int
    state: str = "published"


class WaitingText(Publication):
    """A text that waits to be published."""

    imported_by: str
    revision: int
    updated_at: datetime


class Passage(Answered):
    """A paragraph as it is shown."""

    ref: str
    number: str | None
    kind: str
    heading: list[str]
    text: Texts
    footnotes: list[Footnote]
    links: list[str]


class WholeText(WaitingText):
    """A text that waits, with its paragraphs."""

    items: list[Passage]


class Paragraph(Passage):
    """A paragraph of a published text, with the address of its page."""

    url: str


class Neighbour(Answered):
    """The paragraph before or after."""

    ref: str
    text: Texts
    url: str


class ParagraphInPlace(Paragraph):
    """A paragraph between its neighbours."""

    before: Neighbour | None = None
    after: Neighbour | None = None


class CitingInitiative(Answered):
    """An initiative that a paragraph names."""

    slug: str
    title: Texts
    status: str
    stance: str


class CitingUpdate(Answered):
    """An update that refers to a paragraph."""

    id: str
    title: Texts
    approved_at: datetime


class CitingMeeting(Answered):
    """A meeting that refers to a paragraph."""

    slug: str
    title: Texts
    date: str | None
    date_status: str
    place: Texts | None
    online: bool


class CitedBy(Answered):
    """What refers to a paragraph."""

    ref: str
    initiatives: list[CitingInitiative] = []
    updates: list[CitingUpdate] = []
    meetings: list[CitingMeeting] = []


class Highlighted(Answered):
    """A plain text and the ranges of it to mark, in Unicode code points."""

    text: str
    ranges: list[tuple[int, int]]


class Hit(Answered):
    """A result."""

    type: str
    kind: str | None
    url: str
    title: Texts | None
    heading: Highlighted
    ref: str | None
    language: str | None
    snippet: Highlighted
    date: str | None = None


class Facet(Answered):
    """A value of a facet, and how many results have it."""

    value: str
    count: int


class Total(Answered):
    """How many results there are; `relation` says whether they were counted to the end."""

    value: int
    relation: str


class Results(Page[Hit]):
    """A page of results, and what would narrow them."""

    total: Total
    facets: dict[str, list[Facet]]


class Name(Answered):
    """What a record is called; a slug that it had before still means it."""

    type: str
    slug: str
    former_slugs: list[str]
    name: Texts
    kind: str | None


class RelatedPublication(Answered):
    """A text of a meeting."""

    slug: str
    title: Texts


class Related(Answered):
    """What refers to a record, and the names of everything that the record and those refer to."""

    initiatives: list[Initiative] = []
    meetings: list[Meeting] = []
    updates: list[Update] = []
    publications: list[RelatedPublication] = []
    communities: list[Partner] = []
    names: list[Name] = []


PUBLICATIONS = Address(f"{URL}/publications", Page[Publication])
PUBLICATION = Address(f"{URL}/publications/{{slug}}", Publication)
PARAGRAPHS = Address(f"{URL}/publications/{{slug}}/paragraphs", Page[Paragraph])
PARAGRAPH = Address(f"{URL}/publications/{{slug}}/paragraphs/{{ref}}", ParagraphInPlace)
CITED_BY = Address(f"{URL}/publications/{{slug}}/cited-by", Items[CitedBy])
WAITING_TEXTS = Address(f"{URL}/unpublished", Page[WaitingText])
WAITING_TEXT = Address(f"{URL}/unpublished/{{slug}}", WholeText)
NAMES = Address(f"{URL}/names", Page[Name])
RELATED = Address(f"{URL}/records/{{type}}/{{slug}}/related", Related)
RESULTS = Address(f"{URL}/search", Results)
