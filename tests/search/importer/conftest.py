"""The documents that the tests look at; tests of published texts are left out where those are missing."""

from __future__ import annotations

import pytest

from aep_search.importer import Document
from tests.search.importer.files import CONCLUSIONS, DEMO, STRATEGY, read

_NEEDED = {"test_seed_conclusions.py": CONCLUSIONS, "test_seed_strategy.py": STRATEGY}
collect_ignore = [name for name, path in _NEEDED.items() if not path.exists()]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name in collect_ignore:
        terminalreporter.write_line(f"left out: {name}, since {_NEEDED[name].name} is not beside the repository")


@pytest.fixture(scope="session")
def demo_conclusions() -> Document:
    return read(DEMO / "demo-conclusions.txt")


@pytest.fixture(scope="session")
def demo_strategy() -> Document:
    return read(DEMO / "demo-strategy.txt")


@pytest.fixture(scope="session")
def conclusions() -> Document:
    return read(CONCLUSIONS)


@pytest.fixture(scope="session")
def strategy() -> Document:
    return read(STRATEGY)
