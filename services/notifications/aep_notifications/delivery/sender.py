"""The sender of issues: one process at a time, a few connections to the SMTP server, nothing sent twice.

A delivery is *committed to send* durably before its first byte leaves. A reply settles it. After a crash, and only
then, a committed delivery without a reply is in doubt: it is listed by name and never sent again by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from email.message import EmailMessage

import aiosmtplib
import asyncpg
import structlog

from aep_notifications.delivery import repository
from aep_notifications.delivery.rendering import Recipient, render
from aep_shared import telemetry
from aep_shared.db import Database
from aep_shared.leadership import Leadership, LeadershipLost, Timing
from aep_shared.mail import SmtpServer

log = structlog.get_logger()

_AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
_STOPPING_SECONDS = 5.0


class Sender:
    """Sends what is queued, `connections` mails at a time: so many recipients are in doubt after a crash at most."""

    def __init__(self, database: Database, server: SmtpServer, sender: str, site_url: str, *, connections: int,
                 timing: Timing, poll: float = 0.2) -> None:  # fmt: skip
        self._server = server
        self._sender = sender
        self._site_url = site_url
        self._connections = connections
        self._timing = timing
        self._poll = poll
        self._waker = database.waker()
        self.leadership = Leadership(database, "sender", timing)
        self._clients: list[aiosmtplib.SMTP | None] = [None] * connections

    async def run(self) -> None:
        """Leads or waits to lead, until cancelled."""
        while True:
            try:
                connection = await self.leadership.acquire()
                doubtful = await repository.declare_doubt(connection, self.leadership.epoch)
                if doubtful:
                    log.error("deliveries in doubt after a crash", count=doubtful)
                await self._send_all(connection)
            except (LeadershipLost, *_AWAY) as problem:
                log.warning("sender starts over", problem=repr(problem))
            finally:
                self.leadership.release()
                self._close_clients()
            await asyncio.sleep(1)

    async def _send_all(self, connection: asyncpg.Connection) -> None:
        while True:
            await self.leadership.renew()
            batch = await repository.due(connection, self._connections)
            if not batch:
                await repository.finish_issues(connection)
                await self._waker.sleep(self._poll)
                continue
            await _finished(asyncio.create_task(self._send_batch(connection, batch)))

    async def _send_batch(self, connection: asyncpg.Connection, batch: Sequence[Recipient]) -> None:
        mails = [render(recipient, self._sender, self._site_url) for recipient in batch]
        if not await self._connected():
            await asyncio.sleep(2)
            return
        await repository.commit_to_send(connection, batch, self.leadership.epoch)
        sending = [self._send(slot, mail, recipient.email)
                   for slot, (mail, recipient) in enumerate(zip(mails, batch, strict=True))]  # fmt: skip
        outcomes = asyncio.gather(*sending)
        while not outcomes.done():
            await asyncio.wait([outcomes], timeout=self._timing.deadline / 3)
            await self.leadership.renew()
        replies = [(recipient, *outcome) for recipient, outcome in zip(batch, outcomes.result(), strict=True)]
        await repository.settle(connection, replies)
        for _recipient, state, _reply in replies:
            telemetry.MAILS.labels("notifications", state).inc()

    async def _send(self, slot: int, mail: EmailMessage, address: str) -> tuple[str, str]:
        """Sends one mail; its state and the server's reply. Only a lost reply to the final dot leaves doubt."""
        client = self._clients[slot]
        assert client is not None
        try:
            _errors, reply = await client.send_message(mail, recipients=[address])
        except aiosmtplib.SMTPRecipientsRefused as problem:
            first = problem.recipients[0]
            return ("deferred" if 400 <= first.code < 500 else "refused"), f"{first.code} {first.message}"
        except aiosmtplib.SMTPResponseException as problem:
            return ("deferred" if 400 <= problem.code < 500 else "refused"), f"{problem.code} {problem.message}"
        except (aiosmtplib.SMTPException, OSError) as problem:
            # The connection ended before a reply: the server may have taken the mail or not.
            self._clients[slot] = None
            return "in-doubt", repr(problem)
        return "accepted", reply

    async def _connected(self) -> bool:
        """Opens the connections that are missing; a server that is away costs no delivery an attempt."""
        try:
            for slot, client in enumerate(self._clients):
                if client is None or not client.is_connected:
                    self._clients[slot] = fresh = self._server.client()
                    await fresh.connect()
        except (aiosmtplib.SMTPException, OSError) as problem:
            log.warning("SMTP server away", problem=type(problem).__name__)
            self._close_clients()
            return False
        return True

    def _close_clients(self) -> None:
        for slot, client in enumerate(self._clients):
            if client is not None:
                client.close()
            self._clients[slot] = None


async def _finished(batch: asyncio.Task[None]) -> None:
    """Waits for a batch; when the service is told to stop, the replies under way are still awaited and stored."""
    try:
        await asyncio.shield(batch)
    except asyncio.CancelledError:
        await asyncio.wait([batch], timeout=_STOPPING_SECONDS)
        raise
