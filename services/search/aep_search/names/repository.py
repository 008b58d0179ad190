"""All SQL about names."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_search.names.schemas import NameOut, RecordType
from aep_shared.contracts.topics import (
    FRAMEWORK_NODE,
    GLOSSARY_TERM,
    GROUP,
    INITIATIVE,
    MEETING,
    ORGANISATION,
    PARTNER,
    SERIES,
    Topic,
)

Ref = tuple[RecordType, str]
"""A record by its type and a slug that it has or had."""
TOPIC_OF: Mapping[RecordType, Topic] = {
    RecordType.PARTNER: PARTNER,
    RecordType.ORGANISATION: ORGANISATION,
    RecordType.GROUP: GROUP,
    RecordType.FRAMEWORK: FRAMEWORK_NODE,
    RecordType.GLOSSARY: GLOSSARY_TERM,
    RecordType.INITIATIVE: INITIATIVE,
    RecordType.MEETING: MEETING,
    RecordType.SERIES: SERIES,
}
"""The topic of each type that is a replica; publications are this service's own."""


async def named(
    session: AsyncSession,
    types: Collection[RecordType],
    refs: Collection[Ref],
    after: Ref | None = None,
    limit: int | None = None,
) -> list[NameOut]:
    """The names of all public records of these types and of those that are referred to, by type and slug.

    Only those behind `after`, and at most `limit`, where these are given.
    """
    replicas = sorted((TOPIC_OF[kind].name, slug) for kind, slug in refs if kind in TOPIC_OF)
    arguments = {
        "topics": [TOPIC_OF[kind].name for kind in types if kind in TOPIC_OF],
        "ref_topics": [topic for topic, _ in replicas],
        "ref_slugs": [slug for _, slug in replicas],
        "publications": RecordType.PUBLICATION in types,
        "publication_slugs": [slug for kind, slug in refs if kind is RecordType.PUBLICATION],
        "after_type": after[0] if after else "",
        "after_slug": after[1] if after else "",
        "limit": limit,
    }
    return [NameOut.model_validate(dict(row._mapping)) for row in await session.execute(_NAMED, arguments)]


_TYPE = " ".join(f"WHEN '{topic.name}' THEN '{kind}'" for kind, topic in TOPIC_OF.items())
# A slug is never given to another record, so a former one means the same as the present one; each has an index.
_NAMED = text(f"""
WITH asked AS (SELECT * FROM unnest(CAST(:ref_topics AS text[]), CAST(:ref_slugs AS text[])) AS asked (topic, slug)),
wanted AS (
    SELECT topic, key FROM replicas WHERE topic = ANY (CAST(:topics AS text[])) AND NOT deleted
    UNION
    SELECT r.topic, r.key FROM asked JOIN replicas r
     ON r.topic = asked.topic AND NOT r.deleted AND r.data ->> 'slug' = asked.slug
    UNION
    SELECT r.topic, r.key FROM asked JOIN replicas r
     ON r.topic = asked.topic AND NOT r.deleted AND r.data -> 'former_slugs' @> to_jsonb(asked.slug)
),
called AS (
    SELECT CASE topic {_TYPE} END AS type, data ->> 'slug' AS slug,
        coalesce(data -> 'former_slugs', '[]') AS former_slugs,
        coalesce(data -> 'name', data -> 'title', data -> 'term') AS name,
        data ->> 'kind' AS kind, data ->> 'parent' AS parent
    FROM wanted JOIN replicas USING (topic, key)
    UNION ALL
    SELECT 'publication', slug, '[]', data -> 'title', data ->> 'kind', NULL FROM publications
    WHERE deleted_at IS NULL
     AND (CAST(:publications AS boolean) OR slug = ANY (CAST(:publication_slugs AS text[])))
)
SELECT * FROM called WHERE (type, slug) > (CAST(:after_type AS text), CAST(:after_slug AS text))
ORDER BY type, slug LIMIT CAST(:limit AS bigint)
""")
