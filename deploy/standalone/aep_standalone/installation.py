"""The name of an installation, kept in its data folder and outside its databases."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def installation_of(data: Path) -> str:
    """A random name and the file's number on its disk: a copy of the folder has the same name, and another number.

    Made at the first start, readable by its owner alone.
    """
    file = data / "installation"
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_hex(16))
    return f"{file.read_text().strip()}:{file.stat().st_ino}"
