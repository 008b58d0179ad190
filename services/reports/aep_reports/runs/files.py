"""The files of runs: a folder or an S3 bucket, chosen by URL."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import obstore
from obstore.store import LocalStore, ObjectStore, S3Store

from aep_shared.settings import SettingsError


class Files:
    """Stores bytes under a path."""

    def __init__(self, url: str) -> None:
        self._store = _store(url)

    async def put(self, path: str, content: bytes) -> None:
        await obstore.put_async(self._store, path, content)

    async def get(self, path: str) -> bytes:
        """The bytes; raises `FileNotFoundError`."""
        answer = await obstore.get_async(self._store, path)
        return bytes(await answer.bytes_async())


def _store(url: str) -> ObjectStore:
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path:
        # What is unpublished stays with the user of the service, whatever the mode of the files within.
        Path(parts.path).mkdir(mode=0o700, parents=True, exist_ok=True)
        return LocalStore(parts.path)
    if parts.scheme == "s3" and parts.netloc:
        config = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        return S3Store(parts.netloc, prefix=parts.path.strip("/") or None, config=config)  # type: ignore[arg-type]
    raise SettingsError("setting AEP_REPORTS_FILES_URL: it is file:///folder or s3://bucket/prefix")
