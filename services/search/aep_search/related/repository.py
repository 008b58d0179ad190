"""All SQL about what refers to a record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_search.names.repository import TOPIC_OF
from aep_search.names.schemas import RecordType
from aep_shared.contracts.registry import FrameworkNode
from aep_shared.contracts.topic import StoredState
from aep_shared.contracts.topics import (
    FRAMEWORK_NODE,
    INITIATIVE,
    MEETING,
    PARTNER,
    PUBLICATION,
    UPDATE,
    Topic,
)

MOST_UPDATES = 100


async def record(session: AsyncSession, kind: RecordType, slug: str) -> Mapping[str, Any] | None:
    """The public state of a record, by any slug that it has or had."""
    if kind is RecordType.PUBLICATION:
        row = (await session.execute(_PUBLICATION, {"slug": slug})).first()
    else:
        row = (await session.execute(_RECORD, {"topic": TOPIC_OF[kind].name, "slug": slug})).first()
    return row.data if row else None


async def nodes(session: AsyncSession) -> list[FrameworkNode]:
    """All nodes of all frameworks: there are a few dozen."""
    rows = await session.execute(_ALL, {"topic": FRAMEWORK_NODE.name})
    return [FRAMEWORK_NODE.read(row.data) for row in rows]


async def referring(session: AsyncSession, kind: RecordType, slugs: Collection[str]) -> list[tuple[str, StoredState]]:
    """Topic and public state of what refers to a record of a type by one of these slugs, in the order of the answer."""
    statement = _REFERRING.get(kind)
    if statement is None:
        return []
    rows = await session.execute(statement, {"type": kind, "slugs": sorted(slugs)})
    return [(row.topic, row.data) for row in rows]


def _entry(field: str) -> str:
    return f"jsonb_build_array(jsonb_build_object('{field}', named.slug))"


def _either(topic: Topic, condition: str) -> str:
    """What refers to one of the slugs in one way."""
    return f"""SELECT r.topic, r.key, r.data FROM unnest(CAST(:slugs AS text[])) AS named (slug)
JOIN replicas r ON r.topic = '{topic.name}' AND NOT r.deleted AND {condition}"""


_UPDATES = f"""
(SELECT r.topic, r.key, r.data FROM replicas r
WHERE r.topic = '{UPDATE.name}' AND NOT r.deleted AND r.data -> 'about' ->> 'type' = CAST(:type AS text)
 AND r.data -> 'about' ->> 'slug' = ANY (CAST(:slugs AS text[]))
ORDER BY CAST(r.data ->> 'approved_at' AS timestamptz) DESC, r.key LIMIT {MOST_UPDATES})
"""
_PUBLICATIONS = f"""
SELECT '{PUBLICATION.name}', id::text, data || jsonb_build_object('id', id, 'slug', slug) FROM publications
WHERE deleted_at IS NULL AND data ->> 'meeting' = ANY (CAST(:slugs AS text[]))
"""


def _statement(*ways: str) -> TextClause:
    """One statement for all ways of referring; what refers in several ways comes once."""
    return text(f"""
SELECT topic, data FROM ({" UNION ".join(ways)}) AS found (topic, key, data)
ORDER BY CAST(data ->> 'approved_at' AS timestamptz) DESC NULLS LAST, data ->> 'date', data ->> 'slug', key
""")


_COORDINATES = "r.data -> 'coordinators' @> "
_ORGANISES = _either(MEETING, "r.data -> 'organisers' @> to_jsonb(named.slug)")
_REFERRING: Mapping[RecordType, TextClause] = {
    RecordType.PARTNER: _statement(
        _either(INITIATIVE, f"r.data -> 'partners' @> {_entry('partner')}"),
        _either(INITIATIVE, _COORDINATES + _entry("partner")),
        _either(MEETING, "r.data ->> 'host' = named.slug"),
        _either(PARTNER, "r.data ->> 'parent' = named.slug"),
        _UPDATES,
    ),
    RecordType.ORGANISATION: _statement(
        _either(INITIATIVE, f"r.data -> 'organisations' @> {_entry('organisation')}"),
        _either(INITIATIVE, _COORDINATES + _entry("organisation")),
        _ORGANISES,
        _UPDATES,
    ),
    RecordType.GROUP: _statement(
        _either(INITIATIVE, _COORDINATES + _entry("group")),
        _either(MEETING, "r.data ->> 'group' = named.slug"),
        _ORGANISES,
        _UPDATES,
    ),
    RecordType.INITIATIVE: _statement(_either(INITIATIVE, "r.data ->> 'parent' = named.slug"), _UPDATES),
    RecordType.FRAMEWORK: _statement(_either(INITIATIVE, f"r.data -> 'framework' @> {_entry('node')}")),
    RecordType.MEETING: _statement(_UPDATES, _PUBLICATIONS),
    RecordType.SERIES: _statement(_either(MEETING, "r.data ->> 'series' = named.slug")),
}
"""By the type of the record. Nothing that is shown with a publication or a term of the glossary is looked for here:
what refers to a publication are its citations."""

_RECORD = text("""
SELECT data FROM replicas WHERE topic = :topic AND NOT deleted AND data ->> 'slug' = :slug
UNION ALL
SELECT data FROM replicas WHERE topic = :topic AND NOT deleted
 AND data -> 'former_slugs' @> to_jsonb(CAST(:slug AS text))
LIMIT 1
""")
_PUBLICATION = text("""
SELECT data || jsonb_build_object('id', id, 'slug', slug) AS data FROM publications
WHERE slug = :slug AND deleted_at IS NULL
""")
_ALL = text("SELECT data FROM replicas WHERE topic = :topic AND NOT deleted ORDER BY key")
