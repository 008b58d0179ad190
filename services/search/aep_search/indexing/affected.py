"""Which documents a changed aggregate touches: itself, and those that show something of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aep_search.indexing.marks import Mark
from aep_shared.contracts.topics import INITIATIVE, MEETING, UPDATE

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
            rows = await connection.execute(statement, {"type": kind, "keys": keys})
            found.update(dict.fromkeys((row.type, row.key) for row in rows))
    return list(found)


# References between aggregates are slugs and may arrive before their target. Documents are found by each slug that the
# target ever had: those that name an old one show it no longer, and a target that was removed has no other.
_NAMED = """
(SELECT DISTINCT unnest(slugs) AS slug FROM index_marks WHERE type = :type AND key = ANY (CAST(:keys AS text[]))) named
"""


def _initiatives_involving(kind: str, field: str) -> str:
    """The initiatives that name a partner or an organisation in `field`, or as one of their coordinators."""
    entry = f"jsonb_build_array(jsonb_build_object('{kind}', named.slug))"
    return f"""
SELECT 'initiative' AS type, i.key FROM {_NAMED}
JOIN replicas i ON i.topic = '{INITIATIVE.name}' AND NOT i.deleted
 AND (i.data -> '{field}' @> {entry} OR i.data -> 'coordinators' @> {entry})
"""


_UPDATES_OF_INITIATIVE = f"""
SELECT 'update' AS type, u.key FROM {_NAMED}
JOIN replicas u ON u.topic = '{UPDATE.name}' AND NOT u.deleted
 AND u.data -> 'about' ->> 'type' = 'initiative' AND u.data -> 'about' ->> 'slug' = named.slug
"""
_PARAGRAPHS_OF_PUBLICATION = """
SELECT 'paragraph' AS type, id::text AS key FROM paragraphs
WHERE publication = ANY (CAST(:keys AS uuid[])) AND deleted_at IS NULL
"""
# A node of the framework may be the parent of any other: there are a few dozen, so all initiatives are written again,
# and the updates about them, which belong to the same objectives.
_ALL_INITIATIVES_AND_THEIR_UPDATES = f"""
SELECT CASE topic WHEN '{UPDATE.name}' THEN 'update' ELSE 'initiative' END AS type, key FROM replicas
WHERE NOT deleted AND cardinality(CAST(:keys AS text[])) > 0
 AND (topic = '{INITIATIVE.name}'
      OR topic = '{UPDATE.name}' AND data -> 'about' ->> 'type' = 'initiative')
"""
_MEETINGS_OF_HOST = f"""
SELECT 'meeting' AS type, m.key FROM {_NAMED}
JOIN replicas m ON m.topic = '{MEETING.name}' AND NOT m.deleted AND m.data ->> 'host' = named.slug
"""

_DEPENDENTS = {
    "partner": (text(_initiatives_involving("partner", "partners")), text(_MEETINGS_OF_HOST)),
    "organisation": (text(_initiatives_involving("organisation", "organisations")),),
    "initiative": (text(_UPDATES_OF_INITIATIVE),),
    "framework-node": (text(_ALL_INITIATIVES_AND_THEIR_UPDATES),),
    "publication": (text(_PARAGRAPHS_OF_PUBLICATION),),
}
