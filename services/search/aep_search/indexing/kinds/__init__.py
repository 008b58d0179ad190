"""Every kind of document that the index holds, one file each, in the order in which a rebuild writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from aep_search.indexing.kinds import initiative, meeting, organisation, paragraph, partner, publication, update
from aep_search.indexing.kinds.fields import Fields
from aep_search.indexing.kinds.paragraph import StoredParagraph
from aep_search.indexing.kinds.publication import StoredPublication
from aep_search.indexing.sources import Sources
from aep_shared.contracts.topic import StoredState
from aep_shared.contracts.topics import INITIATIVE, MEETING, ORGANISATION, PARTNER, UPDATE

S = TypeVar("S")
Make = Callable[[StoredState, Sources], Fields]


def _kind(read: Callable[[StoredState], S], fields: Callable[[S, Sources], Fields]) -> Make:
    return lambda stored, sources: fields(read(stored), sources)


KINDS: Mapping[str, Make] = {
    "paragraph": _kind(StoredParagraph.model_validate, paragraph.fields),
    "publication": _kind(StoredPublication.model_validate, publication.fields),
    "initiative": _kind(INITIATIVE.read, initiative.fields),
    "update": _kind(UPDATE.read, update.fields),
    "meeting": _kind(MEETING.read, meeting.fields),
    "partner": _kind(PARTNER.read, partner.fields),
    "organisation": _kind(ORGANISATION.read, organisation.fields),
}
