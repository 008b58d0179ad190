"""Decisions about deliveries, the preview, and the words that a mail is made of."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from aep_notifications.delivery import service
from aep_notifications.delivery.rendering import Recipient, render
from aep_notifications.errors import DeliveryUnknown, WrongDeliveryState
from aep_shared.access.actor import Actor
from aep_shared.contracts.registry.update import UPDATE
from aep_shared.database import Database
from aep_shared.errors import Forbidden, NotFound, Unauthorised
from tests.notifications.newsletters import EDITOR, OFFICER, approved, assembled, reader, sent, withdraw
from tests.shared.statements import rows, run, values


async def _in_state(database: Database, state: str) -> tuple[UUID, UUID]:
    """A delivery in this state: its issue and its subscriber."""
    await approved(database, "one")
    subscriber = await reader(database)
    issue = await assembled(database)
    await sent(database, issue)
    await run(database, "UPDATE deliveries SET state = :state, reply = 'lost'", state=state)
    await run(database, "UPDATE issues SET state = 'sent'")
    return issue, subscriber


async def test_a_mail_in_doubt_is_listed_by_name_for_the_office_alone(notifications: Database) -> None:
    issue, subscriber = await _in_state(notifications, "in-doubt")
    async with notifications.transaction() as session:
        (found,) = await service.deliveries(session, OFFICER, issue, "in-doubt")
        assert (found.subscriber, found.email, found.reply) == (subscriber, "r@reader.example", "lost")
        assert await service.deliveries(session, OFFICER, issue, "accepted") == []
        for nobody, refusal in ((EDITOR, Forbidden), (Actor(), Unauthorised)):
            with pytest.raises(refusal):
                await service.deliveries(session, nobody, issue, "in-doubt")
            for decision in (service.send_again, service.leave):
                with pytest.raises(refusal):
                    await decision(session, nobody, issue, subscriber)


@pytest.mark.parametrize("state", ["in-doubt", "refused"])
async def test_sending_again_queues_the_mail_and_is_audited(notifications: Database, state: str) -> None:
    issue, subscriber = await _in_state(notifications, state)
    async with notifications.transaction() as session:
        assert (await service.send_again(session, OFFICER, issue, subscriber)).state == "queued"
    assert await values(notifications, "SELECT state FROM issues") == ["sending"]
    (row,) = await rows(notifications, "SELECT actor, record_id FROM audit WHERE action = 'send-again'")
    assert tuple(row) == (OFFICER.name, f"{issue}/{subscriber}")


async def test_leaving_settles_a_mail_and_is_audited(notifications: Database) -> None:
    issue, subscriber = await _in_state(notifications, "in-doubt")
    async with notifications.transaction() as session:
        assert (await service.leave(session, OFFICER, issue, subscriber)).state == "left"
    assert await values(notifications, "SELECT state FROM issues") == ["sent"]
    assert await values(notifications, "SELECT record_id FROM audit WHERE action = 'leave'") == [
        f"{issue}/{subscriber}"
    ]


@pytest.mark.parametrize("state", ["queued", "committed", "accepted", "dropped", "left", "refused"])
async def test_only_doubt_is_decided(notifications: Database, state: str) -> None:
    issue, subscriber = await _in_state(notifications, state)
    async with notifications.transaction() as session:
        with pytest.raises(WrongDeliveryState):
            await service.leave(session, OFFICER, issue, subscriber)
        if state != "refused":
            with pytest.raises(WrongDeliveryState):
                await service.send_again(session, OFFICER, issue, subscriber)
        with pytest.raises(DeliveryUnknown):
            await service.leave(session, OFFICER, issue, uuid4())


async def test_the_preview_is_the_mail_without_what_was_withdrawn(notifications: Database) -> None:
    gone = await approved(notifications, "gone <now>")
    await approved(notifications, "stays <here>")
    issue = await assembled(notifications, title="Spring")
    await withdraw(notifications, gone)
    async with notifications.transaction() as session:
        mail = await service.preview(session, EDITOR, issue, "en", "http://s.example")
        assert mail.subject == "Spring"
        assert "stays &lt;here&gt;" in mail.html
        assert "text of stays <here>" in mail.text
        assert "gone" not in mail.html + mail.text
        with pytest.raises(NotFound):
            await service.preview(session, EDITOR, uuid4(), "en", "http://s.example")
        with pytest.raises(Unauthorised):
            await service.preview(session, Actor(), issue, "en", "http://s.example")


@pytest.mark.parametrize("language", ["fr", "zh-Hant", "en"])
def test_the_visible_links_of_a_mail_name_no_language(language: str) -> None:
    """The website leads on from there to a language that it has."""
    update = UPDATE.example.model_copy(update={"title": {"fr": "Nouvelles"}, "text": {"fr": "Texte"}})
    as_json = update.model_dump_json()
    to = Recipient("issue", "subscriber", "r@reader.example", "the-token", [language], {"en": "News"}, {}, [as_json])
    content = render(to, "Office <sec@platform.example>", "http://s.example").content.decode()
    flat = content.replace("=\r\n", "")
    for link in ("http://s.example/subscriptions/unsubscribe/the-token", f"http://s.example/updates/{update.id}"):
        assert flat.count(link) == 2
    assert f"/{language}/" not in flat
