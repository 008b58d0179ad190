"""Subscriptions over HTTP: the same answer whoever asks, links from mails, and leaving as mail programs do it."""

from __future__ import annotations

import re
from typing import Any

import httpx2
import pytest

from tests.served import Served
from tests.shared.statements import rows, run, values

READER = "reader@university.example"
SITE = "https://aep.example"
ON_ITS_WAY = {"status": "a mail with a link to confirm is on its way"}


@pytest.fixture
async def lists(standing: Served) -> Served:
    for table in ("confirmations", "subscriptions", "subscribers", "mails"):
        await run(standing.platform.database, f"DELETE FROM {table}")
    return standing


async def asks(service: Served, email: str = READER, **wishes: Any) -> httpx2.Response:
    return await service.call(None, "POST", "subscriptions", json={"email": email, **wishes})


async def links(service: Served, email: str = READER) -> list[str]:
    """The tokens that were mailed to an address, the oldest first."""
    mails = await values(
        service.platform.database,
        "SELECT text FROM mails WHERE lower(recipient) = lower(:to) ORDER BY queued_at",
        to=email,
    )
    return [re.findall(rf"{SITE}/subscriptions/confirm/(\S+)", mail)[0] for mail in mails]


async def confirms(service: Served, token: str) -> httpx2.Response:
    return await service.call(None, "POST", "subscriptions/confirm", json={"token": token})


async def confirmed(service: Served, email: str = READER, **wishes: Any) -> str:
    """Somebody subscribes and confirms; the token that ends it."""
    await asks(service, email, **wishes)
    assert (await confirms(service, (await links(service, email))[-1])).status_code == 200
    (token,) = await values(service.platform.database, "SELECT token FROM subscribers WHERE email = :e", e=email)
    return str(token)


async def state(service: Served, email: str = READER) -> tuple[str, list[str]]:
    """Where somebody stands, and her lists."""
    (found,) = await rows(service.platform.database, "SELECT id, state FROM subscribers WHERE email = :e", e=email)
    joined = "SELECT list FROM subscriptions WHERE subscriber = :id ORDER BY list"
    return found.state, await values(service.platform.database, joined, id=found.id)


async def test_the_lists_say_what_they_are_about(lists: Served) -> None:
    items = (await lists.call(None, "GET", "lists")).json()["items"]
    assert [item["slug"] for item in items] == ["initiatives", "newsletter"]
    assert all(item["title"]["en"] and item["description"]["en"] for item in items)


async def test_whoever_asks_gets_the_same_answer(lists: Served) -> None:
    await confirmed(lists)
    for email in (READER, "new@university.example", READER.upper()):
        answer = await asks(lists, email)
        assert (answer.status_code, answer.json()) == (202, ON_ITS_WAY)
    for _ in range(4):
        # Also where no more mails are sent within this hour.
        assert (await asks(lists)).json() == ON_ITS_WAY


async def test_two_who_ask_are_two_readers(lists: Served) -> None:
    await confirmed(lists, lists=["initiatives"])
    await confirmed(lists, "other@university.example", frequency="weekly")
    assert await state(lists) == ("confirmed", ["initiatives"])
    assert await state(lists, "other@university.example") == ("confirmed", ["newsletter"])


async def test_what_was_asked_for_twice_is_what_is_confirmed_last(lists: Served) -> None:
    await asks(lists, lists=["newsletter"])
    await asks(lists, lists=["initiatives"])
    first, second = await links(lists)
    for token, joined in ((second, ["initiatives"]), (first, ["newsletter"]), (second, ["initiatives"])):
        answer = await confirms(lists, token)
        assert (answer.status_code, answer.json()) == (200, {"status": "confirmed"})
        assert await state(lists) == ("confirmed", joined)


