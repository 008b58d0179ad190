"""From the public state of an aggregate to its document in the index."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aep_search.index.port import IndexDocument, Text
from aep_search.indexing.affected import DocumentKey
from aep_search.indexing.marks import TOPIC_OF
from aep_search.indexing.sources import Document, Sources
from aep_shared.dates import parse_edtf
from aep_shared.flow.consumer.reading import state_of

_EPOCH = datetime.date(1970, 1, 1)
Texts = Mapping[str, str]


def build(key: DocumentKey, version: int, sources: Sources) -> IndexDocument:
    """The document of an aggregate; of one that is not public only id and version remain.

    Raises whatever a state that does not fit its contract leads to: that is a fault of this document alone.
    """
    kind, _ = key
    stored = sources.wanted.get(key)
    if stored is None:
        return IndexDocument(id=document_id(key), version=version, type=kind, hidden=True)
    data = state_of(TOPIC_OF[kind], stored) if kind in TOPIC_OF else stored
    return IndexDocument(id=document_id(key), version=version, type=kind, **_BUILDERS[kind](data, sources))


def document_id(key: DocumentKey) -> str:
    """How the index names the document of an aggregate."""
    return ":".join(key)


def _texts(title: Texts, *bodies: Texts, everywhere: Iterable[str] = ()) -> dict[str, Text]:
    """One text for each language that a title or body has; names count in every language."""
    names = "\n".join(everywhere)
    tags = dict.fromkeys(tag for texts in (title, *bodies) for tag in texts)
    return {
        tag: Text(title.get(tag, ""), "\n\n".join(filter(None, (*(b.get(tag, "") for b in bodies), names))))
        for tag in tags
    }


def _days(date: str | None) -> dict[str, int | None]:
    if not date:
        return {}
    interval = parse_edtf(date)
    starts = (interval.starts - _EPOCH).days if interval.starts else None
    ends = (interval.ends - _EPOCH).days if interval.ends else None
    return {"starts": starts, "ends": ends, "rank_date": starts if starts is not None else ends}


def _names(slugs: Iterable[str], known: Mapping[str, Document]) -> list[str]:
    return [name for slug in slugs if slug in known for name in known[slug]["name"].values()]


def _paragraph(data: Document, _sources: Sources) -> dict[str, Any]:
    notes = "\n".join(note["text"] for note in data["footnotes"])
    heading = data["heading"][-1] if data["heading"] else ""
    return {
        "kind": data["publication_kind"],
        "texts": _texts(dict.fromkeys(data["text"], heading), data["text"], dict.fromkeys(data["text"], notes)),
        "publication": data["publication_slug"],
        **_days(data["date"]),
        "stored": {
            "url": f"/publications/{data['publication_slug']}/paragraphs/{data['ref']}",
            "ref": data["ref"],
            "number": data["number"],
            "title": data["publication_title"],
        },
    }


def _publication(data: Document, _sources: Sources) -> dict[str, Any]:
    return {
        "kind": data["kind"],
        "texts": _texts(data["title"]),
        "publication": data["slug"],
        **_days(data["date"]),
        "stored": {"url": f"/publications/{data['slug']}", "title": data["title"], "status": data["status"]},
    }


def _involved(data: Document, sources: Sources) -> list[str]:
    entries = (*data.get("partners", ()), *data.get("coordinators", ()))
    return sorted({sources.partner(entry["partner"]) for entry in entries if entry.get("partner")})


def _initiative(data: Document, sources: Sources) -> dict[str, Any]:
    organisations = [
        e["organisation"]
        for e in (*data.get("organisations", ()), *data.get("coordinators", ()))
        if e.get("organisation")
    ]
    partners = _involved(data, sources)
    names = [alias["name"] for alias in data.get("aliases", ())]
    names += _names(partners, sources.partners) + _names(dict.fromkeys(organisations), sources.organisations)
    return {
        "kind": data["status"],
        "texts": _texts(data["title"], data.get("summary") or {}, everywhere=names),
        "objectives": sources.objectives_of(link["node"] for link in data.get("framework", ())),
        "partners": tuple(partners),
        **_days(data.get("dates")),
        "stored": {"url": f"/initiatives/{data['slug']}", "title": data["title"], "slug": data["slug"]},
    }


def _update(data: Document, sources: Sources) -> dict[str, Any]:
    about = data["about"]
    initiative = sources.initiatives.get(about["slug"]) if about["type"] == "initiative" else None
    if initiative:
        about = {**about, "slug": initiative["slug"]}
        partners = _involved(initiative, sources)
    else:
        partners = [sources.partner(about["slug"])] if about["type"] == "partner" else []
    nodes = [link["node"] for link in initiative.get("framework", ())] if initiative else []
    return {
        "kind": data["kind"],
        "texts": _texts(data["title"], data["text"]),
        "objectives": sources.objectives_of(nodes),
        "partners": tuple(partners),
        **_days(data["approved_at"][:10]),
        "stored": {"url": f"/updates/{data['id']}", "title": data["title"], "about": about},
    }


def _meeting(data: Document, sources: Sources) -> dict[str, Any]:
    host = [sources.partner(data["host"])] if data.get("host") else []
    return {
        "kind": data["kind"],
        "texts": _texts(
            data["title"],
            data.get("description") or {},
            data.get("theme") or {},
            data.get("place") or {},
            everywhere=_names(host, sources.partners),
        ),
        "partners": tuple(host),
        **_days(data["date"]),
        "stored": {
            "url": f"/meetings/{data['slug']}",
            "title": data["title"],
            "date": data["date"],
            "date_status": data["date_status"],
            "slug": data["slug"],
        },
    }


def _partner(data: Document, _sources: Sources) -> dict[str, Any]:
    return {
        "kind": data["kind"],
        "texts": _texts(data["name"]),
        "partners": (data["slug"],),
        "stored": {"url": f"/partners/{data['slug']}", "title": data["name"], "slug": data["slug"]},
    }


def _organisation(data: Document, _sources: Sources) -> dict[str, Any]:
    names = [data["acronym"]] if data.get("acronym") else []
    return {
        "kind": data["kind"],
        "texts": _texts(data["name"], data.get("mandate") or {}, everywhere=names),
        "stored": {"url": f"/organisations/{data['slug']}", "title": data["name"], "slug": data["slug"]},
    }


_BUILDERS: dict[str, Callable[[Document, Sources], dict[str, Any]]] = {
    "paragraph": _paragraph,
    "publication": _publication,
    "initiative": _initiative,
    "update": _update,
    "meeting": _meeting,
    "partner": _partner,
    "organisation": _organisation,
}

KINDS = tuple(_BUILDERS)
"""Every kind of document, in the order in which a rebuild writes them."""
