"""A real SMTP server of the test: keeps every mail that it acknowledged."""

from __future__ import annotations

import email
import email.policy
import re
import threading
import time
from collections.abc import Callable
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class MailSink:
    """Listens on a loopback port in a thread of its own."""

    def __init__(self, port: int) -> None:
        self._mails: list[tuple[str, EmailMessage]] = []
        self._lock = threading.Lock()
        self._controller = Controller(self, hostname="127.0.0.1", port=port)
        self.url = f"smtp://127.0.0.1:{port}"

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def clear(self) -> None:
        """Forgets every mail: another platform begins to send."""
        with self._lock:
            self._mails.clear()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        raw = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        message = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
        with self._lock:
            self._mails += [(recipient.lower(), message) for recipient in envelope.rcpt_tos]
        return "250 OK"

    def to(self, recipient: str, subject: str = "") -> list[EmailMessage]:
        """The mails to one address whose subject has these words."""
        with self._lock:
            return [m for r, m in self._mails if r == recipient.lower() and subject in str(m["subject"])]

    def wait_for(self, recipient: str, subject: str, seconds: float = 30, count: int = 1) -> EmailMessage:
        """The `count`-th such mail, once it is there."""
        eventually(lambda: len(self.to(recipient, subject)) >= count, f"a mail to {recipient}: {subject}", seconds)
        return self.to(recipient, subject)[count - 1]


def body(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None, f"the mail has no {kind} part"
    return str(part.get_content())


def link_in(message: EmailMessage, pattern: str) -> str:
    found = re.search(pattern, body(message))
    assert found, f"no {pattern} in the mail"
    return found.group(1)


def eventually(condition: Callable[[], object], what: str, seconds: float = 30) -> float:
    """Waits until the condition holds; how long that took. The bound is a deadline, not a measure."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - started
