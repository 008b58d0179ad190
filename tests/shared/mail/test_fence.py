"""A copy of an installation sends no mail until an operator lifts its fence; the original is not disturbed."""

from __future__ import annotations

from pathlib import Path

from fastapi.routing import APIRoute

from aep_shared.database import Database
from aep_shared.http.fence_routes import fence_routes
from aep_shared.mail import Fence, MailSender, SmtpServer, queue
from aep_standalone.installation import installation_of
from tests.shared.copies import copy_of
from tests.shared.smtp import smtp_server
from tests.shared.statements import values


async def test_a_copied_database_sends_no_mail_and_says_why(database: Database) -> None:
    async with database.transaction() as session:
        await queue(session, "reader@reader.example", "Sign in", "the link")
    async with copy_of(database) as copy, smtp_server() as server:
        mails = MailSender(copy, "registry", SmtpServer(server.url), "secretariat@platform.example")
        assert await mails.step() == 0
        assert (await mails.status()).startswith("degraded: this is a copy")
        assert await values(copy, "SELECT attempts FROM mails") == [0]
        async with copy.transaction() as session:
            state = await Fence(copy).lift(session, "an operator")
        assert (state.open, state.lifted_by) == (True, "an operator")
        assert await mails.step() == 1
        assert await mails.status() == "ok"
    assert not await Fence(database).closed()


async def test_a_database_under_the_name_of_another_installation_is_fenced(database: Database) -> None:
    assert not await Fence(database, "original").closed()
    assert not await Fence(database, "original").closed()
    assert await Fence(database, "copy").closed()
    assert await Fence(database).closed()
    async with database.transaction() as session:
        await Fence(database, "copy").lift(session, "an operator")
    assert not await Fence(database, "copy").closed()
    assert await Fence(database, "original").closed()


async def test_a_copy_does_not_take_a_name_by_itself(database: Database) -> None:
    async with copy_of(database) as copy:
        assert await Fence(copy, "copy").closed()
        assert await values(copy, "SELECT installation FROM mail_fence") == [""]


def test_a_copied_data_folder_is_another_installation(tmp_path: Path) -> None:
    original, copy = tmp_path / "original", tmp_path / "copy"
    original.mkdir()
    name = installation_of(original)
    assert installation_of(original) == name
    assert (original / "installation").stat().st_mode & 0o777 == 0o600
    copy.mkdir()
    (copy / "installation").write_text((original / "installation").read_text())
    assert installation_of(copy) != name


def test_the_fence_is_for_operators(database: Database) -> None:
    routes = [route for route in fence_routes(Fence(database)).routes if isinstance(route, APIRoute)]
    assert {(route.openapi_extra or {})["x-policy"] for route in routes} == {"operate"}
