"""Documents name files that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "data/README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs/how-to").glob("*.md")),
]
BASES = [ROOT, ROOT / "tests", ROOT / "shared/aep_shared", ROOT / "shared", *(ROOT / "services").iterdir()]
# A name in code type with a folder in it, or that of a Python file.
_NAMED = re.compile(r"`([\w.-]+(?:/[\w.-]+)*/|(?:[\w.-]+/)*[\w-]+\.py)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_and_folder_that_a_document_names_is_there(document: Path) -> None:
    named = set(_NAMED.findall(document.read_text()))
    missing = [name for name in sorted(named) if not any((base / name).exists() for base in (document.parent, *BASES))]
    assert missing == []


def test_the_check_knows_a_file_that_is_not_there() -> None:
    assert _NAMED.findall("see `flow/nothing.py`, `nowhere/` and `api/v1`") == ["flow/nothing.py", "nowhere/"]
