"""What is written, published and consumed: the examples of the contracts, which are as large as real ones."""

from __future__ import annotations

from typing import Any

import orjson

from aep_shared.contracts.topics import INITIATIVE
from tests.bench.engines import TOPIC

_EVENT = TOPIC.example


def record_document(slug: str) -> dict[str, Any]:
    """An initiative as its table keeps it: without an id."""
    return {**INITIATIVE.example.model_dump(mode="json", exclude={"id"}), "slug": slug}


def body(key: str) -> str:
    """An event of `TOPIC` as the outbox encodes it, about another aggregate."""
    return _EVENT.model_dump_json().replace(str(_EVENT.id), key)


def as_json(value: Any) -> str:
    return orjson.dumps(value).decode()
