"""From the frozen states to the content of the Stocktaking Report: pure, and the same for the same freeze."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row

from aep_shared.contracts.topics import FRAMEWORK_NODE, INITIATIVE, ORGANISATION, PARAGRAPH, PARTNER, UPDATE
from aep_shared.language import in_language

Frozen = Mapping[str, list[dict[str, Any]]]
LANGUAGE = "en"


def build(frozen: Frozen, run: Row[Any]) -> dict[str, Any]:
    """The report as JSON values: chapters by objective, partners involved, initiatives nobody reported about."""
    nodes = _by_any_slug(frozen.get(FRAMEWORK_NODE.name, []))
    names = {
        "partner": _names(frozen.get(PARTNER.name, [])),
        "organisation": _names(frozen.get(ORGANISATION.name, [])),
    }
    published = {p["publication_slug"] + "/" + p["ref"] for p in frozen.get(PARAGRAPH.name, [])}
    known = _by_any_slug(frozen.get(INITIATIVE.name, []))
    updates = _updates_by_initiative(frozen.get(UPDATE.name, []), run.since.isoformat(), known)
    initiatives = sorted(frozen.get(INITIATIVE.name, []), key=lambda i: (_text(i["title"]).casefold(), i["slug"]))
    entries = {i["slug"]: _initiative(i, updates.get(i["slug"], []), names, published) for i in initiatives}
    objectives = {i["slug"]: _objectives(i, nodes) for i in initiatives}
    chapters = [
        _chapter(node, [entries[slug] for slug, found in objectives.items() if node["slug"] in found])
        for node in sorted(
            (n for slug, n in nodes.items() if n["kind"] == "objective" and n["slug"] == slug),
            key=lambda n: str(n["number"]),
        )
    ]
    return {
        "title": "Stocktaking Report",
        "since": run.since.isoformat(),
        "since_meeting": run.since_meeting,
        "frozen_at": run.frozen_at.isoformat(),
        "positions": run.positions,
        "chapters": chapters,
        "without_objective": [entries[slug] for slug, found in objectives.items() if not found],
        "without_update": [{"slug": s, "title": e["title"]} for s, e in entries.items() if not e["updates"]],
        "partners": _involved_partners(initiatives, _by_any_slug(frozen.get(PARTNER.name, []))),
    }


def _text(texts: Mapping[str, str]) -> str:
    return in_language(dict(texts), LANGUAGE)[0]


def _by_any_slug(records: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Records by every slug that they have or had: references may still hold a former one."""
    return {slug: record for record in records for slug in (*record.get("former_slugs", ()), record["slug"])}


def _names(records: Iterable[dict[str, Any]]) -> dict[str, str]:
    return {slug: _text(record["name"]) for slug, record in _by_any_slug(records).items()}


def _updates_by_initiative(
    updates: Iterable[Mapping[str, Any]], since: str, known: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for update in sorted(updates, key=lambda u: (u["approved_at"], u["id"])):
        if update["about"]["type"] == "initiative" and update["approved_at"][:10] >= since:
            entry = {
                "title": _text(update["title"]),
                "text": _text(update["text"]),
                "approved": update["approved_at"][:10],
            }
            slug = update["about"]["slug"]
            found.setdefault(known[slug]["slug"] if slug in known else slug, []).append(entry)
    return found


def _objectives(initiative: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]]) -> set[str]:
    found = set()
    for link in initiative.get("framework", []):
        node = nodes.get(link["node"])
        for _ in range(10):
            if node is None:
                break
            if node["kind"] == "objective":
                found.add(str(node["slug"]))
                break
            node = nodes.get(str(node.get("parent")))
    return found


def _initiative(
    initiative: Mapping[str, Any],
    updates: list[dict[str, Any]],
    names: Mapping[str, Mapping[str, str]],
    published: set[str],
) -> dict[str, Any]:
    coordinators = [
        names[kind].get(entry[kind], entry[kind])
        for entry in initiative.get("coordinators", [])
        for kind in ("organisation", "partner")
        if entry.get(kind)
    ]
    partners = [entry["partner"] for entry in initiative.get("partners", []) if entry.get("partner")]
    mentions = [
        {
            "publication": m["publication"],
            "ref": m["ref"],
            "stance": m["stance"],
            "linked": f"{m['publication']}/{m['ref']}" in published,
        }
        for m in initiative.get("mentions", [])
    ]
    return {
        "slug": initiative["slug"],
        "title": _text(initiative["title"]),
        "summary": _text(initiative.get("summary") or {}),
        "status": initiative["status"],
        "coordinators": list(dict.fromkeys(coordinators)),
        "partners": sorted({names["partner"].get(slug, slug) for slug in partners}),
        "mentions": mentions,
        "updates": updates,
    }


def _chapter(node: Mapping[str, Any], entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "objective": node["slug"],
        "number": node["number"],
        "title": _text(node["title"]),
        "initiatives": entries,
    }


def _involved_partners(
    initiatives: Iterable[Mapping[str, Any]], partners: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    counts: dict[str, int] = {}
    for initiative in initiatives:
        slugs = {
            partners[e["partner"]]["slug"] if e["partner"] in partners else e["partner"]
            for e in (*initiative.get("partners", []), *initiative.get("coordinators", []))
            if e.get("partner")
        }
        for slug in slugs:
            counts[slug] = counts.get(slug, 0) + 1
    listed = [
        {"slug": slug, "name": _text(partners[slug]["name"]) if slug in partners else slug, "initiatives": count}
        for slug, count in counts.items()
    ]
    return sorted(listed, key=lambda entry: str(entry["name"]).casefold())
