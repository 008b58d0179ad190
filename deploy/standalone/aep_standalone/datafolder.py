"""The data folder of the embedded profile: its layout, its lock and the version that it was written by.

    VERSION             {"format": 1, "postgres": 18}
    lock                held with flock while a process uses the folder; names that process
    postgres/18/        the database cluster, named for its major version
    postgres/password   of the database's owner, readable by this process's user only
    postgres/server.log
    run/                the server's socket, nothing else

What is made here is closed to other users. The mode of a folder that was there before is left alone.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from pathlib import Path

from aep_standalone.errors import (
    DataFolderInUse,
    DataFolderNewer,
    DataFolderOlder,
    DataFolderUnreadable,
    FolderNotWritable,
)

FORMAT = 1

_locks: set[int] = set()


def _drop_locks_after_fork() -> None:
    # A worker process that outlives a killed parent would otherwise keep the parent's lock.
    for lock in _locks:
        os.close(lock)
    _locks.clear()


os.register_at_fork(after_in_child=_drop_locks_after_fork)


class DataFolder:
    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()
        self.version_file = self.path / "VERSION"
        self.lock_file = self.path / "lock"
        self.postgres = self.path / "postgres"
        self.password_file = self.postgres / "password"
        self.log = self.postgres / "server.log"
        self.run = self.path / "run"
        self._lock: int | None = None

    def open(self) -> None:
        """Makes the folder where it is missing and takes its lock, which ends with this process."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._take_lock()
            for folder in (self.postgres, self.run):
                folder.mkdir(mode=0o700, exist_ok=True)
                folder.chmod(0o700)
        except OSError as problem:
            self.close()
            raise FolderNotWritable(self.path, problem.strerror or str(problem)) from problem

    @property
    def is_open(self) -> bool:
        """Whether this process holds the lock."""
        return self._lock is not None

    def _take_lock(self) -> None:
        lock = os.open(self.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(lock, 20).decode(errors="replace").strip()
            os.close(lock)
            raise DataFolderInUse(self.path, holder) from None
        os.ftruncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())
        self._lock = lock
        _locks.add(lock)

    def close(self) -> None:
        if self._lock is not None:
            _locks.discard(self._lock)
            os.close(self._lock)
            self._lock = None

    def cluster(self, major: int) -> Path:
        return self.postgres / str(major)

    def check_version(self, major: int) -> None:
        """Refuses a folder that a newer version wrote, or whose data an earlier PostgreSQL holds."""
        format_, postgres = self._recorded_version() or (FORMAT, self._newest_cluster() or major)
        if format_ > FORMAT:
            raise DataFolderNewer(self.path, "format", format_, FORMAT)
        if postgres > major:
            raise DataFolderNewer(self.path, "PostgreSQL", postgres, major)
        if postgres < major:
            raise DataFolderOlder(self.path, postgres, major)

    def _recorded_version(self) -> tuple[int, int] | None:
        if not self.version_file.exists():
            return None
        try:
            found = json.loads(self.version_file.read_text())
            return int(found["format"]), int(found["postgres"])
        except (ValueError, KeyError, TypeError) as problem:
            raise DataFolderUnreadable(self.version_file, repr(problem)) from problem

    def _newest_cluster(self) -> int | None:
        """The version by the folders' names: a start that was cut off has not recorded it yet."""
        return max((int(folder.name) for folder in self.postgres.iterdir() if folder.name.isdigit()), default=None)

    def record_version(self, major: int) -> None:
        if not self.version_file.exists():
            write_private(self.version_file, json.dumps({"format": FORMAT, "postgres": major}) + "\n")

    def clear_run(self) -> None:
        """Removes the sockets of earlier servers, which might be of another user."""
        for entry in self.run.iterdir():
            entry.unlink()

    def password(self) -> str:
        """The database owner's password, drawn at the first call and kept."""
        if not self.password_file.exists():
            write_private(self.password_file, secrets.token_urlsafe(32))
        self.password_file.chmod(0o600)
        return self.password_file.read_text().strip()


def write_private(file: Path, text: str) -> None:
    """Writes a file for this user only, whole or not at all, and on the disk when this returns."""
    scratch = file.with_name(file.name + ".new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    scratch.rename(file)
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
