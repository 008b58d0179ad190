"""The programs whose processes are measured, as an operator would call them."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.bench.rivals import hello as hello_world


def platform(data: Path, port: int) -> list[str]:
    """`aep up` of this environment."""
    return [str(Path(sys.executable).with_name("aep")), "up", "--port", str(port), "--data", str(data)]


def hello(port: int) -> list[str]:
    return [sys.executable, str(hello_world.__file__), str(port)]
