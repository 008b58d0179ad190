"""An issue as a mail: the same items as HTML and as plain text, with the headers and the address that end it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from aep_shared.contracts.registry import Update
from aep_shared.contracts.topics import UPDATE
from aep_shared.language import in_language
from aep_shared.mail import Mail, compose
from aep_shared.mail.message import one_line


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a delivery is for, and what is new to this person."""

    issue: str
    subscriber: str
    email: str
    token: str
    languages: Sequence[str]
    title: dict[str, str]
    introduction: dict[str, str]
    updates: Sequence[str]
    """As JSON: one that cannot be read is the trouble of this mail only."""

    @property
    def items(self) -> Sequence[Update]:
        return [UPDATE.read(orjson.loads(update)) for update in self.updates]

    @property
    def delivery(self) -> tuple[str, str]:
        return self.issue, self.subscriber


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("aep_notifications", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=select_autoescape(["html"]),
    )


def message_id(issue: str, token: str, host: str) -> str:
    """The same for every attempt at one delivery, so that relays and readers recognise a double; keyed by the token."""
    return f"<{hmac.new(token.encode(), issue.encode(), hashlib.sha256).hexdigest()[:40]}@{host}>"


def render(to: Recipient, sender: str, site_url: str) -> Mail:
    """The mail for one recipient, with both headers of RFC 8058."""
    parts = written(to, to.languages[0], site_url, f"{site_url}/subscriptions/unsubscribe/{to.token}")
    unsubscribe = f"{site_url}/api/notifications/v1/subscriptions/unsubscribe?token={to.token}"
    headers = {
        "List-Unsubscribe": f"<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Message-ID": message_id(to.issue, to.token, sender.rpartition("@")[2].rstrip(">")),
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
    }
    return compose(sender, to.email, parts.subject, parts.text, parts.html, headers)


@dataclass(frozen=True, slots=True)
class Written:
    """What a reader sees of a mail."""

    subject: str
    text: str
    html: str


class Digest(Protocol):
    """What the words of a mail are made of."""

    @property
    def title(self) -> dict[str, str]: ...
    @property
    def introduction(self) -> dict[str, str]: ...
    @property
    def items(self) -> Sequence[Update]: ...


def written(digest: Digest, language: str, site_url: str, leave_url: str) -> Written:
    """The same words as text and as HTML.

    Links name no language: the website leads to the page in a language that it has and the reader's browser wants.
    """
    title = one_line(in_language(digest.title, language)[0])
    context = {
        "language": language,
        "title": title,
        "introduction": in_language(digest.introduction, language)[0],
        "items": [_item(item, language, site_url) for item in digest.items],
        "site_url": site_url,
        "leave_url": leave_url,
    }
    text = _templates().get_template("issue.txt").render(context)
    return Written(title, text, _templates().get_template("issue.html").render(context))


@dataclass(frozen=True, slots=True)
class _Item:
    """An update in one language, as the templates show it."""

    title: str
    text: str
    language: str
    url: str
    links: Sequence[str]


def _item(update: Update, language: str, site_url: str) -> _Item:
    title, used = in_language(update.title, language)
    text = in_language(update.text, used)[0]
    return _Item(one_line(title), text, used, f"{site_url}/updates/{update.id}", update.links)
