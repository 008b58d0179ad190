"""The published versions of each contract: what every later version is held against.

`contracts/published/<topic>/<n>.json` holds the schema, the example and the partitions that a release
carried. Such a file is never changed or removed; that is what makes the comparison below worth anything.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from aep_shared.contracts.compatibility import breaking_changes
from aep_shared.contracts.schemas import schema_of
from aep_shared.contracts.topics import TOPICS, Topic


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """One published version of a contract."""

    topic: str
    number: int
    schema: dict[str, object]
    example: dict[str, object]
    partitions: int


def published_versions(root: Path, topic: str) -> list[PublishedVersion]:
    """The published versions of a topic, the oldest first; `root` is the folder of the project."""
    paths = (root / "contracts/published" / topic).glob("*.json")
    return [_read(topic, path) for path in sorted(paths, key=lambda path: int(path.stem))]


def _read(topic: str, path: Path) -> PublishedVersion:
    body = json.loads(path.read_text(encoding="utf-8"))
    return PublishedVersion(topic, int(path.stem), **body)


def incompatibilities(root: Path) -> list[str]:
    """What today's contracts break of any published version, one line each."""
    folders = sorted(path.name for path in (root / "contracts/published").glob("*"))
    found = [f"{name}: the topic was published and is gone" for name in folders if name not in TOPICS]
    for topic in TOPICS.values():
        for version in published_versions(root, topic.name):
            found += [f"{topic.name}, published version {version.number}: {line}" for line in _broken(topic, version)]
    return found


def _broken(topic: Topic, version: PublishedVersion) -> list[str]:
    found = [str(change) for change in breaking_changes(version.schema, schema_of(topic))]
    if topic.partitions != version.partitions:
        # Keys would move to other partitions, and the order of their states would be lost.
        found.append(f"{version.partitions} partitions became {topic.partitions}")
    return found
