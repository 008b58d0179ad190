"""Starts PostgreSQL's programs as the server's user, with the folders that they work in."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from aep_standalone.serveruser import ServerUser, hand_over

POLL = 0.02
# Settings of the environment that would change which server or data a program uses.
FOREIGN = ("PGDATA", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGOPTIONS", "PGSERVICE")


@dataclass
class Program:
    """One run of a program. `folder()` gives the name under which the program reaches a folder.

    A program that runs as another user than this process may not be able to pass the folders above its own,
    as below /root. It is therefore given the opened folder itself and names it by its descriptor; the modes
    of the folders above stay as they are.
    """

    user: ServerUser | None
    handles: list[int] = field(default_factory=list)
    _open: ExitStack = field(default_factory=ExitStack)

    def folder(self, path: Path) -> str:
        if self.user is None:
            return str(path)
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        self._open.callback(os.close, handle)
        self.handles.append(handle)
        return f"/proc/self/fd/{handle}"

    def start(self, arguments: Sequence[str | Path], work: Path, log: Path) -> subprocess.Popen[bytes]:
        """Starts it in a session of its own, so that a signal to our process group does not reach it."""
        with self._open, log.open("ab") as output:
            os.fchmod(output.fileno(), 0o600)
            hand_over(log, self.user)
            return subprocess.Popen(
                arguments,
                cwd=work,
                env={name: value for name, value in os.environ.items() if name not in FOREIGN},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=self.handles,
                start_new_session=True,
                umask=0o077,
                **(self.user.popen_arguments() if self.user else {}),
            )


async def ended(process: subprocess.Popen[bytes]) -> int:
    """Waits for the end of a program and returns its status.

    It is asked again and again, because a subprocess of asyncio's own is killed when its loop closes.
    """
    while True:
        if (status := process.poll()) is not None:
            return status
        await asyncio.sleep(POLL)
