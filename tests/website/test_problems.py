"""Every problem that an API answers has a page with words that help."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

from aep_shared.contracts.topics import SERVICES
from aep_shared.errors import Problem
from aep_website.problems import EXPLAINED

# What no request is answered with: at the start of a process, within the indexer, or a mistake of ours.
_WITHIN = {
    "database-revision-unknown",
    "policy-not-checked",
    "search-document-refused",
    "search-failed",
    "search-index-exists",
    "search-index-in-use",
    "search-index-missing",
}


def _modules() -> Iterator[str]:
    for package in ("aep_shared", *(f"aep_{service}" for service in SERVICES)):
        found = importlib.import_module(package)
        yield from (module.name for module in pkgutil.walk_packages(found.__path__, f"{package}."))


def _below(problem: type[Problem]) -> Iterator[type[Problem]]:
    for kind in problem.__subclasses__():
        yield from (kind, *_below(kind))


def test_every_code_is_explained_and_no_other() -> None:
    for module in _modules():
        if not module.endswith("__main__"):
            importlib.import_module(module)
    codes = {kind.code for kind in _below(Problem) if kind.__module__.startswith("aep_")}
    importer = Path(str(importlib.import_module("aep_search.importer").__file__)).parent
    codes |= {code for file in importer.rglob("*.py") for code in re.findall(r'"(import-[a-z-]+)"', file.read_text())}
    assert codes - _WITHIN == set(EXPLAINED)
