"""Makes a client of each service from its OpenAPI document and checks the types of what was made.

A document that a generator cannot read whole, or makes nonsense of, serves nobody who writes a program against it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from aep_shared.contracts.topics import SERVICES

ROOT = Path(__file__).resolve().parents[2]
GENERATOR = ROOT / ".venv" / "clients" / "bin" / "openapi-python-client"
# The generator knows few types of contents; these are read and written as bytes.
CONFIG = """
content_type_overrides:
  application/jsonl: application/octet-stream
  application/atom+xml: text/xml
  text/calendar: text/plain
  application/pdf: application/octet-stream
post_hooks: []
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.yaml").write_text(CONFIG)
        wrong = [problem for service in SERVICES if (problem := _generate(service, Path(folder)))]
        found = subprocess.run(
            [
                sys.executable,
                "-m",
                "mypy",
                "--python-version=3.11",
                "--ignore-missing-imports",
                "--config-file=",
                *SERVICES,
            ],
            cwd=folder,
            capture_output=True,
            text=True,
        )
        if found.returncode:
            wrong.append(found.stdout)
    print("\n".join(wrong) or "clients of all services are made, and their types are right")
    return 1 if wrong else 0


def _generate(service: str, folder: Path) -> str | None:
    """What the generator could not read."""
    document = ROOT / "contracts" / "openapi" / f"{service}.json"
    arguments = ["--path", str(document), "--meta", "none", "--output-path", service, "--config", "config.yaml"]
    made = subprocess.run(
        [GENERATOR, "generate", "--fail-on-warning", *arguments], cwd=folder, capture_output=True, text=True
    )
    return f"{service}: {made.stdout}{made.stderr}" if made.returncode else None


if __name__ == "__main__":
    sys.exit(main())
