"""The sender of issues: one process at a time, a few connections to the SMTP server, nothing sent twice.

A delivery is *committed to send* durably before its first byte leaves, together with the updates that it brings. A
reply settles it. Only where the reply to the final dot is lost, by a crash or by the server, the delivery is in doubt:
it is listed by name, and a person decides whether it is sent again. Many in doubt within a day stop the sender.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

import aiosmtplib
import asyncpg
import structlog

from aep_notifications.delivery import repository
from aep_notifications.delivery.condition import Condition, Patience
from aep_notifications.delivery.connections import Connections
from aep_notifications.delivery.rendering import Recipient, render
from aep_notifications.delivery.repository import Delivery
from aep_shared import telemetry
from aep_shared.database import AWAY, Database
from aep_shared.database.leadership import Leadership, LeadershipLost
from aep_shared.mail import Fence, Mail, Outcome, SmtpServer, transmit
from aep_shared.mail.fence import CLOSED
from aep_shared.mail.server import At
from aep_shared.service.attempts import Attempts
from aep_shared.timing import Timing

log = structlog.get_logger()

_STOPPING_SECONDS = 5.0
FAILURES_A_DAY = 3
"""So many failures of all connections within a day are borne; then a person first decides about who is in doubt.

A server that loses every reply would put one more reader in doubt with each trial, for ever.
"""
Result = TypeVar("Result")


class Unrenderable(Exception):
    """One delivery cannot be made a mail; the others can."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__(delivery)
        self.delivery = delivery


async def _nothing(_point: str) -> None: ...