async def test_a_link_of_before_she_left_brings_nobody_back(lists: Served) -> None:
    token = await confirmed(lists)
    await asks(lists, frequency="weekly")
    old = await links(lists)
    assert (await lists.call(None, "POST", "subscriptions/unsubscribe", json={"token": token})).status_code == 200
    for link in old:
        refused = await confirms(lists, link)
        assert (refused.status_code, refused.json()["code"]) == (404, "confirmation-unknown")
    assert await state(lists) == ("unsubscribed", [])
    await run(lists.platform.database, "DELETE FROM mails")
    assert await confirmed(lists, lists=["initiatives"]) == token
    assert await state(lists) == ("confirmed", ["initiatives"])


async def test_a_link_is_good_for_seven_days(lists: Served) -> None:
    await asks(lists)
    (token,) = await links(lists)
    nearly = "UPDATE confirmations SET expires_at = expires_at - interval '7 days' + interval '1 minute'"
    await run(lists.platform.database, nearly)
    assert (await confirms(lists, token)).status_code == 200
    await run(lists.platform.database, "UPDATE confirmations SET expires_at = expires_at - interval '1 minute'")
    refused = await confirms(lists, token)
    assert (refused.status_code, refused.json()["code"]) == (404, "confirmation-unknown")


@pytest.mark.parametrize("token", ["x" * 32, "é" * 32])
async def test_a_link_that_was_never_sent_confirms_nothing(lists: Served, token: str) -> None:
    refused = await confirms(lists, token)
    assert (refused.status_code, refused.json()["code"]) == (404, "confirmation-unknown")


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"lists": ["nonsense"]}, "list-unknown"),
        ({"lists": ["newsletter", "nonsense"]}, "list-unknown"),
        ({"lists": []}, "invalid-input"),
        ({"languages": []}, "invalid-input"),
        ({"languages": ["klingon"]}, "invalid-input"),
        ({"languages": ["en"] * 11}, "invalid-input"),
        ({"frequency": "daily"}, "invalid-input"),
        ({"email": "nobody"}, "invalid-input"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "invalid-input"),
        ({"state": "confirmed"}, "invalid-input"),
    ],
)
async def test_a_wish_that_is_none_is_refused_and_nobody_is_kept(
    lists: Served, wishes: dict[str, Any], code: str
) -> None:
    refused = await asks(lists, **wishes)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert await values(lists.platform.database, "SELECT email FROM subscribers") == []
    assert await values(lists.platform.database, "SELECT recipient FROM mails") == []


@pytest.mark.parametrize("how", ["address and form", "address alone", "json", "address and json"])
async def test_leaving_works_as_mail_programs_and_pages_do_it(lists: Served, how: str) -> None:
    token = await confirmed(lists)
    query = {"token": token} if "address" in how else {}
    body: dict[str, Any] = {}
    if "form" in how:
        body = {"data": {"List-Unsubscribe": "One-Click"}}
    elif "json" in how:
        body = {"json": {"token": token if how == "json" else "x" * 30}}
    for _ in range(2):
        answer = await lists.call(None, "POST", "subscriptions/unsubscribe", params=query, **body)
        assert (answer.status_code, answer.json()) == (200, {"status": "unsubscribed"})
        assert await state(lists) == ("unsubscribed", [])


@pytest.mark.parametrize(
    "request_",
    [
        {"json": {"token": "x" * 30}},
        {"json": {"token": "short"}},
        {"json": {}},
        {"json": []},
        {"content": b""},
        {"content": b"\xff"},
        {"params": {"token": "x" * 30}},
        {"data": {"token": "x" * 30}},
    ],
)
async def test_leaving_what_nobody_subscribed_to_is_not_found(lists: Served, request_: dict[str, Any]) -> None:
    await confirmed(lists)
    refused = await lists.call(None, "POST", "subscriptions/unsubscribe", **request_)
    assert (refused.status_code, refused.json()["code"]) == (404, "subscription-unknown")
    assert (await state(lists))[0] == "confirmed"


async def test_opening_the_address_of_a_mail_leaves_nothing(lists: Served) -> None:
    """Programs that look at every link of a mail must not end a subscription."""
    token = await confirmed(lists)
    answer = await lists.call(None, "GET", "subscriptions/unsubscribe", params={"token": token})
    assert answer.status_code == 405
    assert (await state(lists))[0] == "confirmed"
