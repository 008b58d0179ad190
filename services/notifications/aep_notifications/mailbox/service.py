"""Receives and shows mails."""

from __future__ import annotations

import asyncio
import email
import email.policy
from email.message import EmailMessage, MIMEPart
from typing import Any
from uuid import UUID

from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_notifications.errors import MailUnknown
from aep_shared.db import Database, until_cancelled

_MAX_MAIL_BYTES = 5 * 1024 * 1024


class _Handler:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def handle_DATA(self, _server: SMTP, _session: SmtpSession, envelope: Envelope) -> str:
        raw = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        async with self._database.transaction() as session:
            for recipient in envelope.rcpt_tos:
                await session.execute(_ADD, {"sender": envelope.mail_from or "", "recipient": recipient, "raw": raw})
        return "250 kept"


async def listen(database: Database, host: str, port: int) -> None:
    """Takes mails on `host:port` until cancelled; a mail is stored before its final dot is answered."""
    handler = _Handler(database)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, data_size_limit=_MAX_MAIL_BYTES, ident="aep mailbox"), host, port
    )
    async with server:
        await until_cancelled()


async def messages(session: AsyncSession, recipient: str | None, limit: int = 100) -> list[dict[str, Any]]:
    """The newest mails, to everybody or to one address."""
    rows = await session.execute(_LIST, {"recipient": recipient, "limit": limit})
    return [_shown(row, _parsed(row)) for row in rows]


async def message(session: AsyncSession, mail: UUID) -> dict[str, Any]:
    """One mail, with its HTML part where it has one.

    Raises `MailUnknown`.
    """
    row = (await session.execute(_ONE, {"id": mail})).one_or_none()
    if row is None:
        raise MailUnknown()
    parsed = _parsed(row)
    html = parsed.get_body(("html",))
    return {**_shown(row, parsed), "html": _words(html) if html is not None else None}


def _parsed(row: Row[Any]) -> EmailMessage:
    return email.message_from_bytes(row.raw, _class=EmailMessage, policy=email.policy.default)


def _shown(row: Row[Any], parsed: EmailMessage) -> dict[str, Any]:
    body = parsed.get_body(("plain", "html"))
    return {
        "id": str(row.id),
        "received_at": row.received_at.isoformat(),
        "to": row.recipient,
        "from": row.sender,
        "subject": str(parsed["subject"] or ""),
        "text": _words(body) if body is not None else "",
        "has_html": parsed.get_body(("html",)) is not None,
        "headers": {name: str(value) for name, value in parsed.items()},
    }


def _words(part: MIMEPart) -> str:
    """The text of a part; what names a character set that nobody knows is read as far as it can be."""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", errors="replace") if isinstance(payload, bytes) else ""


_ADD = text("INSERT INTO mailbox (sender, recipient, raw) VALUES (:sender, :recipient, :raw)")
_ONE = text("SELECT * FROM mailbox WHERE id = :id")
_LIST = text("""
SELECT * FROM mailbox WHERE CAST(:recipient AS text) IS NULL OR lower(recipient) = lower(:recipient)
ORDER BY received_at DESC LIMIT :limit
""")

FORGETS = ("DELETE FROM mailbox WHERE received_at < clock_timestamp() - interval '30 days'",)
