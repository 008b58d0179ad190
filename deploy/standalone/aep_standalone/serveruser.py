"""The system user that PostgreSQL runs as. It refuses root, so a root process hands the server to another."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aep_standalone.errors import ServerUserMissing

NAME = "aep-postgres"


@dataclass(frozen=True)
class ServerUser:
    uid: int
    gid: int

    def popen_arguments(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def server_user(database: Path) -> ServerUser | None:
    """Who runs the server of `database`; None means this process's own user, which is right for all but root.

    Data that an ordinary user made keep that user, so that it can go on without root later. For new data root
    uses a system user of our own, made at the first start: another server that runs as `nobody` or `postgres`
    could read what is ours.
    """
    if os.geteuid() != 0:
        return None
    if database.exists() and (owner := database.stat()).st_uid != 0:
        return ServerUser(owner.st_uid, owner.st_gid)
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        entry = _make()
    return ServerUser(entry.pw_uid, entry.pw_gid)


def _make() -> pwd.struct_passwd:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise ServerUserMissing(NAME, "useradd is not installed; start as an ordinary user")
    arguments = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    run = subprocess.run([program, *arguments, "--shell", "/usr/sbin/nologin", NAME], capture_output=True, text=True)
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        raise ServerUserMissing(NAME, " ".join(run.stderr.split())) from None


def hand_over(path: Path, user: ServerUser | None) -> None:
    if user is not None:
        os.chown(path, user.uid, user.gid, follow_symlinks=False)


def hand_over_tree(path: Path, user: ServerUser | None) -> None:
    """Makes `user` the owner of a folder and all in it, where root owns it as after restoring a copy."""
    if user is None or path.stat().st_uid == user.uid:
        return
    hand_over(path, user)
    for folder, folders, files in os.walk(path):
        for name in [*folders, *files]:
            hand_over(Path(folder, name), user)
