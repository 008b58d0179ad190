"""Child processes that end at a named point, as by SIGKILL: nothing after it is cleaned up.

A test module runs itself as such a child: below `if __name__ == "__main__"` it starts the real thing with one function
wrapped, and `killed_in` waits until that has happened.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path


def die() -> None:
    """The end of this process, now."""
    os.kill(os.getpid(), signal.SIGKILL)


async def killed_in(module: str, *arguments: str) -> None:
    """Runs a module in a process of its own until it has killed itself."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, cwd=Path(__file__).parents[2], stderr=asyncio.subprocess.PIPE
    )
    try:
        _, errors = await asyncio.wait_for(child.communicate(), 60)
    finally:
        if child.returncode is None:
            child.kill()
    assert child.returncode == -signal.SIGKILL, errors.decode()[-2000:]
