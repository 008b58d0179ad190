"""Receives and shows mails."""

from __future__ import annotations

import asyncio
import email
import email.policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

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
    return [_shown(row) for row in rows]


def _shown(row: Row[Any]) -> dict[str, Any]:
    parsed = email.message_from_bytes(row.raw, _class=EmailMessage, policy=email.policy.default)
    body = parsed.get_body(("plain", "html"))
    return {
        "id": str(row.id),
        "received_at": row.received_at.isoformat(),
        "to": row.recipient,
        "from": row.sender,
        "subject": str(parsed["subject"]),
        "text": str(body.get_content()) if body else "",
        "headers": {name: str(value) for name, value in parsed.items()},
    }


_ADD = text("INSERT INTO mailbox (sender, recipient, raw) VALUES (:sender, :recipient, :raw)")
_LIST = text("""
SELECT * FROM mailbox WHERE CAST(:recipient AS text) IS NULL OR lower(recipient) = lower(:recipient)
ORDER BY received_at DESC LIMIT :limit
""")

FORGETS = ("DELETE FROM mailbox WHERE received_at < clock_timestamp() - interval '30 days'",)
