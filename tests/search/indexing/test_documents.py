"""Documents from the least that a contract allows: what was left out has its default, and never stops the index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from aep_search.indexing import documents
from aep_search.indexing.marks import TYPES
from aep_search.indexing.sources import Sources
from aep_shared.contracts.topics import TOPICS
from tests.shared.shortened import shortened

_CASES = [
    pytest.param(kind, state, id=f"{kind} without {left_out}")
    for topic, kind in TYPES.items()
    for left_out, state in shortened(TOPICS[topic])
]


@pytest.mark.parametrize(("kind", "state"), [case for case in _CASES if case.values[0] != "framework-node"])
def test_a_document_is_made_without_any_optional_field(kind: str, state: Mapping[str, Any]) -> None:
    made = documents.build((kind, str(state["id"])), 7, _sources(kind, state))
    assert (made.id, made.version, made.hidden) == (f"{kind}:{state['id']}", 7, False)
    assert made.texts


def _sources(kind: str, state: Mapping[str, Any]) -> Sources:
    return Sources(
        wanted={(kind, str(state["id"])): state},
        partners={},
        organisations={},
        initiatives={},
        nodes={},
    )
