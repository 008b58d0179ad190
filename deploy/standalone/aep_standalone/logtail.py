"""Reads what a server adds to its log."""

from __future__ import annotations

from pathlib import Path

LARGEST = 8_000_000


class LogTail:
    """The lines that a log gains from now on."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read = self._start = self._size()

    def rotate(self) -> None:
        """Puts a log that has grown large aside; one earlier log is kept. Only while nobody writes it."""
        if self._size() > LARGEST:
            self._log.replace(self._log.with_name(self._log.name + ".1"))
            self._read = self._start = 0

    def new_lines(self) -> list[str]:
        """The whole lines since the last call."""
        added = self._from(self._read)
        whole = added[: added.rfind(b"\n") + 1]
        self._read += len(whole)
        return whole.decode(errors="replace").splitlines()

    def last(self, count: int = 5) -> list[str]:
        """The last lines of what was added."""
        return self._from(self._start).decode(errors="replace").strip().splitlines()[-count:]

    def _from(self, offset: int) -> bytes:
        try:
            with self._log.open("rb") as log:
                log.seek(offset)
                return log.read()
        except FileNotFoundError:
            return b""

    def _size(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0
