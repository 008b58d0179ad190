"""How long a session lives: renewed, used again, signed out, run out."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from aep_registry.identity import sessions
from aep_registry.identity.bootstrap import one_time_link
from aep_registry.identity.sessions import ACCESS_SECONDS, GRACE_SECONDS, SESSION_DAYS
from tests.served import Served
from tests.shared.statements import run, values

WHO = "ada@network.example"


async def post(service: Served, path: str, **body: str) -> httpx2.Response:
    return await service.call(None, "POST", path, json=body)


@pytest.fixture
async def session(standing: Served) -> dict[str, Any]:
    """The answer to somebody who signs in, as the only one."""
    for table in ("sessions", "sign_ins", "mails"):
        await run(standing.platform.database, f"DELETE FROM {table}")
    link = await one_time_link(standing.platform, WHO, ("reader",))
    answer = await post(standing, "sign-in/redeem", code=link.rpartition("/")[2])
    made: dict[str, Any] = answer.raise_for_status().json()
    return made


async def test_a_session_says_how_long_its_token_is_good(session: dict[str, Any]) -> None:
    assert set(session) == {"access_token", "token_type", "expires_in", "secret"}
    assert (session["token_type"], session["expires_in"]) == ("Bearer", ACCESS_SECONDS)


async def test_each_renewal_gives_another_secret_and_the_session_stays_one(
    standing: Served, session: dict[str, Any]
) -> None:
    secrets = [session["secret"]]
    for _ in range(3):
        answer = (await post(standing, "session/renew", secret=secrets[-1])).raise_for_status().json()
        assert (answer["expires_in"], answer["token_type"]) == (ACCESS_SECONDS, "Bearer")
        secrets.append(answer["secret"])
    assert len(set(secrets)) == 4
    assert len(await values(standing.platform.database, "SELECT id FROM sessions")) == 1
    stored = str(await values(standing.platform.database, "SELECT encode(secret_hash, 'escape') FROM sessions"))
    assert not any(secret in stored for secret in secrets)


@pytest.mark.parametrize(("age", "ends"), [(GRACE_SECONDS - 5, False), (GRACE_SECONDS + 1, True)])
async def test_a_secret_that_comes_again_is_a_tab_for_a_moment_and_a_thief_later(
    standing: Served, session: dict[str, Any], age: float, ends: bool
) -> None:
    database = standing.platform.database
    second = (await post(standing, "session/renew", secret=session["secret"])).json()
    await run(database, f"UPDATE used_secrets SET used_at = used_at - interval '{age} seconds'")
    again = await post(standing, "session/renew", secret=session["secret"])
    assert again.status_code == (401 if ends else 200)
    if not ends:
        # The tab gets no secret: it would end the one that the first tab has.
        assert again.json()["secret"] is None
    assert (await post(standing, "session/renew", secret=second["secret"])).status_code == (401 if ends else 200)
    told = await values(database, "SELECT recipient FROM mails WHERE subject = 'Your session was ended'")
    assert told == [WHO] * ends


@pytest.mark.parametrize("which", ["present", "earlier"])
async def test_a_session_that_ran_out_is_renewed_by_none_of_its_secrets(
    standing: Served, session: dict[str, Any], which: str
) -> None:
    second = (await post(standing, "session/renew", secret=session["secret"])).json()
    await run(standing.platform.database, "UPDATE sessions SET expires_at = clock_timestamp()")
    secret = second["secret"] if which == "present" else session["secret"]
    answer = await post(standing, "session/renew", secret=secret)
    assert (answer.status_code, answer.json()["code"]) == (401, "session-ended")
    # Nobody stole anything, so nobody is told.
    assert await values(standing.platform.database, "SELECT recipient FROM mails") == []


async def test_a_session_lives_so_many_days_however_often_it_is_renewed(
    standing: Served, session: dict[str, Any]
) -> None:
    days = "SELECT round(extract(epoch FROM expires_at - clock_timestamp()) / 86400) FROM sessions"
    assert await values(standing.platform.database, days) == [SESSION_DAYS]
    await run(standing.platform.database, "UPDATE sessions SET expires_at = expires_at - interval '10 days'")
    await post(standing, "session/renew", secret=session["secret"])
    assert await values(standing.platform.database, days) == [SESSION_DAYS - 10]


async def test_signing_out_twice_or_with_a_secret_of_nobody_is_fine(standing: Served, session: dict[str, Any]) -> None:
    for secret in (session["secret"], session["secret"], "x" * 43):
        assert (await post(standing, "session/end", secret=secret)).status_code == 204
    answer = await post(standing, "session/renew", secret=session["secret"])
    assert (answer.status_code, answer.json()["code"]) == (401, "session-ended")


@pytest.mark.parametrize("secret", ["x" * 43, "é" * 43, "' OR 1=1 --" + "x" * 20])
async def test_a_secret_of_nobody_renews_nothing(standing: Served, secret: str) -> None:
    answer = await post(standing, "session/renew", secret=secret)
    assert (answer.status_code, answer.json()["code"]) == (401, "session-ended")


@pytest.mark.parametrize("code", ["ABCD-EFGH-JKLM", "abcd efgh jkmn", "x" * 43, "        ", "AAAAAAAA"])
async def test_a_code_of_nobody_signs_nobody_in(standing: Served, code: str) -> None:
    answer = await post(standing, "sign-in/redeem", code=code)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-failed")


async def test_what_is_still_open_is_not_forgotten(standing: Served, session: dict[str, Any]) -> None:
    await sessions.forget(standing.platform.database)
    assert (await post(standing, "session/renew", secret=session["secret"])).status_code == 200
    await run(standing.platform.database, "UPDATE sessions SET expires_at = clock_timestamp() - interval '59 minutes'")
    await sessions.forget(standing.platform.database)
    assert len(await values(standing.platform.database, "SELECT id FROM sessions")) == 1
    await run(standing.platform.database, "UPDATE sessions SET expires_at = clock_timestamp() - interval '61 minutes'")
    await sessions.forget(standing.platform.database)
    assert await values(standing.platform.database, "SELECT id FROM sessions") == []
