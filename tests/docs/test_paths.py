"""Documents name files that are there, by a path or by the end of one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("contracts", "data", "deploy", "docs", "services", "shared", "tests", "tools")
# What was decided once keeps the names of then.
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted(path for part in PARTS for path in (ROOT / part).rglob("*.md") if path.parent.name != "decisions"),
]
# In code type, a name with a folder in it, or that of a Python file.
_NAMED = re.compile(r"`([\w.-]+(?:/[\w.-]+)*/|(?:[\w.-]+/)*[\w-]+\.py)`")


@pytest.fixture(scope="module")
def paths() -> str:
    """Every file and folder, one on a line, folders with a slash at the end."""
    found = [path for part in PARTS for path in (ROOT / part).rglob("*")] + [ROOT / part for part in PARTS]
    return "".join(f"/{path.relative_to(ROOT)}{'/' if path.is_dir() else ''}\n" for path in found)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_and_folder_that_a_document_names_is_there(document: Path, paths: str) -> None:
    named = sorted(set(_NAMED.findall(document.read_text())))
    assert [name for name in named if f"/{name}\n" not in paths] == []


def test_the_check_sees_what_is_not_there(paths: str) -> None:
    named = _NAMED.findall("see `flow/relay.py`, `flow/nothing.py`, `nowhere/` and `api/v1`")
    assert [name for name in named if f"/{name}\n" not in paths] == ["flow/nothing.py", "nowhere/"]
