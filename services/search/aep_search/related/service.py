"""From a record to what refers to it, and to the names that its page needs."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from aep_search.names.schemas import RecordType
from aep_search.names.service import names_of
from aep_search.related import repository
from aep_search.related.references import references
from aep_search.related.schemas import Related, RelatedPublication
from aep_shared.contracts.base import State
from aep_shared.contracts.events import Meeting
from aep_shared.contracts.registry import Initiative, Partner, Update
from aep_shared.contracts.registry.framework_node import at_or_below
from aep_shared.contracts.topic import StoredState
from aep_shared.contracts.topics import INITIATIVE, MEETING, PARTNER, PUBLICATION, TOPICS
from aep_shared.errors import NotFound

_TYPE_OF = {
    INITIATIVE.name: RecordType.INITIATIVE,
    MEETING.name: RecordType.MEETING,
    PARTNER.name: RecordType.PARTNER,
    PUBLICATION.name: RecordType.PUBLICATION,
}


async def related(session: AsyncSession, kind: RecordType, slug: str) -> Related:
    """What refers to a record, and the names of all that it and those refer to.

    Three statements whatever refers to it; one more reads the frameworks where the record is a node.
    Raises `NotFound`.
    """
    record = await repository.record(session, kind, slug)
    if record is None:
        raise NotFound()
    slugs = {record["slug"], *record.get("former_slugs", ())}
    if kind is RecordType.FRAMEWORK:
        slugs = at_or_below(record["slug"], await repository.nodes(session))
    found = Related()
    refs = set(references(kind, record))
    for topic, state in await repository.referring(session, kind, slugs):
        _add(found, topic, state)
        refs.update(references(_TYPE_OF.get(topic), state))
    found.initiatives.sort(key=_title)
    found.names = await names_of(session, refs)
    return found


def _add(found: Related, topic: str, stored: StoredState) -> None:
    if topic == PUBLICATION.name:
        found.publications.append(RelatedPublication.model_validate(stored))
        return
    state: State = TOPICS[topic].read(stored)
    if isinstance(state, Initiative):
        found.initiatives.append(state)
    elif isinstance(state, Meeting):
        found.meetings.append(state)
    elif isinstance(state, Update):
        found.updates.append(state)
    elif isinstance(state, Partner):
        found.communities.append(state)


def _title(initiative: Initiative) -> tuple[str, str]:
    return initiative.title.get("en", initiative.slug).casefold(), initiative.slug
