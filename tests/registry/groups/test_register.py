"""Groups over HTTP: every field, every filter, every order."""

from __future__ import annotations

from typing import Any

import pytest

from aep_registry.groups.register import GROUPS
from aep_shared.contracts.base import Alias, Figure, Source
from aep_shared.contracts.registry import GroupRecord, Member
from tests.registering import full, goes_in_and_comes_out, imported, is_whole_in_every_order, left_out, slugs
from tests.served import Served

SAID = Source(publication="conclusions", ref="12")
GROUP = GroupRecord(
    slug="standing-group",
    kind="working-group",
    name={"en": "Standing Group"},
    description={"en": "Watches over the plan."},
    aliases=[Alias(name="SG")],
    members=[
        Member(partner="austria", role="chair", source=SAID, other_sources=[SAID]),
        Member(organisation="union", role="member", state="interest-expressed"),
    ],
    members_complete=True,
    member_counts=[Figure(value=10, value_to=12, unit="partners", qualifier="about", what={"en": "members"})],
    established="2019-12",
    established_source=SAID,
    organisation="secretariat",
    note={"en": "Meets twice a year."},
    sources=[SAID, Source(name="Its page", url="https://group.example/")],
)


@left_out(GroupRecord)
async def test_a_record_with_or_without_a_field_is_answered_as_it_was_given(
    standing: Served, left_out: str | None
) -> None:
    await goes_in_and_comes_out(standing, GROUPS, GROUP, left_out)


async def test_pages_are_whole_in_every_order(standing: Served) -> None:
    await is_whole_in_every_order(standing, GROUPS, GROUP)


async def test_what_fits_a_filter_is_listed_and_nothing_else(standing: Served) -> None:
    network = {**full(GROUP), "slug": "f-network", "kind": "research-network"}
    await imported(standing, GROUPS, network, {**full(GROUP), "slug": "f-council", "kind": "council"})
    assert await slugs(standing, GROUPS, kind="research-network") == ["f-network"]
    assert await slugs(standing, GROUPS, kind="council") == ["f-council"]


@pytest.mark.parametrize(
    "member",
    [
        {"partner": "austria"},
        {"partner": "austria", "role": "Chair of all"},
        {"partner": "austria", "role": "member", "state": "Left us"},
        {"partner": "No Slug", "role": "member"},
        {"partner": "austria", "role": "member", "since": "someday"},
        {"role": "member"},
        {"partner": "austria", "organisation": "union", "role": "member"},
    ],
)
async def test_a_member_that_is_none_is_refused(standing: Served, member: dict[str, Any]) -> None:
    given = {**full(GROUP), "slug": "refused", "members": [member]}
    answer = await standing.call("officer", "POST", "groups", json=given)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
    assert answer.json()["errors"][0]["field"].startswith("body.members.0")
    assert await slugs(standing, GROUPS, slug="refused") == []
