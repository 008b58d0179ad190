"""What is too old is forgotten, what is not stays; the figures say what is there."""

from __future__ import annotations

from sqlalchemy import text

from aep_shared import telemetry
from aep_shared.database import Database
from aep_shared.service import housekeeping


async def test_only_what_is_old_is_cleared(database: Database) -> None:
    async with database.connection() as connection:
        for key, days in (("old", 8), ("young", 6)):
            await connection.execute(_KEY, {"key": key, "days": days})
        for recipient, days in (("old@reader.example", 31), ("young@reader.example", 29)):
            await connection.execute(_MAIL, {"recipient": recipient, "days": days})
        await connection.execute(text("INSERT INTO mails (recipient, subject, text) VALUES ('waiting', 's', 't')"))
    await housekeeping.clear(database)
    async with database.reading() as session:
        assert (await session.execute(text("SELECT key FROM idempotency_keys"))).scalars().all() == ["young"]
        left = (await session.execute(text("SELECT recipient FROM mails ORDER BY 1"))).scalars().all()
    assert left == ["waiting", "young@reader.example"]


async def test_the_figures_show_the_oldest_waiting_row_and_open_dead_letters(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute(_ROW)
        await connection.execute(_LETTER)
    await housekeeping.read_figures(database, "figures-test", [], None)
    assert 100 < telemetry.OUTBOX_AGE.labels("figures-test")._value.get() < 1000
    assert telemetry.DEAD_LETTERS.labels("figures-test")._value.get() == 1


_KEY = text("""
INSERT INTO idempotency_keys (actor, scopes, route, key, rights, fingerprint, status, headers, body, stored_at)
VALUES ('a', '*', 'POST /x', :key, '', '', 200, '{}', '', clock_timestamp() - make_interval(days => :days))
""")
_MAIL = text("""
INSERT INTO mails (recipient, subject, text, state, finished_at)
VALUES (:recipient, 's', '', 'sent', clock_timestamp() - make_interval(days => :days))
""")
_ROW = text("""
INSERT INTO outbox (topic, key, version, created_at)
VALUES ('aep.registry.group.v1', 'k', 1, clock_timestamp() - interval '2 minutes')
""")
_LETTER = text("""
INSERT INTO dead_letters (consumer_group, topic, partition, "offset", key, headers, error, stack, attempts)
VALUES ('g', 't', 0, 0, 'k', '{}', 'e', 's', 1)
""")
