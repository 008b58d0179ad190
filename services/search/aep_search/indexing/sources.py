"""Reads what documents are made of, with a few statements for any number of documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from aep_search.indexing.affected import DocumentKey
from aep_search.indexing.marks import TOPIC_OF
from aep_shared.flow.consumer.reading import state_of

log = structlog.get_logger()

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sources:
    """The public state of the wanted aggregates as it is stored, and what they refer to, by every slug it ever had."""

    wanted: Mapping[DocumentKey, Document]
    partners: Mapping[str, Document]
    organisations: Mapping[str, Document]
    initiatives: Mapping[str, Document]
    nodes: Mapping[str, Document]

    def objectives_of(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """The objectives that these nodes of the framework are, or belong to."""
        found = set()
        for slug in nodes:
            node = self.nodes.get(slug)
            for _ in range(10):
                if node is None or node["kind"] == "objective":
                    break
                node = self.nodes.get(node.get("parent") or "")
            if node is not None and node["kind"] == "objective":
                found.add(node["slug"])
        return tuple(sorted(found))

    def partner(self, slug: str) -> str:
        """The present slug of a partner, by any that it had."""
        known = self.partners.get(slug)
        return str(known["slug"]) if known else slug


async def read(connection: AsyncConnection, keys: Sequence[DocumentKey]) -> Sources:
    """The sources of the documents with these keys; what is not public is missing in `wanted`."""
    wanted: dict[DocumentKey, Document] = {}
    for kind in dict.fromkeys(kind for kind, _ in keys):
        ids = [key for of_kind, key in keys if of_kind == kind]
        rows = await connection.execute(*_statement(kind, ids))
        wanted.update({(kind, row.key): row.data for row in rows})
    return Sources(
        wanted=wanted,
        partners=await _by_slug(connection, "partner"),
        organisations=await _by_slug(connection, "organisation", _organisations(wanted.values())),
        initiatives=await _by_slug(connection, "initiative", _initiatives(wanted.values())),
        nodes=await _by_slug(connection, "framework-node"),
    )


def keys_of(kind: str) -> tuple[Any, dict[str, str]]:
    """The statement that lists all public aggregates of a kind after `:after`, at most `:limit`, and its arguments."""
    if kind == "paragraph":
        return _PARAGRAPH_KEYS, {}
    if kind == "publication":
        return _PUBLICATION_KEYS, {}
    return _REPLICA_KEYS, {"topic": TOPIC_OF[kind]}


def _statement(kind: str, ids: list[str]) -> tuple[Any, dict[str, Any]]:
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


async def _by_slug(connection: AsyncConnection, kind: str, slugs: Sequence[str] | None = None) -> dict[str, Document]:
    if slugs is not None and not slugs:
        return {}
    rows = await connection.execute(_BY_SLUG, {"topic": TOPIC_OF[kind], "slugs": slugs and sorted(set(slugs))})
    found = [state for row in rows if (state := _reference(kind, row.data)) is not None]
    # A slug is never given to another record, so a former one means the same as the present one.
    return {slug: state for state in found for slug in (*state.get("former_slugs", ()), state["slug"])}


def _reference(kind: str, stored: Document) -> Document | None:
    """What others refer to; a state that does not fit its contract counts as one that has not arrived yet.

    Otherwise it would stop all that refer to it; its own document says what is wrong with it.
    """
    try:
        return state_of(TOPIC_OF[kind], stored)
    except ValidationError as problem:
        log.error("reference left out", type=kind, id=stored.get("id"), problem=str(problem)[:200])
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
