"""What the tests of every register ask of it, over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import orjson
import pytest

from aep_shared.contracts.base import RegisterRecord
from aep_shared.registers.register import Register
from tests.served import Served
from tests.shared.statements import run

AnyRegister = Register[Any, Any]
NOT_GIVEN = {"former_slugs", "demo", "sequence"}
"""What an import sets, and what is counted."""


def optional(record: type[RegisterRecord]) -> list[str]:
    """The fields that a record may leave out, but those that nobody gives."""
    return [name for name, field in record.model_fields.items() if not field.is_required() and name not in NOT_GIVEN]


def full(record: RegisterRecord) -> dict[str, Any]:
    """An example as JSON; fails where it leaves a field out, so that a new field gets its example."""
    empty = [name for name in optional(type(record)) if getattr(record, name) in (None, [], {})]
    assert empty == [], f"the example says nothing of {empty}"
    given: dict[str, Any] = record.model_dump(mode="json", exclude=NOT_GIVEN)
    return given


async def goes_in_and_comes_out(
    service: Served, register: AnyRegister, example: RegisterRecord, left_out: str | None
) -> None:
    """A record without one field is answered as it was given, with the default of the field, however it is read."""
    slug = f"without-{(left_out or 'nothing').replace('_', '-')}"
    given = {**full(example), "slug": slug}
    given.pop(left_out or "", None)
    made = await service.call("officer", "POST", register.plural, json=given)
    assert made.status_code == 201, made.text
    expected = json.loads(register.record.model_validate(given).model_dump_json())
    read = await service.call(None, "GET", f"{register.plural}/{slug}")
    (listed,) = await items(service, register, slug=slug)
    for shown in (made.json(), read.json(), listed):
        assert {name: shown[name] for name in expected} == expected
        assert set(shown) == {*expected, "id", "updated_at"}
    # The same again changes nothing: neither a field nor a default is read otherwise than it was written.
    again = await imported(service, register, {**given, "slug": slug})
    assert again.json()["unchanged"] == 1


async def imported(service: Served, register: AnyRegister, *lines: dict[str, Any], **query: str) -> httpx2.Response:
    body = b"\n".join(map(orjson.dumps, lines))
    answer = await service.call("operator", "POST", f"{register.plural}/import", content=body, params=query)
    assert answer.status_code == 200, answer.text
    return answer


async def items(service: Served, register: AnyRegister, **query: str) -> list[dict[str, Any]]:
    answer = await service.call(None, "GET", register.plural, params=query)
    found: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return found


async def slugs(service: Served, register: AnyRegister, **query: str) -> list[str]:
    """The slugs that a list has, page by page."""
    return [slug async for slug in _paged(service, register, query)]


async def _paged(service: Served, register: AnyRegister, query: dict[str, str]) -> AsyncIterator[str]:
    cursor: dict[str, str] = {}
    while True:
        answer = await service.call(None, "GET", register.plural, params={**query, **cursor})
        page = answer.raise_for_status().json()
        for item in page["items"]:
            yield item["slug"]
        if page["next"] is None:
            return
        cursor = {"cursor": page["next"]}


async def renamed(service: Served, register: AnyRegister, record: dict[str, Any], slug: str) -> None:
    answer = await imported(service, register, {**record, "slug": slug, "former_slugs": [record["slug"]]})
    assert answer.json()["changed"] == 1


async def is_whole_in_every_order(service: Served, register: AnyRegister, example: RegisterRecord) -> None:
    """Pages hold every record once, also where what they are ordered by is equal."""
    lines = [{**full(example), "slug": f"equal-{number}"} for number in range(7)]
    await imported(service, register, *lines)
    table = register.table.__tablename__
    await run(service.platform.database, f"UPDATE {table} SET stored_at = now()")
    everything = sorted(item["slug"] for item in await items(service, register, limit="500"))
    for sort in ("slug", "-slug", "updated", "-updated"):
        found = await slugs(service, register, sort=sort, limit="3")
        assert sorted(found) == everything, sort
    ordered = await slugs(service, register, sort="updated", limit="3")
    assert await slugs(service, register, sort="-updated", limit="3") == ordered[::-1]


def left_out(record: type[RegisterRecord]) -> pytest.MarkDecorator:
    """Every optional field in its turn, and none of them."""
    return pytest.mark.parametrize("left_out", [None, *optional(record)])
