"""Mail over SMTP: messages, conversations with a server, the queue of transactional mail, the fence of copies."""

from __future__ import annotations

from aep_shared.mail.fence import Fence
from aep_shared.mail.message import EmailAddress, Mail, compose
from aep_shared.mail.queue import MailSender, queue
from aep_shared.mail.server import AWAY, Outcome, SmtpServer, transmit

__all__ = [
    "AWAY",
    "EmailAddress",
    "Fence",
    "Mail",
    "MailSender",
    "Outcome",
    "SmtpServer",
    "compose",
    "queue",
    "transmit",
]
