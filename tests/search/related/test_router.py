"""What is related to a record, over HTTP."""

from __future__ import annotations

import pytest

from aep_search.names.schemas import RecordType
from aep_shared.contracts.topics import INITIATIVE, MEETING, PARTNER, UPDATE
from tests.search.conftest import arrives, has_text
from tests.served import Served

LISTS = ("initiatives", "meetings", "updates", "publications", "communities", "names")


async def test_anybody_reads_what_is_related_as_the_contracts_describe_it(api: Served) -> None:
    database = api.platform.database
    lake = {"slug": "demo-partner", "former_slugs": ["old"], "kind": "country", "name": {"en": "Lakeland"}}
    await arrives(database, PARTNER, "lake", lake)
    for topic in (INITIATIVE, MEETING, UPDATE):
        example = topic.example.model_dump(mode="json")
        about = {"about": {"type": "partner", "slug": "old"}} if topic is UPDATE else {}
        await arrives(database, topic, topic.name, {**example, **about})
    await has_text(database, "demo-conclusions")
    answer = await api.call(None, "GET", "records/partner/old/related")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert {name: len(found[name]) for name in LISTS} == {
        "initiatives": 1,
        "meetings": 1,
        "updates": 1,
        "publications": 0,
        "communities": 0,
        "names": 3,
    }
    example = INITIATIVE.example.model_dump(mode="json")
    assert found["initiatives"][0] == {**example, "id": found["initiatives"][0]["id"]}
    assert [one["slug"] for one in found["names"]] == ["demo-lantern-exchange-3", "demo-partner", "demo-conclusions"]


@pytest.mark.parametrize("kind", RecordType)
async def test_what_is_not_there_is_not_found(api: Served, kind: RecordType) -> None:
    answer = await api.call(None, "GET", f"records/{kind}/nowhere/related")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_another_type_is_refused(api: Served) -> None:
    for name in ("update", "paragraph", "framework-node"):
        answer = await api.call(None, "GET", f"records/{name}/nowhere/related")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
