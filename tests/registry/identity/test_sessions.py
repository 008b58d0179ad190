"""Signing in and out: equal answers for everybody, stolen secrets noticed, and everything of somebody ended at once."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from sqlalchemy import event as sql_event
from sqlalchemy import text

from aep_registry.identity import repository
from aep_registry.identity.models import SignInRequest
from aep_registry.identity.requests import SIGN_INS_AN_HOUR
from aep_registry.identity.sessions import new_sign_in
from tests.registry.conftest import Registry
from tests.shared.flowing import until
from tests.shared.statements import rows, run, values

API = "/api/registry/v1"
OFFICER = "officer@secretariat.example"
READER = "reader@partner.example"


def bearer(answer: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer['access_token']}"}


async def post(registry: Registry, path: str, body: Any = None, **headers: str) -> Any:
    return await registry.client.post(f"{API}{path}", json=body, headers=headers)


async def signed_in(registry: Registry, email: str, *roles: str) -> dict[str, Any]:
    """The whole answer to somebody who signs in."""
    code = await registry.code(email, *roles)
    answer: dict[str, Any] = (await post(registry, "/sign-in/redeem", {"code": code})).json()
    return answer


async def status(registry: Registry, headers: dict[str, str]) -> int:
    return (await registry.client.get(f"{API}/me", headers=headers)).status_code


async def mails_to(registry: Registry, address: str) -> list[Any]:
    return list(await rows(registry.platform.database, "SELECT * FROM mails WHERE recipient = :to", to=address))


async def actions(registry: Registry) -> list[str]:
    return await values(registry.platform.database, "SELECT action FROM audit ORDER BY id")


async def test_whoever_asks_to_sign_in_causes_the_same_work(registry: Registry) -> None:
    await registry.sign_in(OFFICER, "officer")
    database, mine = registry.platform.database, asyncio.current_task()
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if asyncio.current_task() is mine:
            seen.append(statement)

    work = []
    for address in (OFFICER, "nobody@secretariat.example"):
        seen.clear()
        sql_event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        answer = await post(registry, "/sign-in", {"email": address})
        sql_event.remove(database.engine.sync_engine, "before_cursor_execute", note)
        assert answer.status_code == 202
        work.append(list(seen))
    assert work[0]
    assert work[0] == work[1]

    async def answered() -> bool:
        return bool(await mails_to(registry, OFFICER)) and not await rows(database, "SELECT * FROM sign_in_requests")

    await until(answered)
    assert await mails_to(registry, "nobody@secretariat.example") == []


async def test_a_request_is_kept_for_every_address(registry: Registry) -> None:
    await registry.sign_in(OFFICER, "officer")
    async with registry.platform.database.transaction() as session:
        for address in (OFFICER, "nobody@secretariat.example"):
            session.add(SignInRequest(email=address))
        # Before the commit: afterwards they are answered.
        assert await session.scalar(text("SELECT count(*) FROM sign_in_requests")) == 2


async def test_a_person_is_mailed_only_so_many_links_an_hour(registry: Registry) -> None:
    await registry.sign_in(OFFICER, "officer")
    database = registry.platform.database
    async with database.transaction() as session:
        person = await repository.subject_by_email(session, OFFICER)
        assert person is not None
        for _ in range(SIGN_INS_AN_HOUR):
            await new_sign_in(session, person.id)
    await post(registry, "/sign-in", {"email": OFFICER})

    async def answered() -> bool:
        return not await rows(database, "SELECT * FROM sign_in_requests")

    await until(answered)
    assert await mails_to(registry, OFFICER) == []


async def test_the_mail_that_was_asked_for_signs_in(registry: Registry) -> None:
    await registry.sign_in(OFFICER, "officer")
    await post(registry, "/sign-in", {"email": OFFICER.upper()})
    [mail] = await until(lambda: mails_to(registry, OFFICER))
    link, code = re.findall(r"/sign-in/(\S+)", mail.text)[0], re.findall(r"device: (\S+)", mail.text)[0]
    assert (await post(registry, "/sign-in/redeem", {"code": code})).status_code == 200
    # They are one sign-in.
    assert (await post(registry, "/sign-in/redeem", {"code": link})).json()["code"] == "sign-in-failed"


async def mailed(registry: Registry, address: str) -> tuple[str, str]:
    """The link and the code of the mail that somebody asked for."""
    await post(registry, "/sign-in", {"email": address})
    [mail] = await until(lambda: mails_to(registry, address))
    return re.findall(r"/sign-in/(\S+)", mail.text)[0], re.findall(r"device: (\S+)", mail.text)[0]


def guesses(code: str, count: int) -> list[str]:
    """Codes with the right look-up part and a wrong secret part."""
    signs = [sign for sign in "ABCDEFGHJKMNPQRSTVWXYZ23456789" if sign != code[-1]]
    return [code[:-1] + sign for sign in signs[:count]]


async def test_a_code_of_which_five_guesses_failed_signs_nobody_in_but_the_link_does(registry: Registry) -> None:
    await registry.sign_in(READER, "reader")
    link, code = await mailed(registry, READER)
    tries = await asyncio.gather(*(post(registry, "/sign-in/redeem", {"code": guess}) for guess in guesses(code, 7)))
    assert {(answer.status_code, answer.json()["code"]) for answer in tries} == {(401, "sign-in-failed")}
    assert await values(registry.platform.database, "SELECT max(attempts) FROM sign_ins") == [5]
    assert (await post(registry, "/sign-in/redeem", {"code": code})).status_code == 401
    assert (await post(registry, "/sign-in/redeem", {"code": link})).status_code == 200


async def test_a_code_is_right_after_four_wrong_guesses_however_it_is_typed(registry: Registry) -> None:
    await registry.sign_in(READER, "reader")
    _link, code = await mailed(registry, READER)
    for guess in guesses(code, 4):
        assert (await post(registry, "/sign-in/redeem", {"code": guess})).status_code == 401
    typed = f" {code.lower().replace('-', ' ')} "
    assert (await post(registry, "/sign-in/redeem", {"code": typed})).status_code == 200
    assert (await post(registry, "/sign-in/redeem", {"code": code})).status_code == 401


async def test_guesses_at_another_look_up_part_count_for_nobody(registry: Registry) -> None:
    await registry.sign_in(READER, "reader")
    _link, code = await mailed(registry, READER)
    other = ("A" if code[0] != "A" else "B") + code[1:]
    for _ in range(6):
        assert (await post(registry, "/sign-in/redeem", {"code": other})).status_code == 401
    assert (await post(registry, "/sign-in/redeem", {"code": code})).status_code == 200


async def test_a_program_is_not_mailed_a_link(registry: Registry) -> None:
    officer = await registry.sign_in(OFFICER, "officer")
    await post(registry, "/people", {"email": "bot@network.example", "role": "api-client"}, **officer)
    for address in ("bot@network.example", OFFICER):
        await post(registry, "/sign-in", {"email": address})
    await until(lambda: mails_to(registry, OFFICER))
    assert await mails_to(registry, "bot@network.example") == []


async def test_a_secret_that_is_used_again_later_ends_the_session_and_tells_the_person(registry: Registry) -> None:
    first = await signed_in(registry, OFFICER, "officer")
    second = (await post(registry, "/session/renew", {"secret": first["secret"]})).json()
    third = (await post(registry, "/session/renew", {"secret": second["secret"]})).json()
    await run(registry.platform.database, "UPDATE used_secrets SET used_at = used_at - interval '61 seconds'")
    stolen = await post(registry, "/session/renew", {"secret": first["secret"]})
    assert (stolen.status_code, stolen.json()["code"]) == (401, "session-ended")
    assert (await post(registry, "/session/renew", {"secret": third["secret"]})).json()["code"] == "session-ended"
    assert await status(registry, bearer(third)) == 401
    [mail] = await mails_to(registry, OFFICER)
    assert mail.subject == "Your session was ended"
    assert "session-reused" in await actions(registry)


async def test_tabs_that_renew_at_the_same_time_do_not_end_each_other(registry: Registry) -> None:
    first = await signed_in(registry, OFFICER, "officer")
    answers = await asyncio.gather(*(post(registry, "/session/renew", {"secret": first["secret"]}) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert sum(answer.json()["secret"] is not None for answer in answers) == 1
    assert await mails_to(registry, OFFICER) == []


async def test_signing_out_with_an_earlier_secret_ends_the_session_and_its_access_tokens(registry: Registry) -> None:
    first = await signed_in(registry, OFFICER, "officer")
    other = await signed_in(registry, OFFICER)
    second = (await post(registry, "/session/renew", {"secret": first["secret"]})).json()
    assert (await post(registry, "/session/end", {"secret": first["secret"]})).status_code == 204
    assert (await post(registry, "/session/renew", {"secret": second["secret"]})).json()["code"] == "session-ended"
    assert [await status(registry, bearer(answer)) for answer in (first, second, other)] == [401, 401, 200]
    assert await actions(registry) == ["bootstrap", "sign-in-link", "sign-in", "sign-in-link", "sign-in", "sign-out"]


async def test_one_ends_all_of_ones_own_sessions(registry: Registry) -> None:
    sessions = [await signed_in(registry, READER, "reader") for _ in range(3)]
    stranger = await signed_in(registry, OFFICER, "officer")
    assert (await post(registry, "/session/end-all")).status_code == 401
    limited = {"email": READER, "expires_days": 1, "scopes": ["reader"]}
    token = (await post(registry, "/tokens", limited, **bearer(sessions[0]))).json()["token"]
    assert (await post(registry, "/session/end-all", **bearer({"access_token": token}))).status_code == 403
    waiting = await registry.code(READER)
    assert (await post(registry, "/session/end-all", **bearer(sessions[0]))).status_code == 204
    assert [await status(registry, bearer(answer)) for answer in (*sessions, stranger)] == [401, 401, 401, 200]
    for answer in sessions:
        assert (await post(registry, "/session/renew", {"secret": answer["secret"]})).status_code == 401
    # A link that lies in the mailbox of a thief opens nothing any more.
    assert (await post(registry, "/sign-in/redeem", {"code": waiting})).json()["code"] == "sign-in-failed"
    assert await status(registry, bearer(await signed_in(registry, READER))) == 200


async def test_everything_of_a_person_is_ended_by_the_office(registry: Registry) -> None:
    officer = await registry.sign_in(OFFICER, "officer")
    reader = await signed_in(registry, READER, "reader")
    token = (await post(registry, "/tokens", {"expires_days": 1}, **bearer(reader))).json()["token"]
    link = await registry.code(READER)
    [person] = await values(registry.platform.database, "SELECT id FROM subjects WHERE email = :e", e=READER)
    assert (await post(registry, f"/people/{person}/end", **bearer(reader))).status_code == 403
    assert (await post(registry, f"/people/{person}/end", **officer)).status_code == 204
    assert await status(registry, bearer(reader)) == 401
    assert await status(registry, bearer({"access_token": token})) == 401
    assert (await post(registry, "/session/renew", {"secret": reader["secret"]})).status_code == 401
    assert (await post(registry, "/sign-in/redeem", {"code": link})).status_code == 401
    assert await values(registry.platform.database, "SELECT not_before FROM subjects WHERE id = :id", id=person) != [
        None
    ]
    nobody = await post(registry, "/people/00000000-0000-7000-8000-000000000000/end", **officer)
    assert nobody.json()["code"] == "no-such-person"
    # The person may sign in again: a role is taken, or the person removed, where that is not wanted.
    assert await status(registry, bearer(await signed_in(registry, READER))) == 200


async def test_a_removed_person_leaves_no_name_and_no_address(registry: Registry) -> None:
    officer = await registry.sign_in(OFFICER, "officer")
    deputy = await registry.sign_in("deputy@secretariat.example", "deputy")
    await post(registry, "/people", {"email": READER, "role": "reader", "name": "Ada Quill"}, **officer)
    reader = await signed_in(registry, READER)
    await post(registry, "/sign-in", {"email": READER})
    await until(lambda: mails_to(registry, READER))
    database = registry.platform.database
    known = {row.email: row.id for row in await rows(database, "SELECT id, email FROM subjects")}
    remove = registry.client.delete
    assert (await remove(f"{API}/people/{known[OFFICER]}", headers=deputy)).status_code == 403
    assert (await remove(f"{API}/people/{known[OFFICER]}", headers=officer)).status_code == 403
    assert (await remove(f"{API}/people/{known[READER]}", headers=officer)).status_code == 204
    assert (await remove(f"{API}/people/{known[READER]}", headers=officer)).status_code == 404
    assert await status(registry, bearer(reader)) == 401
    for table in ("subjects", "grants", "sessions", "sign_ins", "mails", "audit", "outbox"):
        for row in await rows(database, f"SELECT * FROM {table}"):
            assert READER not in str(row), table
            assert "Ada Quill" not in str(row), table
    tombstones = "SELECT value FROM outbox WHERE key = :key ORDER BY id DESC LIMIT 1"
    assert await values(database, tombstones, key=str(known[READER])) == [None]
    # The address may be invited anew, as somebody else.
    assert (await post(registry, "/people", {"email": READER, "role": "reader"}, **officer)).status_code == 201


async def test_what_is_over_is_forgotten_and_published_without_it(registry: Registry) -> None:
    from aep_registry.identity import sessions

    first = await signed_in(registry, OFFICER, "officer")
    await post(registry, "/session/renew", {"secret": first["secret"]})
    await post(registry, "/session/end", {"secret": first["secret"]})
    database = registry.platform.database
    published = "SELECT value FROM outbox WHERE topic = 'aep.registry.subject.v1' AND value LIKE '%grants%' ORDER BY id"
    [ended] = await values(database, "SELECT id FROM sessions")
    assert str(ended) in (await values(database, published))[-1]
    await sessions.forget(database)
    assert str(ended) in (await values(database, published))[-1]
    await run(database, "UPDATE sessions SET ended_at = ended_at - interval '61 minutes'")
    await sessions.forget(database)
    assert await rows(database, "SELECT * FROM sessions") == []
    assert await rows(database, "SELECT * FROM used_secrets") == []
    assert str(ended) not in (await values(database, published))[-1]


async def test_several_sign_ins_of_one_person_wait_for_no_other(registry: Registry) -> None:
    """Each locks the person before the session that refers to it."""
    for _ in range(3):
        codes = [await registry.code(READER, "reader") for _ in range(4)]
        asked = [registry.client.post(f"{API}/sign-in/redeem", json={"code": code}) for code in codes]
        assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}
