"""Every source that names a paragraph names one that the importer makes of the real documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aep_search.importer import parse
from tests.conftest import SEEDS

DATA = Path(__file__).parents[2] / "data" / "process"
DOCUMENTS = ("asemme8-chairs-conclusions", "asem-education-strategy-2030")


def _sources(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if value.get("publication") in DOCUMENTS and value.get("ref"):
            yield value["publication"], value["ref"]
        for inner in value.values():
            yield from _sources(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _sources(inner)


@pytest.mark.skipif(not SEEDS.is_dir(), reason="left out: the two real documents are not here")
def test_every_named_paragraph_exists() -> None:
    known = {
        (slug, paragraph.ref)
        for slug in DOCUMENTS
        for paragraph in parse((SEEDS / f"{slug}.txt").read_bytes(), file_name="a.txt", language="en").paragraphs
    }
    lines = [line for file in DATA.glob("*.jsonl") for line in file.read_text().splitlines()]
    named = {source for line in lines for source in _sources(json.loads(line))}
    assert len(named) > 100
    assert named - known == set()
