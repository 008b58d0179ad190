from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from aep_engines import EngineMissing, Kafka, OpenSearch

Found = TypeVar("Found")


@contextmanager
def needs(group: str) -> Iterator[None]:
    """Leaves a test out where what it needs is missing, and fails it where AEP_TEST_REQUIRE names the
    group.
    """
    try:
        yield
    except EngineMissing as missing:
        if group in os.environ.get("AEP_TEST_REQUIRE", "").split(","):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


def found(group: str, use: Callable[[], Found]) -> Found:
    with needs(group):
        return use()


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    engine = found("engines", Kafka(tmp_path_factory.mktemp("kafka")).start)
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def opensearch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSearch]:
    engine = found("engines", OpenSearch(tmp_path_factory.mktemp("opensearch")).start)
    yield engine
    engine.close()


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cache = tmp_path / "cache"
    monkeypatch.setenv("AEP_ENGINES_CACHE", str(cache))
    return cache
