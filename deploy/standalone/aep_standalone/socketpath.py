"""A short name for the socket folder. The kernel takes at most 107 bytes for the path of a unix socket.

Where the data folder's own path is too long, a symbolic link in a private temporary folder stands for it.
Its place is recorded in the data folder, so that it is used again after a crash and removed at a clean
stop.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

LONGEST = 107


@dataclass(frozen=True)
class SocketPath:
    """`run` is the socket's folder, `record` the file that remembers the link to it."""

    run: Path
    record: Path

    def short(self, port: int) -> Path:
        """A path of `run` below which the socket of a server with this port can be named."""
        for folder in (self.run, self._recorded()):
            if folder is not None and _fits(folder, port):
                return folder
        link = Path(tempfile.mkdtemp(prefix="aep-", dir=_private_base())) / "run"
        link.symlink_to(self.run)
        self.record.write_text(str(link))
        return link

    def forget(self) -> None:
        link = self._recorded()
        if link is not None:
            link.unlink()
            link.parent.rmdir()
        self.record.unlink(missing_ok=True)

    def _recorded(self) -> Path | None:
        """The link of an earlier start, if it is still ours: in a folder that only this user may enter."""
        try:
            link = Path(self.record.read_text())
            folder = link.parent.stat()
            target = Path(os.readlink(link))
        except OSError:
            return None
        private = folder.st_uid == os.geteuid() and not folder.st_mode & 0o077
        return link if private and target == self.run else None


def _fits(folder: Path, port: int) -> bool:
    return len(os.fsencode(folder / f".s.PGSQL.{port}")) <= LONGEST


def _private_base() -> str:
    """The login's own runtime folder where there is one: nobody else sees it and nothing tidies it by age."""
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    usable = os.path.isabs(base) and len(base) < LONGEST - 50 and os.access(base, os.W_OK)
    return base if usable else "/tmp"  # noqa: S108 - the folder in it is made private