class Sender:
    """Sends what is queued, `connections` mails at a time: so many recipients are in doubt after a failure at most.

    `at` is called at "before-commit", "committed", "dot-sent" and "replied", for tests that let it crash there.
    """

    def __init__(
        self,
        database: Database,
        server: SmtpServer,
        sender: str,
        site_url: str,
        *,
        connections: int,
        timing: Timing,
        poll: float = 0.2,
        installation: str = "",
        patience: Patience | None = None,
        at: At = _nothing,
    ) -> None:
        self._sender = sender
        self._site_url = site_url
        self._timing = timing
        self._poll = poll
        self._database = database
        self._waker = database.waker()
        self._attempts = Attempts(database, repository.JOB)
        self._fence = Fence(database, installation)
        self._connections = Connections(server, connections)
        self._condition = Condition(patience or Patience())
        self._at = at
        self.leadership = Leadership(database, "sender", timing)

    async def status(self) -> str:
        """For `/readyz`: "ok", or what keeps mails waiting; where another process sends, by what the tables say."""
        words = self._condition.in_words()
        if words != "ok" or self.leadership.connection is not None:
            return words
        if await self._fence.closed():
            return f"degraded: {CLOSED}"
        async with self._database.reading() as session:
            waits = await session.scalar(repository.UNATTENDED, {"silence": self._timing.silence})
        return "standing still: mails wait and no process sends them" if waits else "ok"

    async def run(self) -> None:
        """Leads or waits to lead, until cancelled."""
        while True:
            try:
                connection = await self.leadership.acquire()
                doubtful = await repository.declare_doubt(connection, self.leadership.epoch)
                if doubtful:
                    log.error("deliveries in doubt after a crash", count=doubtful)
                await self._lead(connection)
            except (LeadershipLost, asyncpg.PostgresError, *AWAY) as problem:
                log.warning("sender starts over", problem=repr(problem))
                self._condition.notice = f"starts over: {problem!r}"
            finally:
                self.leadership.release()
                self._connections.close()
            await asyncio.sleep(1)

    async def _lead(self, connection: asyncpg.Connection) -> None:
        while True:
            await self.leadership.renew()
            room = await self._room(connection)
            due = await repository.due(connection, min(self._batch_size, room)) if room > 0 else []
            if due:
                await _finished(asyncio.create_task(self._round(connection, due)))
                continue
            self._connections.close()
            await repository.finish_issues(connection)
            if not self._condition.notice and (aside := await repository.set_aside(connection)):
                self._condition.notice = f"degraded: {aside} mails could not be made and were set aside"
            await self._waker.sleep(self._poll)

    async def _room(self, connection: asyncpg.Connection) -> int:
        """How many more mails may be risked at once; none where something else than the server keeps them waiting."""
        self._condition.notice = f"degraded: {CLOSED}" if await self._fence.closed() else None
        undecided = await repository.undecided(connection)
        room = FAILURES_A_DAY * self._connections.most - undecided
        if room <= 0 and not self._condition.notice:
            self._condition.notice = f"stopped: {undecided} readers are in doubt since a day or less; decide about them"
        return 0 if self._condition.notice else room

    @property
    def _batch_size(self) -> int:
        """After a failure one mail is tried alone, so that the next failure costs no more."""
        return 1 if self._condition.failing else self._connections.most

    async def _round(self, connection: asyncpg.Connection, due: Sequence[Delivery]) -> None:
        """One mail on each connection that opens, from the commit to the replies."""
        clients = await self._renewing(self._connections.ready(len(due)))
        if not clients:
            self._condition.failed(self._connections.problem or "no connection")
            await self._rest()
            return
        await self._at("before-commit")
        batch = await self._committed(connection, due[: len(clients)])
        if not batch:
            return
        await self._at("committed")
        # Whoever was stopped for long before this moment sends nothing: another may have taken over.
        await self.leadership.renew()
        mails = [mail for _, mail in batch]
        outcomes = await self._renewing(self._sent(clients[: len(mails)], mails))
        await self._at("replied")
        replies = [(recipient, outcome) for (recipient, _), outcome in zip(batch, outcomes, strict=True)]
        await repository.settle(connection, replies)
        for outcome in outcomes:
            telemetry.MAILS.labels("notifications", outcome.state).inc()
        await self._judge(outcomes)

    async def _judge(self, outcomes: Sequence[Outcome]) -> None:
        """Goes on, or closes all connections and rests where one was lost."""
        lost = [outcome for outcome in outcomes if outcome.lost]
        if not lost:
            self._condition.succeeded(self._connections.problem)
            return
        doubt = [outcome for outcome in lost if outcome.state == "in-doubt"]
        self._condition.failed((doubt or lost)[0].reply, doubt=bool(doubt))
        self._connections.close()
        await self._rest()

    async def _committed(self, connection: asyncpg.Connection, due: Sequence[Delivery]) -> list[tuple[Recipient, Mail]]:
        """The mails of these deliveries, committed to be sent; one that cannot be made rests, and none is committed."""
        try:
            async with connection.transaction():
                recipients = await repository.claim(connection, due, self.leadership.epoch)
                return [(recipient, self._rendered(recipient)) for recipient in recipients]
        except Unrenderable as problem:
            item = repository.item_of(problem.delivery)
            await self._attempts.begin([item])
            await self._attempts.failed(item, problem.__cause__ or problem)
            return []

    def _rendered(self, recipient: Recipient) -> Mail:
        try:
            return render(recipient, self._sender, self._site_url)
        except Exception as problem:
            raise Unrenderable(recipient.delivery) from problem

    async def _sent(self, clients: Sequence[aiosmtplib.SMTP], mails: Sequence[Mail]) -> Sequence[Outcome]:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(transmit(client, mail, self._at)) for client, mail in zip(clients, mails, strict=True)
            ]
        return [task.result() for task in tasks]

    async def _rest(self) -> None:
        await self._renewing(asyncio.sleep(self._condition.pause))

    async def _renewing(self, work: Awaitable[Result]) -> Result:
        """Waits for something while the leadership is renewed."""
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                await asyncio.wait([task], timeout=self._timing.deadline / 3)
                await self.leadership.renew()
            return task.result()
        finally:
            task.cancel()


async def _finished(batch: asyncio.Task[None]) -> None:
    """Waits for a batch; when the service is told to stop, the replies under way are still awaited and stored."""
    try:
        await asyncio.shield(batch)
    except asyncio.CancelledError:
        await asyncio.wait([batch], timeout=_STOPPING_SECONDS)
        batch.cancel()
        await asyncio.wait([batch])
        raise
