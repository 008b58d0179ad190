"""Writes what is derived from the contracts: schemas, examples, AsyncAPI document, the table in the docs.

`python -m aep_shared.contracts.generate` in the project's folder writes them. `--check` writes nothing and
fails when a file is stale or a contract breaks a published version. `--publish` freezes today's contracts as
published versions.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aep_shared.contracts.asyncapi import document
from aep_shared.contracts.published import incompatibilities, published_versions
from aep_shared.contracts.schemas import schema_of
from aep_shared.contracts.topics import TOPICS, Topic

PAGE = Path("docs/events.md")
TABLE_STARTS = "<!-- topics: written by python -m aep_shared.contracts.generate -->"
TABLE_ENDS = "<!-- end of topics -->"


def generated(root: Path) -> dict[Path, str]:
    """Every derived file below `root`, and the text that it must have.

    Raises `ValueError` when the page has no place for the table.
    """
    files = {root / "contracts/asyncapi.json": _json(document(TOPICS))}
    for topic in TOPICS.values():
        files[root / f"contracts/schemas/{topic.name}.json"] = _json(schema_of(topic))
        files[root / f"contracts/examples/{topic.name}.json"] = _json(topic.example.model_dump(mode="json"))
    files[root / PAGE] = _with_table((root / PAGE).read_text(encoding="utf-8"))
    return files


def stale(root: Path) -> list[Path]:
    """The derived files that are missing, differ, or belong to no topic any more."""
    wanted = generated(root)
    found = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    present = [*(root / "contracts/schemas").glob("*"), *(root / "contracts/examples").glob("*")]
    return sorted(found + [path for path in present if path not in wanted])


def write(root: Path) -> None:
    """Writes every derived file and removes those that belong to no topic any more."""
    files = generated(root)
    for path in stale(root):
        if path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path], encoding="utf-8")
        else:
            path.unlink()


def publish(root: Path) -> list[Path]:
    """Freezes each contract that differs from its newest published version; the new files."""
    written = []
    for topic in TOPICS.values():
        example = topic.example.model_dump(mode="json")
        body = _json({"schema": schema_of(topic), "example": example, "partitions": topic.partitions})
        folder = root / "contracts/published" / topic.name
        newest = len(published_versions(root, topic.name))
        if newest and (folder / f"{newest}.json").read_text(encoding="utf-8") == body:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{newest + 1}.json"
        path.write_text(body, encoding="utf-8")
        written.append(path)
    return written


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _with_table(page: str) -> str:
    before, start, rest = page.partition(TABLE_STARTS)
    _, end, after = rest.partition(TABLE_ENDS)
    if not (start and end):
        raise ValueError(f"{PAGE} lacks the line {TABLE_ENDS if start else TABLE_STARTS}")
    rows = "\n".join(_row(topic) for topic in TOPICS.values())
    head = "| topic | owner | consumers | key | partitions |\n|---|---|---|---|---|"
    return f"{before}{start}\n\n{head}\n{rows}\n\n{end}{after}"


def _row(topic: Topic) -> str:
    key = f"id of the {topic.name.split('.')[2].replace('-', ' ')}"
    cells = [
        f"`{topic.name}`",
        topic.owner,
        ", ".join(topic.consumers) or "none yet",
        key,
        str(topic.partitions),
    ]
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 0 when all is well, 1 when something is stale or broken."""
    parser = argparse.ArgumentParser(prog="python -m aep_shared.contracts.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when something is stale or broken")
    parser.add_argument("--publish", action="store_true", help="freeze today's contracts as published versions")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the folder of the project")
    given = parser.parse_args(arguments)
    root: Path = given.root
    if not (root / PAGE).exists():
        parser.error(f"{root} has no {PAGE}; run it in the folder of the project")
    problems = [f"{path.relative_to(root)} is stale" for path in stale(root)] if given.check else []
    problems += incompatibilities(root)
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        return 1
    if not given.check:
        write(root)
    if given.publish:
        print(*(path.relative_to(root) for path in publish(root)), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
