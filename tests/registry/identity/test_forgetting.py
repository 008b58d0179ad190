"""Sign-ins, sessions and tokens that are over are forgotten after their time, and nothing else."""

from __future__ import annotations

from aep_registry.identity.session_repository import FORGETS
from aep_registry.identity.sessions import forget
from aep_shared.service import housekeeping
from tests.registry.conftest import Registry
from tests.shared.statements import run, values


async def test_sign_ins_sessions_and_tokens_are_forgotten_when_they_are_over(registry: Registry) -> None:
    await registry.sign_in("officer@secretariat.example", "officer")
    database = registry.platform.database
    for name, age in (("old", "31 days"), ("recent", "50 minutes"), ("valid", "-1 hour")):
        ended = f"clock_timestamp() - interval '{age}'"
        await run(
            database,
            "INSERT INTO sign_ins (link_hash, code_lookup, code_hash, subject, expires_at)"
            f" SELECT CAST(:name AS bytea), '', '', id, {ended} FROM subjects LIMIT 1",
            name=name.encode(),
        )
        await run(
            database,
            f"INSERT INTO api_tokens (id, subject, expires_at) SELECT :name, id, {ended} FROM subjects LIMIT 1",
            name=name,
        )
        await run(
            database,
            "INSERT INTO sessions (id, subject, secret_hash, expires_at, ended_at)"
            " SELECT uuidv7(), id, CAST(:name AS bytea), clock_timestamp() + interval '1 day',"
            f" {ended} FROM subjects LIMIT 1",
            name=name.encode(),
        )
    await run(
        database,
        "INSERT INTO sign_in_requests (id, email, requested_at) VALUES"
        " (uuidv7(), 'old@x.example', clock_timestamp() - interval '61 minutes')",
    )
    await housekeeping.clear(database, FORGETS)
    await forget(database)
    assert await values(database, "SELECT email FROM sign_in_requests") == []
    names = "('old', 'recent', 'valid')"
    for table, column in (("sign_ins", "link_hash"), ("sessions", "secret_hash"), ("api_tokens", "id")):
        # Escaped, because the hash of a secret may hold any byte, also one that no text holds.
        shown = column if table == "api_tokens" else f"encode({column}, 'escape')"
        left = await values(database, f"SELECT {shown} FROM {table} WHERE {shown} IN {names} ORDER BY 1")
        assert left == ["recent", "valid"], table
    # Somebody who is signed in stays so.
    assert len(await values(database, "SELECT id FROM sessions WHERE ended_at IS NULL")) == 1
