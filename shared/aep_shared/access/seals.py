"""Seals: the registry signs what it publishes about people, and nobody believes a record of that topic without it.

Whoever can write to the event log could else make himself an officer. A seal covers type, key, version and body of an
event, also of a tombstone, so neither another body nor another version can stand under it. It is a header with the id
of a key and an Ed25519 signature; tokens are signed with the same keys, but never text with the line breaks of a seal.
"""

from __future__ import annotations

import hashlib
import time
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable

import structlog
from cryptography.exceptions import InvalidSignature
from joserfc.jwk import OKPKey
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from aep_shared.access.keys import KeySource
from aep_shared.contracts.topics import AHEAD_MICROSECONDS
from aep_shared.eventlog.port import Record, StoredRecord

log = structlog.get_logger()

HEADER = "ce_seal"

Seal = Callable[[Record], Record]
"""Adds the seal to a record."""
Believes = Callable[[StoredRecord], Awaitable[bool]]
"""Whether a record may be applied; raises `NoKeysYet` while that cannot be said."""


async def everything(_record: StoredRecord) -> bool:
    """For topics that carry no seals."""
    return True


def sealed(record: Record, key: OKPKey) -> Record:
    """The record with the seal of `key`."""
    signature = key.get_op_key("sign").sign(_covered(record))  # type: ignore[union-attr]
    seal = f"{key.kid}.".encode() + urlsafe_b64encode(signature)
    return Record(record.topic, record.partition, record.key, record.value, {**record.headers, HEADER: seal})


class Seals:
    """Checks seals against the keys of the registry."""

    def __init__(self, keys: KeySource) -> None:
        self._keys = keys

    async def believes(self, record: StoredRecord) -> bool:
        """Whether the registry published this record, and not for a time to come: that would count for ever."""
        reason = await self._reason(record)
        if reason is not None:
            log.error(
                "record refused",
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                key=record.key[:80],
                reason=reason,
            )
        return reason is None

    async def _reason(self, record: StoredRecord) -> str | None:
        kid, _, signature = record.headers.get(HEADER, b"").decode(errors="replace").partition(".")
        if not signature:
            return "it is not sealed"
        key = await self._keys.find(kid)
        if key is None:
            return "its seal names no key of the registry"
        try:
            key.get_op_key("verify").verify(urlsafe_b64decode(signature.encode()), _covered(record))  # type: ignore[union-attr]
        except (InvalidSignature, NotBase64, ValueError):
            return "its seal does not fit"
        if int(record.headers["ce_aggregateversion"]) > time.time_ns() // 1000 + AHEAD_MICROSECONDS:
            return "it comes from the future"
        return None


def _covered(record: Record | StoredRecord) -> bytes:
    body = b"none" if record.value is None else hashlib.sha256(record.value).hexdigest().encode()
    version = record.headers.get("ce_aggregateversion", b"")
    return b"\n".join((b"aep-event", record.topic.encode(), record.key.encode(), version, body))
