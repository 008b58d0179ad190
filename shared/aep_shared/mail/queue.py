"""Transactional mail: queued in the transaction that causes it, sent by the worker of the address's owner.

A mail that a crash or a lost connection interrupts is sent again after its lease: a second sign-in link does no harm,
a lost one does. Newsletters, where that is not so, have an engine of their own.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import aiosmtplib
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared import telemetry
from aep_shared.database import Database
from aep_shared.errors import InvalidInput
from aep_shared.mail.fence import CLOSED, Fence
from aep_shared.mail.message import compose
from aep_shared.mail.server import AWAY, Outcome, SmtpServer, transmit

log = structlog.get_logger()

LEASE_SECONDS = 120
ATTEMPT_SECONDS = 60.0
"""No attempt takes longer, connecting included, so that it ends well within its lease."""
MAX_ATTEMPTS = 36
"""With pauses that double up to an hour, a server may be away for more than a day."""


async def queue(session: AsyncSession, recipient: str, subject: str, body: str) -> None:
    """Queues a mail in the caller's transaction.

    Raises `InvalidInput` for a subject with line breaks: a header must not carry another.
    """
    if any(sign in subject + recipient for sign in "\r\n\0"):
        raise InvalidInput("a mail header cannot hold line breaks")
    await session.execute(_QUEUE, {"recipient": recipient, "subject": subject, "text": body})


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A mail that this sender has for the time of its lease."""

    id: str
    attempts: int
    recipient: str
    subject: str
    text: str


class MailSender:
    """Sends a service's queued mails, one at a time."""

    def __init__(
        self,
        database: Database,
        service: str,
        server: SmtpServer,
        sender: str,
        *,
        poll: float = 0.2,
        installation: str = "",
    ) -> None:
        self._database = database
        self._poll = poll
        self._waker = database.waker()
        self._service = service
        self._server = server
        self._sender = sender
        self._fence = Fence(database, installation)
        self._trouble: str | None = None

    async def run(self) -> None:
        """Sends what is queued, until cancelled."""
        while True:
            await self.step()
            await self._waker.sleep(self._poll)

    async def status(self) -> str:
        """For `/readyz`: "ok", or what keeps mails waiting."""
        return self._trouble or "ok"

    async def step(self) -> int:
        """Sends what is due; how many were accepted by the server. A server that is away ends the round."""
        if await self._fence.closed():
            self._trouble = f"degraded: {CLOSED}"
            return 0
        sent = 0
        client: aiosmtplib.SMTP | None = None
        try:
            while (mail := await self._claim()) is not None:
                client, outcome = await self._attempt(client, mail)
                await self._finish(mail, outcome)
                sent += outcome.state == "accepted"
                self._trouble = f"mail server: {outcome.reply}" if outcome.lost else None
                if outcome.lost:
                    break
        finally:
            if client is not None:
                client.close()
        return sent

    async def _attempt(self, client: aiosmtplib.SMTP | None, mail: _Claimed) -> tuple[aiosmtplib.SMTP | None, Outcome]:
        """Tries one mail on this connection, or on a new one; the connection and what became of the mail."""
        try:
            letter = compose(self._sender, mail.recipient, mail.subject, mail.text)
        except Exception as problem:
            # Nothing that comes later will make a mail of it, and the others must go on.
            return client, Outcome("refused", f"cannot be written as a mail: {type(problem).__name__}: {problem}")
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                client = client or await self._server.connect()
                return client, await transmit(client, letter)
        except AWAY as problem:
            return client, Outcome("deferred", f"{type(problem).__name__}: {problem}", lost=True)

    async def _claim(self) -> _Claimed | None:
        async with self._database.transaction(wakes=False) as session:
            row = (await session.execute(_CLAIM, {"lease": LEASE_SECONDS})).one_or_none()
        return None if row is None else _Claimed(row.id, row.attempts, row.recipient, row.subject, row.text)

    async def _finish(self, mail: _Claimed, outcome: Outcome) -> None:
        settled = outcome.state in ("accepted", "refused")
        final = settled or mail.attempts >= MAX_ATTEMPTS
        state = "sent" if outcome.state == "accepted" else "refused" if final else "queued"
        if state != "sent":
            log.warning("mail not accepted", attempts=mail.attempts, reply=outcome.reply, final=final)
        arguments = {
            "id": mail.id,
            "attempts": mail.attempts,
            "state": state,
            "error": None if state == "sent" else outcome.reply.replace("\0", "")[:500],
        }
        async with self._database.transaction(wakes=False) as session:
            await session.execute(_FINISH, arguments)
        telemetry.MAILS.labels(self._service, state).inc()


_QUEUE = text("INSERT INTO mails (recipient, subject, text) VALUES (:recipient, :subject, :text)")

_CLAIM = text("""
UPDATE mails SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + make_interval(secs => :lease)
WHERE id = (SELECT id FROM mails WHERE state = 'queued' AND next_attempt_at <= clock_timestamp()
            ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, attempts, recipient, subject, text
""")

# The text of a mail that is done is not kept: it may hold a sign-in link. A sender whose lease has ended does not put
# back what another has taken since.
_FINISH = text("""
UPDATE mails SET state = :state, error = :error,
    finished_at = CASE WHEN :state = 'queued' THEN NULL ELSE clock_timestamp() END,
    next_attempt_at = clock_timestamp() + make_interval(secs => least(3600, 2 ^ least(attempts, 20))),
    text = CASE WHEN :state = 'queued' THEN text ELSE '' END
WHERE id = :id AND state = 'queued' AND (attempts = :attempts OR :state = 'sent')
""")
