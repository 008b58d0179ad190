"""The folder that keeps what was fetched. An entry is whole or absent, and two processes fetch it only
once.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_folder() -> Path:
    """`AEP_ENGINES_CACHE`, or `.cache/aep-engines` below the home folder."""
    place = os.environ.get("AEP_ENGINES_CACHE")
    folder = Path(place) if place else Path.home() / ".cache" / "aep-engines"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def cached(name: str, fill: Callable[[Path], None]) -> Path:
    """The cache's folder `name`; where it is missing, `fill` fills an empty folder that then takes the
    name.
    """
    target = cache_folder() / name
    if target.exists():
        return target
    with _locked(target.with_name(f".{name}.lock")):
        if not target.exists():
            _fetch(target, fill)
    return target


def _fetch(target: Path, fill: Callable[[Path], None]) -> None:
    prefix = f".{target.name}.fetch-"
    _sweep(target.parent, prefix)
    scratch = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    try:
        fill(scratch)
        scratch.chmod(0o755)
        scratch.rename(target)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    _sweep(target.parent, prefix)


def _sweep(cache: Path, prefix: str) -> None:
    """Removes what a killed fetch left. Errors are let pass: its Maven may still be writing there."""
    for scrap in cache.glob(f"{prefix}*"):
        shutil.rmtree(scrap, ignore_errors=True)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
