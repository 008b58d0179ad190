"""What others wrote to judge documents: veraPDF for PDF, the Nu checker for HTML, axe for accessibility."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aep_engines.catalog import AXE, VERAPDF, VNU
from aep_engines.errors import EngineFailed
from aep_engines.tools import find_java

JAVA = 17
PATIENCE = 180.0


@dataclass(frozen=True)
class HtmlMessage:
    """`kind` is error, warning or info. `line` is 0 where the message belongs to no place."""

    kind: str
    line: int
    text: str
    extract: str


def verapdf(path: Path, flavour: str) -> list[str]:
    """The rules that a PDF fails, one line each: clause, description, how often. Empty for a conforming file.

    `flavour` is a name that veraPDF knows, such as `ua1` (PDF/UA-1) or `2a` (PDF/A-2a).
    """
    (jar,) = VERAPDF.fetch().glob("cli-*.jar")
    options = ["--format", "json", "--nonpdfext", "--flavour", flavour]
    jobs = _judge("verapdf", jar, [*options, path.resolve()])["report"]["jobs"]
    failures = []
    for job in jobs:
        if "taskException" in job:
            failures.append(f"not a readable PDF: {job['taskException'].get('exceptionMessage')}")
        for result in job.get("validationResult", []):
            failures += [_failure(rule) for rule in result["details"]["ruleSummaries"]]
    return failures


def nu_html(html: str | Path) -> list[HtmlMessage]:
    """The messages about a page: a string is the page itself, a path the file that holds it."""
    text = html.read_text(encoding="utf-8") if isinstance(html, Path) else html
    messages = _judge("vnu", VNU.fetch(), ["--format", "json", "--stdout", "-"], text)["messages"]
    return [_message(message) for message in messages]


def nu_html_files(files: Sequence[Path]) -> dict[str, list[HtmlMessage]]:
    """The messages about many pages, by file name, from one run: starting Java takes longer than a page."""
    messages = _judge("vnu", VNU.fetch(), ["--format", "json", "--stdout", *files])["messages"]
    found: dict[str, list[HtmlMessage]] = {file.name: [] for file in files}
    for message in messages:
        found[message["url"].rsplit("/", 1)[-1]].append(_message(message))
    return found


def axe_source() -> str:
    """The script that a browser page runs; it then offers `axe.run()`."""
    return AXE.fetch().read_text(encoding="utf-8")


def _judge(name: str, jar: Path, options: Sequence[str | Path], text: str = "") -> dict[str, Any]:
    """Runs a validator and returns its report. Its exit status only says whether it found something."""
    command = [find_java(name, JAVA), "-Xmx512m", "-Dstdout.encoding=UTF-8", "-jar", jar, *options]
    try:
        run = subprocess.run(command, input=text.encode(), capture_output=True, timeout=PATIENCE)
        report: dict[str, Any] = json.loads(run.stdout)
    except subprocess.TimeoutExpired:
        raise EngineFailed(name, f"gave no report within {PATIENCE:.0f} s") from None
    except ValueError:
        raise EngineFailed(name, "gave no report", run.stderr.decode(errors="replace").splitlines()) from None
    return report


def _failure(rule: dict[str, Any]) -> str:
    return f"{rule['clause']}-{rule['testNumber']}: {rule['description']} ({rule['failedChecks']} times)"


def _message(message: dict[str, Any]) -> HtmlMessage:
    kind = message.get("subType") if message["type"] == "info" else "error"
    return HtmlMessage(kind or "info", message.get("lastLine", 0), message["message"], message.get("extract", ""))
