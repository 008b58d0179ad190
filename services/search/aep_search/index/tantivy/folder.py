"""The folder of the embedded index: one folder an index, and a pointer to the active one.

    <path>/lock            held by the process that has the index open
    <path>/active          the name of the active index
    <path>/<name>/         an index
    <path>/.<name>.new     one that is being made; .<name>.old one that is being removed; .<name>.damaged one that
                           could not be read

Everything appears and disappears by renaming, so a process that dies at any moment leaves a folder that
the next one opens as if the step had, or had not, happened.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO

from aep_search.index.errors import IndexExists, IndexInUse, IndexMissing
from aep_search.index.names import checked


class Folder:
    """Files only: it knows nothing of what an index holds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: IO[bytes] | None = None

    def open(self) -> None:
        """Takes the folder for this process and removes what a dead one left half done."""
        self._path.mkdir(parents=True, exist_ok=True)
        lock = (self._path / "lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            lock.close()
            raise IndexInUse(f"another process uses {self._path}") from problem
        self._lock = lock
        for left in self._path.glob(".*"):
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink()

    def close(self) -> None:
        """Gives the folder up."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def names(self) -> list[str]:
        """The indexes that are there, sorted."""
        return sorted(one.name for one in self._path.iterdir() if one.is_dir() and not one.name.startswith("."))

    def path_of(self, name: str) -> Path:
        """Where the index is; `IndexMissing` without one."""
        path = self._path / checked(name)
        if not path.is_dir():
            raise IndexMissing(f"no index {name}")
        return path

    def create(self, name: str, fill: Callable[[Path], None]) -> None:
        """Makes an index that `fill` writes into an empty folder."""
        path, new = self._path / checked(name), self._path / f".{name}.new"
        if path.exists():
            raise IndexExists(f"there is an index {name}")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        fill(new)
        new.rename(path)
        _sync(self._path)

    def drop(self, name: str) -> None:
        """Removes an index that nobody reads any more."""
        path = self.path_of(name)
        if self.active() == name:
            raise IndexInUse(f"{name} is the active index")
        old = path.rename(self._path / f".{name}.old")
        shutil.rmtree(old)

    def set_aside(self, name: str) -> None:
        """Takes an index away that cannot be read; it can be looked at until the folder is opened again."""
        path = self.path_of(name)
        path.rename(self._path / f".{name}.damaged")
        _sync(self._path)

    def active(self) -> str | None:
        """The name in the pointer, if that index is there."""
        try:
            name = (self._path / "active").read_text()
        except FileNotFoundError:
            return None
        return name if (self._path / name).is_dir() else None

    def activate(self, name: str) -> None:
        """Replaces the pointer in one step, durably."""
        self.path_of(name)
        new = self._path / ".active.new"
        with new.open("w") as file:
            file.write(name)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path / "active")
        _sync(self._path)


def _sync(folder: Path) -> None:
    """A rename is durable only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
