"""States that a contract allows: its example without each optional field, at any depth, and without all of them."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from aep_shared.contracts.topics import Topic

Path = tuple[str | int, ...]


def shortened(topic: Topic) -> Iterator[tuple[str, dict[str, Any]]]:
    """What was left out, and the rest."""
    whole = topic.example.model_dump(mode="json")
    optional = [path for path in _paths(whole) if _fits(topic, _without(whole, path))]
    yield "nothing", whole
    for path in optional:
        yield ".".join(map(str, path)), _without(whole, path)
    yield "everything", {k: v for k, v in whole.items() if (k,) not in optional}


def _paths(value: Any, above: Path = ()) -> Iterator[Path]:
    inside = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inside:
        if isinstance(value, Mapping):
            yield (*above, name)
        yield from _paths(part, (*above, name))


def _without(whole: Mapping[str, Any], path: Path) -> dict[str, Any]:
    state: dict[str, Any] = copy.deepcopy(dict(whole))
    place: Any = state
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return state


def _fits(topic: Topic, state: Mapping[str, Any]) -> bool:
    try:
        topic.model.model_validate(state, extra="ignore")
    except ValidationError:
        return False
    return True
