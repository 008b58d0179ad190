"""The name of an index tells which code made it."""

from __future__ import annotations

import pytest

from aep_search.index import names
from aep_search.index.names import fingerprint, index_name, is_current

MADE_BY = [
    "aep_search/indexing/documents.py",
    "aep_search/indexing/kinds",
    "aep_search/index/tantivy/schema.py",
    "aep_search/index/opensearch/schema.py",
    "aep_shared/contracts/registry/initiative.py",
]


@pytest.mark.parametrize("file", MADE_BY)
def test_an_index_of_another_schema_or_other_documents_is_not_current(
    monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    name = index_name("test", "x")
    assert is_current(name)
    monkeypatch.setattr(names, "_MADE_BY", tuple(one for one in names._MADE_BY if one != file))
    names._code.cache_clear()
    try:
        assert not is_current(name)
        assert fingerprint() == fingerprint()
    finally:
        monkeypatch.undo()
        names._code.cache_clear()
    assert is_current(name)
