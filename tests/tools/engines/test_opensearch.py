from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from aep_engines import OpenSearch


def _ask(engine: OpenSearch, method: str, path: str, body: object = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{engine.url}/{path}", data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        result: dict[str, Any] = json.load(answer)
        return result


def test_it_answers_as_opensearch_3(opensearch: OpenSearch) -> None:
    version = _ask(opensearch, "GET", "")["version"]
    assert (version["distribution"], version["number"].split(".")[0]) == ("opensearch", "3")


def test_documents_survive_a_kill_and_a_restart_on_the_same_port(opensearch: OpenSearch) -> None:
    _ask(opensearch, "PUT", "paragraphs/_doc/1?refresh=true", {"text": "quality assurance"})
    address, pid = opensearch.url, opensearch.pid
    opensearch.kill()
    opensearch.restart()
    assert opensearch.url == address
    assert opensearch.pid != pid
    hits = _ask(opensearch, "POST", "paragraphs/_search", {"query": {"match": {"text": "quality"}}})["hits"]
    assert [hit["_id"] for hit in hits["hits"]] == ["1"]


@pytest.mark.parametrize("port", [9200, 9300])
def test_a_port_that_the_runner_cannot_use_is_refused(tmp_path: Path, port: int) -> None:
    with pytest.raises(ValueError, match="9201 to 9299"):
        OpenSearch(tmp_path, port=port)


def test_two_nodes_take_different_ports(tmp_path: Path) -> None:
    first, second = OpenSearch(tmp_path / "1"), OpenSearch(tmp_path / "2", port=None)
    assert first.port != second.port
    first.close()
    second.close()
