"""Requests to sign in: answered one by one by a job, each once, and none of them stops the others."""

from __future__ import annotations

import re
from typing import Any

import pytest

from aep_registry.identity import requests
from aep_registry.identity.requests import SIGN_INS_AN_HOUR, SignInRequests
from aep_shared import mail
from aep_shared.database import Database
from tests.served import Served
from tests.shared.statements import rows, run

SITE = "https://aep.example"


@pytest.fixture
async def job(standing: Served) -> SignInRequests:
    """The job, which a test drives by hand, with nothing left of the test before."""
    for table in ("sign_in_requests", "mails", "sign_ins", "job_attempts"):
        await run(standing.platform.database, f"DELETE FROM {table}")
    for email, role in (("ada@network.example", "reader"), ("bot@network.example", "api-client")):
        given = {"email": email, "role": role}
        assert (await standing.call("officer", "POST", "people", json=given)).status_code == 201
    return SignInRequests(standing.platform.database, SITE)


async def asks(service: Served, email: str) -> None:
    answer = await service.call(None, "POST", "sign-in", json={"email": email})
    assert (answer.status_code, answer.json()) == (202, {"status": "if this address is known, a mail is on its way"})


async def mails(database: Database) -> list[Any]:
    return list(await rows(database, "SELECT recipient, subject, text FROM mails ORDER BY queued_at, id"))


async def waiting(database: Database) -> list[str]:
    return [row.email for row in await rows(database, "SELECT email FROM sign_in_requests ORDER BY id")]


async def steps(job: SignInRequests) -> int:
    """Answers all that can be answered; how many there were."""
    count = 0
    while await job.step():
        count += 1
    return count


async def test_without_a_request_there_is_nothing_to_do(job: SignInRequests) -> None:
    assert await steps(job) == 0


@pytest.mark.parametrize(
    ("email", "mailed"),
    [
        ("ada@network.example", True),
        ("Ada@NETWORK.example", True),
        ("nobody@network.example", False),
        ("bot@network.example", False),
    ],
)
async def test_only_a_person_who_is_known_is_mailed(
    standing: Served, job: SignInRequests, email: str, mailed: bool
) -> None:
    await asks(standing, email)
    assert await steps(job) == 1
    assert await waiting(standing.platform.database) == []
    assert [row.recipient for row in await mails(standing.platform.database)] == ["ada@network.example"] * mailed


async def test_somebody_who_was_removed_is_mailed_no_more(standing: Served, job: SignInRequests) -> None:
    given = {"email": "gone@network.example", "role": "reader"}
    subject = (await standing.call("officer", "POST", "people", json=given)).json()["id"]
    await asks(standing, "gone@network.example")
    assert (await standing.call("officer", "DELETE", f"people/{subject}")).status_code == 204
    await asks(standing, "gone@network.example")
    await steps(job)
    assert await mails(standing.platform.database) == []


async def test_link_and_code_of_a_mail_are_one_sign_in(standing: Served, job: SignInRequests) -> None:
    await asks(standing, "ada@network.example")
    await steps(job)
    (sent,) = await mails(standing.platform.database)
    link, code = re.findall(rf"{SITE}/en/sign-in/(\S+)", sent.text)[0], re.findall(r"device: (\S+)", sent.text)[0]
    assert re.fullmatch(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", code)
    stored = str(await rows(standing.platform.database, "SELECT * FROM sign_ins"))
    assert link not in stored
    assert code.replace("-", "") not in stored
    answers = [
        (await standing.call(None, "POST", "sign-in/redeem", json={"code": used})).status_code for used in (link, code)
    ]
    assert answers == [200, 401]


async def test_a_link_that_is_too_old_signs_nobody_in(standing: Served, job: SignInRequests) -> None:
    await asks(standing, "ada@network.example")
    await steps(job)
    (sent,) = await mails(standing.platform.database)
    await run(standing.platform.database, "UPDATE sign_ins SET expires_at = clock_timestamp()")
    for used in re.findall(r"sign-in/(\S+)|device: (\S+)", sent.text):
        answer = await standing.call(None, "POST", "sign-in/redeem", json={"code": "".join(used)})
        assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-failed")


async def test_more_than_so_many_in_an_hour_are_answered_without_a_mail(standing: Served, job: SignInRequests) -> None:
    database = standing.platform.database
    for _ in range(SIGN_INS_AN_HOUR + 2):
        await asks(standing, "ada@network.example")
    assert await steps(job) == SIGN_INS_AN_HOUR + 2
    assert len(await mails(database)) == SIGN_INS_AN_HOUR
    await run(database, "UPDATE sign_ins SET created_at = created_at - interval '61 minutes'")
    await asks(standing, "ada@network.example")
    await steps(job)
    assert len(await mails(database)) == SIGN_INS_AN_HOUR + 1


async def test_a_request_that_cannot_be_answered_rests_and_stops_no_other(
    standing: Served, job: SignInRequests, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, queue = standing.platform.database, mail.queue

    async def failing(session: Any, to: str, *words: Any) -> Any:
        if to == "ada@network.example":
            raise ValueError("planted")
        return await queue(session, to, *words)

    monkeypatch.setattr(requests.mail, "queue", failing)
    given = {"email": "other@network.example", "role": "reader"}
    await standing.call("officer", "POST", "people", json=given)
    for email in ("ada@network.example", "other@network.example"):
        await asks(standing, email)
    assert await steps(job) == 2
    assert [row.recipient for row in await mails(database)] == ["other@network.example"]
    # It is still there with its link unmade, and is tried again after its rest.
    assert await waiting(database) == ["ada@network.example"]
    monkeypatch.undo()
    rested = "UPDATE job_attempts SET next_attempt_at = clock_timestamp()"
    await run(database, rested)
    await run(database, "UPDATE sign_in_requests SET taken_until = clock_timestamp()")
    assert await steps(job) == 1
    assert [row.recipient for row in await mails(database)] == ["other@network.example", "ada@network.example"]
    assert await rows(database, "SELECT * FROM job_attempts") == []


async def test_what_another_worker_took_is_left_to_it(standing: Served, job: SignInRequests) -> None:
    await asks(standing, "ada@network.example")
    await run(
        standing.platform.database,
        "UPDATE sign_in_requests SET taken_until = clock_timestamp() + interval '1 minute'",
    )
    assert await steps(job) == 0
    await run(standing.platform.database, "UPDATE sign_in_requests SET taken_until = clock_timestamp()")
    assert await steps(job) == 1
