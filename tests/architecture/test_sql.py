"""SQL stands in one place of each slice, so that a changed table has one file to be read beside its model."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What makes statements; sessions, connections and rows are passed around.
MAKERS = {"text", "select", "insert", "update", "delete", "and_", "or_", "func", "tuple_", "literal"}
# The index is fed from replicas by modules that are nothing but their statements and what is made of the rows.
FEEDERS = {"affected.py", "indexer.py", "marks.py", "sources.py", "writing.py"}


def _imports_of_statements(source: str) -> set[str]:
    return {
        alias.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("sqlalchemy")
        for alias in node.names
        if alias.name in MAKERS
    }


def test_only_repositories_of_services_make_statements() -> None:
    found = {
        str(path.relative_to(ROOT)): makers
        for path in sorted((ROOT / "services").glob("*/aep_*/**/*.py"))
        if not path.name.endswith(("repository.py", "models.py"))
        and not (path.parent.name == "indexing" and path.name in FEEDERS)
        if (makers := _imports_of_statements(path.read_text()))
    }
    assert found == {}


def test_the_check_sees_a_statement() -> None:
    assert _imports_of_statements("from sqlalchemy import Row, select\nfrom sqlalchemy.sql import text") == {
        "select",
        "text",
    }
