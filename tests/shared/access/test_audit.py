"""Audit rows: a digest proves what a record was to whoever has it, and tells nothing to whoever guesses it."""

from __future__ import annotations

import hashlib

from aep_shared.access import audit
from aep_shared.access.actor import Actor
from aep_shared.database import Database
from aep_shared.ids import new_id
from tests.shared.statements import rows

INVITED = {"role": "officer"}


async def test_equal_changes_have_different_digests_and_no_public_id_is_their_key(database: Database) -> None:
    record = new_id()
    async with database.transaction() as session:
        for _ in range(2):
            await audit.record(session, Actor(new_id()), "invite", "subject", record, None, INVITED)
        await audit.record(session, audit.MACHINE, "bootstrap", "subject", record)
    first, second, third = await rows(database, "SELECT * FROM audit ORDER BY id")
    assert first.after_digest != second.after_digest
    body = b'{"role":"officer"}'
    assert first.after_digest != hashlib.blake2b(body, key=str(record).encode(), digest_size=32).digest()
    assert first.after_digest == hashlib.blake2b(body, key=first.salt, digest_size=32).digest()
    assert (first.before_digest, third.after_digest, third.actor) == (None, None, "machine")
