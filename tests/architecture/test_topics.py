"""Topics are named once, where they are declared: whoever reads one says which by the name of its constant."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_TOPIC = re.compile(r"\baep\.(?:registry|events|search|notifications|reports)\.[a-z-]+\.v\d")


def test_no_source_outside_the_contracts_writes_the_name_of_a_topic() -> None:
    sources = [
        path for part in ("services", "shared", "deploy", "tools") for path in (ROOT / part).rglob("aep_*/**/*.py")
    ]
    assert len(sources) > 300
    named = [
        str(path.relative_to(ROOT))
        for path in sources
        if "contracts" not in path.parts and _TOPIC.search(path.read_text(encoding="utf-8"))
    ]
    assert named == []


def test_the_check_sees_a_topic() -> None:
    assert _TOPIC.search("WHERE topic = 'aep.registry.update.v1'")
