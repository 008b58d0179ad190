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
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from aep_notifications.errors import MailUnknown
from aep_notifications.mailbox import repository
from aep_notifications.mailbox.schemas import Mail, WholeMail
from aep_shared.database import Database, until_cancelled

_MAX_MAIL_BYTES = 5 * 1024 * 1024


class _Handler:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def handle_DATA(self, _server: SMTP, _session: SmtpSession, envelope: Envelope) -> str:
        raw = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        async with self._database.transaction() as session:
            for recipient in envelope.rcpt_tos:
                await repository.add(session, envelope.mail_from or "", recipient, raw)
        return "250 kept"


async def listen(database: Database, host: str, port: int) -> None:
    """Takes mails on `host:port` until cancelled; a mail is stored before its final dot is answered."""
    handler = _Handler(database)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, data_size_limit=_MAX_MAIL_BYTES, ident="aep mailbox"), host, port
    )
    async with server:
        await until_cancelled()


async def messages(session: AsyncSession, recipient: str | None, limit: int = 100) -> list[Mail]:
    """The newest mails, to everybody or to one address."""
    return [Mail.model_validate(_shown(row)[0]) for row in await repository.newest(session, recipient, limit)]


async def message(session: AsyncSession, mail: UUID) -> WholeMail:
    """One mail, with its HTML part where it has one.

    Raises `MailUnknown`.
    """
    row = await repository.find(session, mail)
    if row is None:
        raise MailUnknown()
    shown, html = _shown(row)
    return WholeMail.model_validate({**shown, "html": html})


def _shown(row: Row[Any]) -> tuple[dict[str, Any], str | None]:
    """A mail, and its HTML part."""
    try:
        read = _read(row.raw)
    except Exception:
        # Python's parser fails in many ways on headers that nobody should send; such a mail is shown as it came.
        read = {"subject": "", "text": _printable(row.raw.decode(errors="replace")), "headers": {}}, None
    parts, html = read
    about = {"id": row.id, "received_at": row.received_at, "to": row.recipient, "from": row.sender}
    return {**about, **parts, "has_html": html is not None}, html


def _read(raw: bytes) -> tuple[dict[str, Any], str | None]:
    parsed = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
    body, html = parsed.get_body(("plain", "html")), parsed.get_body(("html",))
    parts = {
        "subject": _printable(str(parsed["subject"] or "")),
        "text": _words(body) if body is not None else "",
        "headers": {_printable(name): _printable(str(value)) for name, value in parsed.items()},
    }
    return parts, _words(html) if html is not None else None


def _words(part: MIMEPart) -> str:
    """The text of a part; what names a character set that nobody knows is read as far as it can be."""
    try:
        return _printable(str(part.get_content()))
    except (LookupError, ValueError):
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", errors="replace") if isinstance(payload, bytes) else ""


def _printable(text: str) -> str:
    """The text without halves of signs, which no answer can carry."""
    return text.encode("utf-8", errors="replace").decode()
