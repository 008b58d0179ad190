"""Helpers of the newsletter's tests: approved updates, readers, issues, and senders that run until they are done."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import orjson

from aep_notifications.delivery.condition import Patience
from aep_notifications.delivery.sender import Sender
from aep_notifications.issues import service as issues
from aep_notifications.issues.schemas import IssueIn
from aep_shared.access.actor import Actor
from aep_shared.contracts.registry import Grant
from aep_shared.database import Database
from aep_shared.mail import SmtpServer
from aep_shared.timing import Timing
from tests.shared.flowing import running, until
from tests.shared.smtp import Smtp
from tests.shared.statements import rows, run, values

OFFICER, DEPUTY, EDITOR, OTHER_OFFICER = (
    Actor(uuid4(), [Grant(role=role)]) for role in ("officer", "deputy", "editor", "officer")
)
TIMING = Timing(deadline=1.0, request_timeout=2.0, silence=5.0, settle=0.2)
QUICK = Patience(lost=0.05, lost_at_most=0.2, doubt=0.05, doubt_at_most=0.2)
TOPIC = "aep.registry.update.v1"
SINCE = "2026-01-01T00:00:00Z"


async def approved(database: Database, title: str, /, at: str = "2026-02-01T00:00:00Z", **fields: Any) -> str:
    """The replica of an approved update; its id."""
    key = fields.pop("id", None) or str(uuid4())
    data = {
        "id": key,
        "about": {"type": "initiative", "slug": "x"},
        "kind": "news",
        "title": {"en": title},
        "text": {"en": f"text of {title}"},
        "links": [],
        "approved_at": at,
        **fields,
    }
    await run(
        database,
        "INSERT INTO replicas (topic, key, partition, version, deleted, data)"
        " VALUES (:topic, :key, 0, 1, false, CAST(:data AS jsonb)) ON CONFLICT (topic, key)"
        " DO UPDATE SET version = replicas.version + 1, deleted = false, data = excluded.data",
        topic=TOPIC,
        key=key,
        data=orjson.dumps(data).decode(),
    )
    return key


async def withdraw(database: Database, update: str) -> None:
    await run(
        database, "UPDATE replicas SET deleted = true, data = NULL, version = version + 1 WHERE key = :key", key=update
    )


async def reader(
    database: Database,
    email: str = "r@reader.example",
    frequency: str = "monthly",
    lists: Mapping[str, str] | None = None,
    languages: str = "{en}",
) -> UUID:
    """A confirmed reader with lists and the moment since when."""
    (subscriber,) = await values(database, "SELECT id FROM subscribers WHERE email = :email", email=email) or [uuid4()]
    await run(
        database,
        "INSERT INTO subscribers (id, email, languages, frequency, state, token)"
        " VALUES (:id, :email, :languages, :frequency, 'confirmed', :token)",
        id=subscriber,
        email=email,
        languages=languages.strip("{}").split(","),
        frequency=frequency,
        token=f"token-{email}-0123456789",
    )
    for slug, since in (lists or {"newsletter": SINCE}).items():
        await join(database, subscriber, slug, since)
    return subscriber


async def readers(database: Database, count: int) -> list[str]:
    """So many readers of the monthly newsletter; their addresses."""
    addresses = [f"r{number:02}@reader.example" for number in range(count)]
    for address in addresses:
        await reader(database, address)
    return addresses


async def join(database: Database, subscriber: UUID, slug: str, since: str = SINCE) -> None:
    await run(
        database,
        "INSERT INTO subscriptions (subscriber, list, since)"
        " VALUES (:id, :slug, CAST(CAST(:since AS text) AS timestamptz))",
        id=subscriber,
        slug=slug,
        since=since,
    )


async def assembled(database: Database, slug: str = "newsletter", frequency: str = "monthly", title: str = "T") -> UUID:
    async with database.transaction() as session:
        given = IssueIn(list=slug, frequency=frequency, title={"en": title})  # type: ignore[arg-type]
        issue: UUID = (await issues.assemble(session, OFFICER, given)).id
    return issue


async def sent(database: Database, *made: UUID) -> None:
    """Approves issues and hands them to the sender."""
    for issue in made:
        async with database.transaction() as session:
            await issues.approve(session, DEPUTY, issue, None)
        async with database.transaction() as session:
            await issues.send(session, OFFICER, issue, None)


def sender(database: Database, server: Smtp, connections: int = 2, timeout: float = 3.0, **options: Any) -> Sender:
    options = {"timing": TIMING, "poll": 0.05, "patience": QUICK, **options}
    return Sender(
        database,
        SmtpServer(server.url, timeout=timeout),
        "sec@platform.example",
        "http://s.example",
        connections=connections,
        **options,
    )


async def finished(database: Database) -> bool:
    """Whether every issue that was handed to the sender is sent."""
    return not await values(database, "SELECT id FROM issues WHERE state = 'sending'")


async def deliver(database: Database, server: Smtp, **options: Any) -> None:
    """Runs a sender until every issue is sent."""
    async with running(sender(database, server, **options).run):
        await until(partial(finished, database), 30)


async def states(database: Database) -> dict[str, str]:
    """The state of each delivery, by address; of several the one that comes last."""
    found = await rows(
        database, "SELECT s.email, d.state FROM deliveries d JOIN subscribers s ON s.id = d.subscriber ORDER BY d.issue"
    )
    return {row.email: row.state for row in found}


async def in_state(database: Database, state: str) -> list[str]:
    return sorted(email for email, found in (await states(database)).items() if found == state)


async def due_now(database: Database) -> None:
    """What was put off may be tried again."""
    await run(database, "UPDATE deliveries SET next_attempt_at = clock_timestamp() WHERE state = 'queued'")


async def a_while(seconds: float = 0.5) -> None:
    """For what must not happen."""
    await asyncio.sleep(seconds)
