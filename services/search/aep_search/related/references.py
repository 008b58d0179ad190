"""Which records a public state refers to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aep_search.names.repository import Ref
from aep_search.names.schemas import RecordType

FIELDS: Mapping[str, RecordType] = {
    "partner": RecordType.PARTNER,
    "host": RecordType.PARTNER,
    "organisation": RecordType.ORGANISATION,
    "organisers": RecordType.ORGANISATION,
    "group": RecordType.GROUP,
    "initiative": RecordType.INITIATIVE,
    "node": RecordType.FRAMEWORK,
    "series": RecordType.SERIES,
    "cycle": RecordType.MEETING,
    "meeting": RecordType.MEETING,
    "publication": RecordType.PUBLICATION,
}
"""The type of what a field refers to: a name means the same in every contract. `parent` is of the record's own type."""


def references(kind: RecordType | None, state: object) -> Iterator[Ref]:
    """Each record that a state of a type refers to, at any depth; an update has no type that is referred to."""
    if isinstance(state, list):
        for part in state:
            yield from references(kind, part)
    elif isinstance(state, Mapping):
        for name, value in state.items():
            yield from _named(FIELDS.get(name, kind if name == "parent" else None), value)
            yield from references(kind, value)
        about = state.get("about")
        if isinstance(about, Mapping):
            yield RecordType(str(about["type"])), str(about["slug"])


def _named(kind: RecordType | None, value: object) -> Iterator[Ref]:
    if kind is not None:
        for slug in value if isinstance(value, list) else [value]:
            if isinstance(slug, str):
                yield kind, slug
