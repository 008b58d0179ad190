"""Which documents a changed aggregate touches: itself, and those that show something of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aep_search.indexing.marks import Mark

DocumentKey = tuple[str, str]
"""Type and id of the aggregate that a document is made of."""


async def documents_of(connection: AsyncConnection | AsyncSession, marks: Sequence[Mark]) -> list[DocumentKey]:
    """The documents to write again for these marks, each once."""
    found: dict[DocumentKey, None] = {}
    for kind in dict.fromkeys(mark.type for mark in marks):
        keys = [mark.key for mark in marks if mark.type == kind]
        if kind != "framework-node":
            found.update(dict.fromkeys((kind, key) for key in keys))
        for statement in _DEPENDENTS.get(kind, ()):
            rows = await connection.execute(statement, {"keys": keys})
            found.update(dict.fromkeys((row.type, row.key) for row in rows))
    return list(found)


# Documents are found by slug, because references between aggregates are slugs and may arrive before their target.
def _initiatives_involving(kind: str, field: str) -> str:
    """The initiatives that name a partner or an organisation in `field`, or as one of their coordinators."""
    named = f"jsonb_build_array(jsonb_build_object('{kind}', named.data ->> 'slug'))"
    return f"""
SELECT 'initiative' AS type, i.key FROM replicas named
JOIN replicas i ON i.topic = 'aep.registry.initiative.v1' AND NOT i.deleted
 AND (i.data -> '{field}' @> {named} OR i.data -> 'coordinators' @> {named})
WHERE named.topic = 'aep.registry.{kind}.v1' AND named.key = ANY (CAST(:keys AS text[]))
"""


_UPDATES_OF_INITIATIVE = """
SELECT 'update' AS type, u.key FROM replicas i
JOIN replicas u ON u.topic = 'aep.registry.update.v1' AND NOT u.deleted
 AND u.data -> 'about' ->> 'type' = 'initiative' AND u.data -> 'about' ->> 'slug' = i.data ->> 'slug'
WHERE i.topic = 'aep.registry.initiative.v1' AND i.key = ANY (CAST(:keys AS text[]))
"""
_PARAGRAPHS_OF_PUBLICATION = """
SELECT 'paragraph' AS type, id::text AS key FROM paragraphs
WHERE publication = ANY (CAST(:keys AS uuid[])) AND deleted_at IS NULL
"""
# A node of the framework may be the parent of any other: there are a few dozen, so all initiatives are written again.
_ALL_INITIATIVES = """
SELECT 'initiative' AS type, key FROM replicas WHERE topic = 'aep.registry.initiative.v1' AND NOT deleted
 AND cardinality(CAST(:keys AS text[])) > 0
"""
_MEETINGS_OF_HOST = """
SELECT 'meeting' AS type, m.key FROM replicas p
JOIN replicas m ON m.topic = 'aep.events.meeting.v1' AND NOT m.deleted AND m.data ->> 'host' = p.data ->> 'slug'
WHERE p.topic = 'aep.registry.partner.v1' AND p.key = ANY (CAST(:keys AS text[]))
"""

_DEPENDENTS = {
    "partner": (text(_initiatives_involving("partner", "partners")), text(_MEETINGS_OF_HOST)),
    "organisation": (text(_initiatives_involving("organisation", "organisations")),),
    "initiative": (text(_UPDATES_OF_INITIATIVE),),
    "framework-node": (text(_ALL_INITIATIVES),),
    "publication": (text(_PARAGRAPHS_OF_PUBLICATION),),
}
