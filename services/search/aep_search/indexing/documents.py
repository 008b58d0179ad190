"""From the public state of an aggregate to its document in the index."""

from __future__ import annotations

from aep_search.index.port import IndexDocument
from aep_search.indexing.affected import DocumentKey
from aep_search.indexing.kinds import KINDS
from aep_search.indexing.sources import Sources


def build(key: DocumentKey, version: int, sources: Sources) -> IndexDocument:
    """The document of an aggregate; of one that is not public only id and version remain.

    Raises whatever a state that does not fit its contract leads to: that is a fault of this document alone.
    """
    kind, _ = key
    stored = sources.wanted.get(key)
    if stored is None:
        return IndexDocument(id=document_id(key), version=version, type=kind, hidden=True)
    fields = KINDS[kind](stored, sources)
    return IndexDocument(
        id=document_id(key),
        version=version,
        type=kind,
        kind=fields.kind,
        texts=fields.texts,
        publication=fields.publication,
        objectives=fields.objectives,
        partners=fields.partners,
        starts=fields.days.starts,
        ends=fields.days.ends,
        rank_date=fields.days.rank,
        stored=fields.stored,
    )


def document_id(key: DocumentKey) -> str:
    """How the index names the document of an aggregate."""
    return ":".join(key)
