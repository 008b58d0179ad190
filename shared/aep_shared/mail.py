"""Transactional mail: queued in the transaction that causes it, sent by the worker of the address's owner.

Every sender speaks only SMTP. A mail that a crash interrupts is sent again after its lease: a second sign-in link does
no harm, a lost one does. Newsletters, where that is not so, have an engine of their own.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Annotated
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared import telemetry
from aep_shared.db import Database
from aep_shared.errors import InvalidInput

log = structlog.get_logger()

LEASE_SECONDS = 120
MAX_ATTEMPTS = 36
"""With pauses that double up to an hour, a server may be away for more than a day."""


def _check_email(address: str) -> str:
    try:
        return validate_email(address, check_deliverability=False).normalized
    except EmailNotValidError as problem:
        raise ValueError(str(problem)) from problem


EmailAddress = Annotated[str, AfterValidator(_check_email)]
"""An address that `email-validator` accepts: no line breaks, no comments, no local hosts."""


async def queue(session: AsyncSession, recipient: str, subject: str, body: str) -> None:
    """Queues a mail in the caller's transaction.

    Raises `InvalidInput` for a subject with line breaks: a header must not carry another.
    """
    if any(sign in subject + recipient for sign in "\r\n\0"):
        raise InvalidInput("a mail header cannot hold line breaks")
    await session.execute(_QUEUE, {"recipient": recipient, "subject": subject, "text": body})


class SmtpServer:
    """An SMTP server at `smtp://[user:password@]host:port` (STARTTLS where offered) or `smtps://...`."""

    def __init__(self, url: str, *, timeout: float = 20.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("an SMTP server is addressed by smtp://host:port or smtps://host:port")
        self._tls = parts.scheme == "smtps"
        self._host, self._port = parts.hostname, parts.port or (465 if self._tls else 587)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._timeout = timeout

    def client(self) -> aiosmtplib.SMTP:
        """A client that is not connected yet; `async with` connects and signs in."""
        return aiosmtplib.SMTP(
            hostname=self._host, port=self._port, use_tls=self._tls, username=self._user, password=self._password,
            timeout=self._timeout, tls_context=ssl.create_default_context(),
        )  # fmt: skip


def compose(sender: str, recipient: str, subject: str, body: str, html: str | None = None,
            headers: Mapping[str, str] | None = None) -> EmailMessage:  # fmt: skip
    """A message with a text part and, where given, an HTML part; the library refuses line breaks in headers."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, recipient, subject
    message["Date"] = formatdate()
    for name, value in (headers or {}).items():
        message[name] = value
    if "Message-ID" not in message:
        message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">"))
    message.set_content(body)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message


class MailSender:
    """Sends a service's queued mails, one at a time."""

    def __init__(self, database: Database, service: str, server: SmtpServer, sender: str, *, poll: float = 0.2) -> None:
        self._database = database
        self._poll = poll
        self._waker = database.waker()
        self._service = service
        self._server = server
        self._sender = sender

    async def run(self) -> None:
        """Sends what is queued, until cancelled."""
        while True:
            await self.step()
            await self._waker.sleep(self._poll)

    async def step(self) -> int:
        """Sends what is due; how many were accepted by the server."""
        sent = 0
        while (mail := await self._claim()) is not None:
            mail_id, attempts, recipient, subject, body = mail
            try:
                async with self._server.client() as client:
                    await client.send_message(compose(self._sender, recipient, subject, body))
            except aiosmtplib.SMTPRecipientsRefused as problem:
                await self._finish(mail_id, attempts, "refused", str(problem))
            except (aiosmtplib.SMTPException, OSError) as problem:
                final = attempts >= MAX_ATTEMPTS
                log.warning("mail not accepted", attempts=attempts, problem=type(problem).__name__, final=final)
                await self._finish(mail_id, attempts, "refused" if final else "queued", str(problem))
                return sent
            else:
                await self._finish(mail_id, attempts, "sent", None)
                sent += 1
        return sent

    async def _claim(self) -> tuple[str, int, str, str, str] | None:
        async with self._database.transaction(wakes=False) as session:
            row = (await session.execute(_CLAIM, {"lease": LEASE_SECONDS})).one_or_none()
        return None if row is None else (row.id, row.attempts, row.recipient, row.subject, row.text)

    async def _finish(self, mail_id: str, attempts: int, state: str, error: str | None) -> None:
        async with self._database.transaction(wakes=False) as session:
            await session.execute(_FINISH, {"id": mail_id, "attempts": attempts, "state": state, "error": error})
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
