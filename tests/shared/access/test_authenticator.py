"""From a token to present rights: what this service has not received lately is not taken for known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from joserfc.jwk import OKPKey

from aep_shared.access import authenticator, tokens
from aep_shared.access.authenticator import Authenticator
from aep_shared.access.rights import HEARTBEATS, Replicated
from aep_shared.contracts.topics import SUBJECT
from aep_shared.database import Database
from aep_shared.errors import RightsNotReady, Unauthorised
from aep_shared.ids import new_id
from tests.shared.statements import run

ISSUER = "https://aep.example"
VERSION = 100
_BARE = OKPKey.generate_key("Ed25519")
KEY = OKPKey.import_key(_BARE.as_dict(private=True), {"kid": "one"})


class OneKey:
    async def find(self, kid: str) -> OKPKey | None:
        return KEY if kid == "one" else None


class Known:
    """The replica of the subject topic in one service, as a test puts it there."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.authenticator = Authenticator(Replicated(database), OneKey(), ISSUER)

    async def put(self, key: UUID, version: int, state: dict[str, Any] | None, age: float = 0) -> None:
        await run(
            self._database,
            "INSERT INTO replicas (topic, key, partition, version, deleted, data, stored_at) VALUES (:topic, :key,"
            " :partition, :version, :deleted, CAST(:data AS jsonb), clock_timestamp() - make_interval(secs => :age))"
            " ON CONFLICT (topic, key) DO UPDATE SET version = excluded.version, deleted = excluded.deleted,"
            " data = excluded.data, stored_at = excluded.stored_at",
            topic=SUBJECT.name,
            key=str(key),
            partition=SUBJECT.partition_of(str(key)),
            version=version,
            deleted=state is None,
            data=None if state is None else orjson.dumps(state).decode(),
            age=age,
        )

    async def beat(self, subject: UUID, age: float = 0, says: datetime | None = None) -> None:
        beat = HEARTBEATS[SUBJECT.partition_of(str(subject))]
        await self.put(beat, VERSION, {"id": beat, "heartbeat": says or datetime.now(UTC)}, age)

    async def person(self, subject: UUID, **state: Any) -> None:
        await self.put(subject, VERSION, {"id": subject, "grants": [{"role": "officer"}], **state})

    async def asks(
        self, subject: UUID, *, version: int = VERSION, token: str = "token", session: str | None = None
    ) -> Any:
        signed = tokens.sign(KEY, ISSUER, subject, token, version, 900, session=session)
        return await self.authenticator.actor(f"Bearer {signed}")


@pytest.fixture
def known(database: Database, monkeypatch: pytest.MonkeyPatch) -> Known:
    monkeypatch.setattr(authenticator, "_WAIT_SECONDS", 0.1)
    return Known(database)


async def test_rights_are_those_of_the_replica(known: Known) -> None:
    ada = new_id()
    await known.person(ada)
    await known.beat(ada)
    assert (await known.asks(ada)).has("officer")


async def test_rights_are_unknown_when_no_heartbeat_was_stored_lately(known: Known) -> None:
    ada = new_id()
    await known.person(ada)
    with pytest.raises(RightsNotReady):
        await known.asks(ada)
    other = next(key for key in iter(new_id, None) if SUBJECT.partition_of(str(key)) != SUBJECT.partition_of(str(ada)))
    await known.beat(other)
    with pytest.raises(RightsNotReady):
        await known.asks(ada)
    # What a heartbeat says of its own time counts for nothing: the clock of its writer may be an hour ahead, or behind.
    await known.beat(ada, age=61, says=datetime.now(UTC) + timedelta(hours=1))
    with pytest.raises(RightsNotReady):
        await known.asks(ada)
    await known.beat(ada, age=1, says=datetime.now(UTC) - timedelta(hours=1))
    assert (await known.asks(ada)).has("officer")


async def test_rights_older_than_the_token_are_waited_for(known: Known) -> None:
    ada = new_id()
    await known.beat(ada)
    with pytest.raises(RightsNotReady):
        await known.asks(ada)
    await known.person(ada)
    with pytest.raises(RightsNotReady):
        await known.asks(ada, version=VERSION + 1)


async def test_a_program_is_known_with_the_person_who_made_its_token(known: Known) -> None:
    program, maker = new_id(), new_id()
    await known.beat(program)
    await known.person(program)
    signed = tokens.sign(KEY, ISSUER, program, "t", VERSION, 900, maker=maker)
    actor = await known.authenticator.actor(f"Bearer {signed}")
    assert (actor.authors, actor.person) == ((program, maker), maker)
    signed = tokens.sign(KEY, ISSUER, program, "t", VERSION, 900)
    actor = await known.authenticator.actor(f"Bearer {signed}")
    assert (actor.authors, actor.person) == ((program,), program)


async def test_a_removed_person_is_refused(known: Known) -> None:
    ada = new_id()
    await known.beat(ada)
    await known.put(ada, VERSION, None)
    with pytest.raises(Unauthorised):
        await known.asks(ada)


async def test_an_ended_token_and_the_tokens_of_an_ended_session_are_refused(known: Known) -> None:
    ada = new_id()
    await known.beat(ada)
    await known.person(ada, ended_tokens=["over", "session-over"])
    for ended in ({"token": "over"}, {"session": "session-over"}):
        with pytest.raises(Unauthorised):
            await known.asks(ada, **ended)
    assert (await known.asks(ada, session="another")).has("officer")


async def test_what_was_issued_before_the_end_of_everything_is_refused(known: Known) -> None:
    ada = new_id()
    await known.beat(ada)
    await known.person(ada, not_before=datetime.now(UTC) + timedelta(minutes=1))
    with pytest.raises(Unauthorised):
        await known.asks(ada)
    await known.person(ada, not_before=datetime.now(UTC) - timedelta(minutes=1))
    assert (await known.asks(ada)).has("officer")
