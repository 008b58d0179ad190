"""Reads what documents are made of, with a few statements for any number of documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from aep_search.indexing.affected import DocumentKey
from aep_search.indexing.marks import TOPIC_OF
from aep_shared.contracts.base import State
from aep_shared.contracts.registry import FrameworkNode, Initiative, Organisation, Partner
from aep_shared.contracts.registry.framework_node import objectives_of
from aep_shared.contracts.topic import Topic
from aep_shared.contracts.topics import FRAMEWORK_NODE, INITIATIVE, ORGANISATION, PARTNER

log = structlog.get_logger()

Document = Mapping[str, Any]
"""A state as it is stored: its references are followed also where it does not fit its contract."""
Named = TypeVar("Named", bound=State)


@dataclass(frozen=True, slots=True)
class Sources:
    """The public state of the wanted aggregates as it is stored, and what they refer to, by every slug it ever had."""

    wanted: Mapping[DocumentKey, Document]
    partners: Mapping[str, Partner]
    organisations: Mapping[str, Organisation]
    initiatives: Mapping[str, Initiative]
    nodes: Mapping[str, FrameworkNode]

    def objectives_of(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """The objectives that these nodes of the framework are, or belong to."""
        return objectives_of(nodes, self.nodes)

    def present(self, partners: Iterable[str]) -> tuple[str, ...]:
        """The present slugs of partners, each once, by any that they had."""
        known = ((slug, self.partners.get(slug)) for slug in partners)
        return tuple(sorted({partner.slug if partner else slug for slug, partner in known}))


async def read(connection: AsyncConnection, keys: Sequence[DocumentKey]) -> Sources:
    """The sources of the documents with these keys; what is not public is missing in `wanted`."""
    wanted: dict[DocumentKey, Document] = {}
    for kind in dict.fromkeys(kind for kind, _ in keys):
        ids = [key for of_kind, key in keys if of_kind == kind]
        rows = await connection.execute(*_statement(kind, ids))
        wanted.update({(kind, row.key): row.data for row in rows})
    return Sources(
        wanted=wanted,
        partners=await _by_slug(connection, PARTNER),
        organisations=await _by_slug(connection, ORGANISATION, _organisations(wanted.values())),
        initiatives=await _by_slug(connection, INITIATIVE, _initiatives(wanted.values())),
        nodes=await _by_slug(connection, FRAMEWORK_NODE),
    )


def keys_of(kind: str) -> tuple[Any, dict[str, str]]:
    """The statement that lists all public aggregates of a kind after `:after`, at most `:limit`, and its arguments."""
    if kind == "paragraph":
        return _PARAGRAPH_KEYS, {}
    if kind == "publication":
        return _PUBLICATION_KEYS, {}
    return _REPLICA_KEYS, {"topic": TOPIC_OF[kind]}


def _statement(kind: str, ids: list[str]) -> tuple[Any, dict[str, object]]:
    if kind == "paragraph":
        return _PARAGRAPHS, {"ids": ids}
    if kind == "publication":
        return _PUBLICATIONS, {"ids": ids}
    return _REPLICAS, {"topic": TOPIC_OF[kind], "ids": ids}


def _organisations(documents: Iterable[Document]) -> list[str]:
    return [
        entry["organisation"]
        for document in documents
        for entry in (*(document.get("organisations") or ()), *(document.get("coordinators") or ()))
        if entry.get("organisation")
    ]


def _initiatives(documents: Iterable[Document]) -> list[str]:
    abouts = (document.get("about") for document in documents)
    return [about["slug"] for about in abouts if about and about["type"] == "initiative"]


async def _by_slug(
    connection: AsyncConnection, topic: Topic[Named], slugs: Sequence[str] | None = None
) -> dict[str, Named]:
    if slugs is not None and not slugs:
        return {}
    rows = await connection.execute(_BY_SLUG, {"topic": topic.name, "slugs": slugs and sorted(set(slugs))})
    found = [(row.data, _reference(topic, row.data)) for row in rows]
    # A slug is never given to another record, so a former one means the same as the present one.
    return {
        slug: state
        for stored, state in found
        if state is not None
        for slug in (*stored.get("former_slugs", ()), stored["slug"])
    }


def _reference(topic: Topic[Named], stored: Document) -> Named | None:
    """What others refer to; a state that does not fit its contract counts as one that has not arrived yet.

    Otherwise it would stop all that refer to it; its own document says what is wrong with it.
    """
    try:
        return topic.read(stored)
    except ValidationError as problem:
        log.error("reference left out", topic=topic.name, id=stored.get("id"), problem=str(problem)[:200])
        return None


_REPLICAS = text("""
SELECT key, data FROM replicas WHERE topic = :topic AND key = ANY (CAST(:ids AS text[])) AND NOT deleted
""")
_BY_SLUG = text("""
SELECT data FROM replicas WHERE topic = :topic AND NOT deleted
 AND (CAST(:slugs AS text[]) IS NULL OR data ->> 'slug' = ANY (CAST(:slugs AS text[]))
  OR data -> 'former_slugs' ?| CAST(:slugs AS text[]))
 ORDER BY key
""")
_PUBLICATIONS = text("""
SELECT id::text AS key, data || jsonb_build_object('slug', slug) AS data
FROM publications WHERE id = ANY (CAST(:ids AS uuid[])) AND deleted_at IS NULL
""")
_PARAGRAPHS = text("""
SELECT p.id::text AS key, p.data || jsonb_build_object('ref', p.ref, 'publication_slug', b.slug,
    'publication_title', b.data -> 'title', 'publication_kind', b.data -> 'kind', 'date', b.data -> 'date') AS data
FROM paragraphs p JOIN publications b ON b.id = p.publication
WHERE p.id = ANY (CAST(:ids AS uuid[])) AND p.deleted_at IS NULL AND b.deleted_at IS NULL
""")
_REPLICA_KEYS = text("""
SELECT key FROM replicas WHERE topic = :topic AND NOT deleted AND key > :after ORDER BY key LIMIT :limit
""")
_PUBLICATION_KEYS = text("""
SELECT id::text AS key FROM publications WHERE deleted_at IS NULL AND id::text > :after ORDER BY 1 LIMIT :limit
""")
_PARAGRAPH_KEYS = text("""
SELECT p.id::text AS key FROM paragraphs p JOIN publications b ON b.id = p.publication
WHERE p.deleted_at IS NULL AND b.deleted_at IS NULL AND p.id::text > :after ORDER BY 1 LIMIT :limit
""")
