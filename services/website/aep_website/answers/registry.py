"""What the registry answers: its registers, updates, and who somebody is."""

from __future__ import annotations

from datetime import datetime

from aep_shared.contracts.registry import (
    About,
    FrameworkNode,
    Grant,
    Group,
    Initiative,
    Mention,
    Organisation,
    Partner,
)
from aep_website.answers.base import Address, Answered, Items, Page, Texts

URL = "/api/registry/v1"


class Update(Answered):
    """An update as everybody sees it, and for its author and the office also how it came about."""

    id: str
    about: About
    kind: str = ""
    state: str
    title: Texts
    text: Texts
    links: list[str] = []
    mentions: list[Mention] = []
    approved_at: datetime | None
    updated_at: datetime
    revision: int | None = None
    """`None` for whoever sees it as everybody does."""
    note: str | None = None
    """What the office asked to be changed."""
    author: str | None = None
    content_by: list[str] = []
    """Everybody who had a hand in the text."""
    discarded: bool = False

    @property
    def can_be_edited(self) -> bool:
        return self.state in ("draft", "returned")

    @property
    def others(self) -> list[str]:
        """Those who had a hand in the text and are not its author."""
        return [person for person in self.content_by if person != self.author]


class SavedUpdate(Answered):
    """What is needed of an update to go on with it after it was saved."""

    id: str
    revision: int | None = None


class Me(Answered):
    """Who is signed in, and what she or he may do."""

    id: str
    grants: list[Grant]


class Person(Answered):
    """Somebody who has roles; a program has no address."""

    id: str
    kind: str
    email: str | None
    name: str | None
    grants: list[Grant]


class Access(Answered):
    """An access token, and the secret that renews it where there is a new one."""

    access_token: str
    expires_in: int
    secret: str | None


PARTNERS = Address(f"{URL}/partners", Page[Partner])
PARTNER = Address(f"{URL}/partners/{{name}}", Partner)
ORGANISATIONS = Address(f"{URL}/organisations", Page[Organisation])
ORGANISATION = Address(f"{URL}/organisations/{{name}}", Organisation)
GROUPS = Address(f"{URL}/groups", Page[Group])
GROUP = Address(f"{URL}/groups/{{name}}", Group)
FRAMEWORKS = Address(f"{URL}/frameworks", Page[FrameworkNode])
INITIATIVES = Address(f"{URL}/initiatives", Page[Initiative])
INITIATIVE = Address(f"{URL}/initiatives/{{name}}", Initiative)
UPDATES = Address(f"{URL}/updates", Page[Update])
UPDATE = Address(f"{URL}/updates/{{update_id}}", Update)
CREATED_UPDATE = Address(f"{URL}/updates", SavedUpdate, "POST")
CHANGED_UPDATE = Address(f"{URL}/updates/{{update_id}}", SavedUpdate, "PATCH")
ME = Address(f"{URL}/me", Me)
PEOPLE = Address(f"{URL}/people", Items[Person])
REDEEMED = Address(f"{URL}/sign-in/redeem", Access, "POST")
RENEWED = Address(f"{URL}/session/renew", Access, "POST")
