"""What the office reads of the sender."""

from __future__ import annotations

import httpx2

from aep_notifications.app import build
from aep_shared.access.actor import Actor
from aep_shared.database import Database
from aep_shared.mail import Fence
from tests.described import Described
from tests.notifications.newsletters import EDITOR
from tests.shared.copies import copy_of


async def _waits(database: Database, **settings: str) -> str | None:
    async def editor(_header: str | None) -> Actor:
        return Actor(EDITOR.subject, EDITOR.grants)

    platform, app = build(
        {"AEP_NOTIFICATIONS_DATABASE_URL": database.dsn, "AEP_EVENT_LOG_URL": database.dsn, **settings}
    )
    platform.authenticator.actor = editor  # type: ignore[method-assign]
    async with httpx2.AsyncClient(transport=Described(app), base_url="http://platform.example") as client:
        answer = await client.get("/api/notifications/v1/sending")
    await platform.close()
    waits: str | None = answer.raise_for_status().json()["waits"]
    return waits


async def test_the_office_reads_why_mails_wait(notifications: Database) -> None:
    smtp = {"AEP_SMTP_URL": "smtp://127.0.0.1:1"}
    assert await _waits(notifications, **smtp) is None
    assert await _waits(notifications) == "no mail server is set, so no newsletter is sent"
    async with copy_of(notifications) as copy:
        assert await Fence(copy).closed()
        assert str(await _waits(copy, **smtp)).startswith("this is a copy of an installation")
