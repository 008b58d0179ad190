"""The programs that must be installed: Java, Maven and npm."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from aep_engines.errors import EngineMissing

JAVA_FOLDERS = Path("/usr/lib/jvm")
PATIENCE = 600.0


def find_java(name: str, minimum: int) -> Path:
    """A `java` of at least version `minimum`: JAVA_HOME's, else the newest below /usr/lib/jvm, else the
    path's.
    """
    home = os.environ.get("JAVA_HOME")
    if home and (version := java_version(Path(home, "bin/java"))) and version >= minimum:
        return Path(home, "bin/java")
    on_path = shutil.which("java")
    candidates = [*JAVA_FOLDERS.glob("*/bin/java"), *([Path(on_path)] if on_path else [])]
    found = [(version, java) for java in candidates if (version := java_version(java)) and version >= minimum]
    if not found:
        raise EngineMissing(name, f"install Java {minimum} or newer, or set JAVA_HOME")
    return max(found)[1]


def java_version(java: Path) -> int | None:
    """The major version that this `java` states; None if there is none or it does not run."""
    try:
        run = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.search(r'version "(\d+)', run.stderr)
    return int(version.group(1)) if version else None


def run_fetcher(name: str, program: str, arguments: Sequence[str | Path], folder: Path) -> None:
    """Runs Maven or npm in `folder`. What it cannot fetch is missing, whatever the reason."""
    executable = shutil.which(program)
    if executable is None:
        raise EngineMissing(name, f"install {program}")
    try:
        run = subprocess.run([executable, *arguments], cwd=folder, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise EngineMissing(name, f"{program} could not fetch it within {PATIENCE:.0f} s") from None
    if run.returncode != 0:
        lines = [line for line in (run.stdout + run.stderr).splitlines() if "ERROR" in line or "error" in line]
        raise EngineMissing(name, f"{program} could not fetch it: {' | '.join(lines[:3])}")
