"""Messages: composed once as bytes that every server can take, and the addresses that they go to."""

from __future__ import annotations

import email.policy
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator


def _check_email(address: str) -> str:
    try:
        return validate_email(address, check_deliverability=False).normalized
    except EmailNotValidError as problem:
        raise ValueError(str(problem)) from problem


EmailAddress = Annotated[str, AfterValidator(_check_email)]
"""An address that `email-validator` accepts: no line breaks, no comments, no local hosts."""

# Only signs of seven bits, so that a mail is the same bytes for every server, whatever extensions it has.
_POLICY = email.policy.SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True)
class Mail:
    """A message on its way to one recipient. `international` mails need a server with SMTPUTF8 (RFC 6531)."""

    sender: str
    recipient: str
    content: bytes

    @property
    def international(self) -> bool:
        return not (self.sender + self.recipient).isascii()


def compose(
    sender: str,
    recipient: str,
    subject: str,
    body: str,
    html: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Mail:
    """A message with a text part and, where given, an HTML part. The subject becomes one line, whatever was stored.

    Raises `ValueError` for what cannot be written as a mail, such as an address that is none.
    """
    to = _routed(recipient)
    message = EmailMessage(policy=_POLICY if to.isascii() else _POLICY.clone(utf8=True))
    message["From"], message["To"], message["Subject"] = sender, to, one_line(subject)
    message["Date"] = formatdate()
    for name, value in (headers or {}).items():
        message[name] = value
    if "Message-ID" not in message:
        message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">"))
    message.set_content(body)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return Mail(parseaddr(sender)[1], to, message.as_bytes())


_LEFT_OUT = ("Cc", "Cs")


def one_line(text: str) -> str:
    """The text on one line: all that separates lines is a blank, and other control characters are left out."""
    # Left out last, a sign between two blanks or at an end would leave blanks that belong to nothing.
    apart = "".join(sign if sign.isspace() or unicodedata.category(sign) not in _LEFT_OUT else "" for sign in text)
    return " ".join(apart.split())


def _routed(address: str) -> str:
    """The address with its domain in letters of DNS: only a local part beyond ASCII needs SMTPUTF8."""
    found = validate_email(address, check_deliverability=False)
    return f"{found.local_part}@{found.ascii_domain}"
