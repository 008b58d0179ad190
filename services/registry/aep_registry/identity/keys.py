"""The private keys that sign tokens: files in a folder, never in the database."""

from __future__ import annotations

import os
import time
from pathlib import Path

from joserfc.jwk import OKPKey

from aep_registry.errors import LastKey, NoSuchKey
from aep_shared.access.seals import sealed
from aep_shared.eventlog.port import Record

PUBLISH_BEFORE_USE_SECONDS = 600
"""A new key is published this long before it signs, so that every service knows it by then."""


class SigningKeys:
    """Keys in files named by their creation time; the newest that is published long enough signs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ensure(self) -> None:
        """Creates the first key of an installation."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._files():
            self.add()

    def add(self) -> str:
        """Adds a key, which signs once it has been published long enough; its id."""
        key = OKPKey.generate_key("Ed25519")
        path = self._folder / f"{time.time_ns():020d}.pem"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key.as_pem(private=True))
        return str(_load(path).kid)

    def withdraw(self, kid: str) -> None:
        """Removes a key: within a minute nothing that it signed is accepted any more.

        Raises `NoSuchKey` and `LastKey`.
        """
        files = {_load(file).kid: file for file in self._files()}
        if kid not in files:
            raise NoSuchKey(f"there is no key {kid}; there are {', '.join(map(str, files))}")
        if len(files) == 1:
            raise LastKey()
        files[kid].unlink()

    def signing(self) -> OKPKey:
        """The key that signs now."""
        files = self._files()
        ready = [f for f in files if int(f.stem) / 1e9 < time.time() - PUBLISH_BEFORE_USE_SECONDS]
        return _load((ready or files[:1])[-1])

    def seal(self, record: Record) -> Record:
        """The record with the seal of the key that signs now."""
        return sealed(record, self.signing())

    def public(self) -> dict[str, object]:
        """The key set (RFC 7517) with the public half of every key."""
        return {
            "keys": [
                {**key.as_dict(private=False), "kid": key.kid, "use": "sig", "alg": "Ed25519"}
                for key in map(_load, self._files())
            ]
        }

    async def find(self, kid: str) -> OKPKey | None:
        """The registry itself checks tokens with the same keys."""
        return next((key for key in map(_load, self._files()) if key.kid == kid), None)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.pem"))


_loaded: dict[Path, OKPKey] = {}


def _load(path: Path) -> OKPKey:
    if path not in _loaded:
        bare = OKPKey.import_key(path.read_bytes())
        _loaded[path] = OKPKey.import_key(path.read_bytes(), {"kid": bare.thumbprint()[:16]})
    return _loaded[path]
