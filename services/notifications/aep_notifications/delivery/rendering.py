"""An issue as a mail: the same items as HTML and as plain text, with the address that ends the subscription."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from aep_shared.language import in_language
from aep_shared.mail import compose


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
    items: Sequence[dict[str, Any]]


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("aep_notifications", "templates"), undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, autoescape=lambda name: bool(name and name.endswith(".html")),
    )  # fmt: skip


def message_id(issue: str, token: str, host: str) -> str:
    """The same for every attempt at one delivery, so that relays and readers recognise a double; keyed by the token."""
    return f"<{hmac.new(token.encode(), issue.encode(), hashlib.sha256).hexdigest()[:40]}@{host}>"


def render(to: Recipient, sender: str, site_url: str) -> EmailMessage:
    """The mail for one recipient, with both headers of RFC 8058."""
    language = to.languages[0]
    unsubscribe = f"{site_url}/api/notifications/v1/subscriptions/unsubscribe?token={to.token}"
    title = in_language(to.title, language)[0]
    context = {
        "language": language,
        "title": title,
        "introduction": in_language(to.introduction, language)[0],
        "items": [_item(item, language, site_url) for item in to.items],
        "site_url": site_url,
        "leave_url": f"{site_url}/{language}/subscriptions/unsubscribe/{to.token}",
    }
    headers = {
        "List-Unsubscribe": f"<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Message-ID": message_id(to.issue, to.token, sender.rpartition("@")[2].rstrip(">")),
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
    }
    text = _templates().get_template("issue.txt").render(context)
    html = _templates().get_template("issue.html").render(context)
    return compose(sender, to.email, title, text, html, headers)


def _item(item: dict[str, Any], language: str, site_url: str) -> dict[str, Any]:
    title, used = in_language(item["title"], language)
    return {
        "title": title,
        "text": in_language(item["text"], used)[0],
        "language": used,
        "url": f"{site_url}/{language}/updates/{item['id']}",
        "about": item["about"]["slug"],
        "links": item.get("links", []),
    }
