"""Checks that every service installs and imports alone: with its own pinned requirements and nothing of another."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = sorted(path.parent.name for path in ROOT.glob("services/*/pyproject.toml"))
UV = str(Path(sys.executable).parent / "uv")

PROBE = """
import importlib, importlib.util, sys
name, others = sys.argv[1], sys.argv[2:]
importlib.import_module(f"aep_{name}.app")
found = [other for other in others if importlib.util.find_spec(f"aep_{other}")]
sys.exit(f"{name} can import {found}" if found else 0)
"""


def main() -> int:
    failed = [service for service in SERVICES if not alone(service)]
    print(f"installed and imported alone: {', '.join(s for s in SERVICES if s not in failed)}")
    return 1 if failed else 0


def alone(service: str) -> bool:
    """Whether the service works in a fresh environment of its own."""
    requirements = f"requirements/{service}.txt"
    with tempfile.TemporaryDirectory() as folder:
        python = f"{folder}/bin/python"
        others = [other for other in SERVICES if other != service]
        steps = (
            [UV, "venv", "--quiet", "--python", sys.executable, folder],
            [UV, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", requirements],
            [
                UV,
                "pip",
                "install",
                "--quiet",
                "--python",
                python,
                "--no-build-isolation",
                "--no-deps",
                "./shared",
                f"./services/{service}",
            ],
            [python, "-c", PROBE, service, *others],
        )
        return all(subprocess.run(step, cwd=ROOT).returncode == 0 for step in steps)


if __name__ == "__main__":
    sys.exit(main())
