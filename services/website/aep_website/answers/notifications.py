"""What the notifications service answers: lists, newsletter issues and their deliveries, the built-in mailbox."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from aep_website.answers.base import Address, Answered, Items, Texts

URL = "/api/notifications/v1"
FEED = f"{URL}/feed.atom"


class NewsletterList(Answered):
    """A list that one can subscribe to."""

    slug: str
    title: Texts
    description: Texts = {}


class OfferedUpdate(Answered):
    """An update that an issue may hold."""

    id: str
    title: Texts = {}


class IssueItem(OfferedUpdate):
    """An update in an issue; one that was withdrawn has no words any more."""

    text: Texts = {}
    withdrawn: bool = False


class Issue(Answered):
    """An issue as everybody sees it, and for the office also how it came about and whom it reached."""

    id: str
    list_slug: str = Field(alias="list")
    frequency: str
    state: str
    title: Texts
    introduction: Texts
    items: list[IssueItem]
    created_at: datetime
    sent_at: datetime | None
    revision: int | None = None
    content_by: list[str] = []
    """Everybody who had a hand in it."""
    deliveries: dict[str, int] = {}
    """How many mails are in which state."""
    in_doubt: list[str] = []
    waiting: list[OfferedUpdate] | None = None
    """Approved updates that it leaves out."""

    @property
    def standing(self) -> list[IssueItem]:
        """Its updates without those that were withdrawn."""
        return [item for item in self.items if not item.withdrawn]


class MadeIssue(Answered):
    """The issue that was put together."""

    id: str


class Preview(Answered):
    """The mail that an issue makes."""

    html: str


class Delivery(Answered):
    """The mail of an issue to one subscriber."""

    subscriber: str
    email: str
    reply: str | None = None


class Sending(Answered):
    """What keeps mails from going out; `None` where nothing does."""

    waits: str | None


class Mail(Answered):
    """A mail in the built-in mailbox."""

    id: str
    subject: str
    to: str
    text: str
    received_at: datetime


class WholeMail(Mail):
    """A mail with its HTML part."""

    html: str | None


LISTS = Address(f"{URL}/lists", Items[NewsletterList])
ISSUES = Address(f"{URL}/issues", Items[Issue])
ISSUE = Address(f"{URL}/issues/{{issue}}", Issue)
MADE_ISSUE = Address(f"{URL}/issues", MadeIssue, "POST")
PREVIEW = Address(f"{URL}/issues/{{issue}}/preview", Preview)
DELIVERIES = Address(f"{URL}/issues/{{issue}}/deliveries", Items[Delivery])
SENDING = Address(f"{URL}/sending", Sending)
MAILS = Address(f"{URL}/mailbox", Items[Mail])
MAIL = Address(f"{URL}/mailbox/{{mail}}", WholeMail)
