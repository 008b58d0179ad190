"""One server process: its start, its log, its end."""

from __future__ import annotations

import atexit
import re
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from aep_engines.errors import EngineFailed

POLL = 0.05
TROUBLE = re.compile(r"\b(ERROR|FATAL)\b|Exception|^Caused by")
STOP_PATIENCE = 30.0


class ServerProcess:
    """Runs a server in a session of its own and ends it with this process at the latest."""

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    def start(self, command: Sequence[str | Path], folder: Path, ready: Callable[[str], bool], patience: float) -> None:
        """Returns when `ready`, given what this run has logged, says so; fails after `patience` seconds."""
        if self.runs:
            raise EngineFailed(self.name, "runs already")
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        atexit.register(self.kill)
        try:
            self._wait(ready, patience)
        except BaseException:
            self.kill()
            raise

    def _wait(self, ready: Callable[[str], bool], patience: float) -> None:
        deadline = time.monotonic() + patience
        while not ready(self.output()):
            if not self.runs:
                raise EngineFailed(self.name, "ended at its start", self.tail())
            if time.monotonic() > deadline:
                raise EngineFailed(self.name, f"was not ready after {patience:.0f} s", self.tail())
            time.sleep(POLL)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def output(self) -> str:
        """What this run has logged so far."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def tail(self, count: int = 10) -> list[str]:
        """The last lines that tell of trouble, then the last lines of all: a shutdown's chatter hides its
        cause.
        """
        lines = self.output().splitlines()
        trouble = [line for line in lines[:-count] if TROUBLE.search(line)]
        return trouble[-count:] + lines[-count:]

    def stop(self) -> None:
        """Asks the server to end and waits; one that does not answer is killed."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends the server as a crash would."""
        self._end(signal.SIGKILL)

    def _end(self, kind: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        atexit.unregister(self.kill)
        process.send_signal(kind)
        try:
            process.wait(STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
