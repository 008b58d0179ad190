"""What refers to a record of each type, by any slug, as it is now, and the names that its page needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from aep_search.names.repository import TOPIC_OF
from aep_search.names.schemas import RecordType
from aep_search.related import service
from aep_search.related.references import FIELDS, references
from aep_search.related.repository import MOST_UPDATES
from aep_search.related.schemas import Related
from aep_shared.contracts.topics import (
    FRAMEWORK_NODE,
    GROUP,
    INITIATIVE,
    MEETING,
    ORGANISATION,
    PARTNER,
    SERIES,
    TOPICS,
    UPDATE,
    Topic,
)
from aep_shared.database import Database
from aep_shared.errors import NotFound
from tests.search.conftest import Search, has_text
from tests.shared.statements import counted


def initiative(slug: str, **said: Any) -> dict[str, Any]:
    return {"slug": slug, "title": {"en": slug.title()}, "status": "running", **said}


def meeting(slug: str, **said: Any) -> dict[str, Any]:
    return {"slug": slug, "title": {"en": slug.title()}, "kind": "som", "date_status": "planned", **said}


def update(kind: str, slug: str, minute: int = 0, **said: Any) -> dict[str, Any]:
    about = {"type": kind, "slug": slug}
    words = {"kind": "news", "title": {"en": str(minute)}, "text": {"en": "Done."}}
    return {"about": about, **words, "approved_at": f"2026-01-01T{minute // 60:02}:{minute % 60:02}:00Z", **said}


def body(slug: str, **said: Any) -> dict[str, Any]:
    return {"slug": slug, "kind": "country", "name": {"en": slug.title()}, **said}


async def related(database: Database, kind: str, slug: str) -> Related:
    async with database.reading() as session:
        return await service.related(session, RecordType(kind), slug)


def slugs(found: Related) -> dict[str, list[str]]:
    """The slugs of what was found, by list; lists that are empty are left out."""
    lists = {name: getattr(found, name) for name in ("initiatives", "meetings", "publications", "communities")}
    return {name: [one.slug for one in items] for name, items in lists.items() if items}


def named(found: Related) -> set[str]:
    return {f"{one.type}:{one.slug}" for one in found.names}


LAKE = body("lakeland", former_slugs=["pondland"])
SCHOOL = body("school", former_slugs=["college"])
SWG = body("swg", former_slugs=["wg"])
LAB = initiative("lab", former_slugs=["workshop"])
SOM = meeting("som", former_slugs=["som-2026"])


async def test_a_partner_has_all_that_names_it_by_any_slug(search: Search) -> None:
    part = [{"partner": "pondland", "role": "takes part"}]
    await search.arrives(PARTNER, "lake", LAKE)
    await search.arrives(INITIATIVE, "b", initiative("zoo", partners=part, coordinators=[{"partner": "lakeland"}]))
    await search.arrives(INITIATIVE, "a", initiative("art", coordinators=[{"partner": "pondland"}]))
    await search.arrives(INITIATIVE, "c", initiative("other", partners=[{"partner": "shore", "role": "r"}]))
    await search.arrives(MEETING, "m", meeting("m", host="pondland"))
    await search.arrives(MEETING, "n", meeting("n", host="lakeland", date="2026-05"))
    await search.arrives(MEETING, "o", meeting("o", host="shore"))
    await search.arrives(PARTNER, "shore", body("shore", kind="community", parent="pondland"))
    await search.arrives(UPDATE, "u", update("partner", "pondland"))
    await search.arrives(UPDATE, "v", update("partner", "lakeland", 1))
    await search.arrives(UPDATE, "w", update("initiative", "lakeland", 2))
    for slug in ("lakeland", "pondland"):
        found = await related(search.database, "partner", slug)
        assert slugs(found) == {"initiatives": ["art", "zoo"], "meetings": ["n", "m"], "communities": ["shore"]}
        assert [one.title["en"] for one in found.updates] == ["1", "0"]


@pytest.mark.parametrize(("kind", "topic", "record"), [("organisation", ORGANISATION, SCHOOL), ("group", GROUP, SWG)])
async def test_a_body_has_what_it_coordinates_and_organises(
    search: Search, kind: str, topic: Topic, record: dict[str, Any]
) -> None:
    present, former = record["slug"], record["former_slugs"][0]
    await search.arrives(topic, "body", record)
    await search.arrives(INITIATIVE, "a", initiative("art", coordinators=[{kind: former}]))
    await search.arrives(INITIATIVE, "c", initiative("other", coordinators=[{"partner": present}]))
    await search.arrives(MEETING, "m", meeting("m", organisers=["x", former]))
    await search.arrives(MEETING, "n", meeting("n", host=present))
    await search.arrives(UPDATE, "u", update(kind, former))
    found = await related(search.database, kind, present)
    assert slugs(found) == {"initiatives": ["art"], "meetings": ["m"]}
    assert len(found.updates) == 1


async def test_an_organisation_has_what_it_takes_part_in_and_a_group_its_own_meetings(search: Search) -> None:
    await search.arrives(ORGANISATION, "school", SCHOOL)
    await search.arrives(GROUP, "swg", SWG)
    part = [{"organisation": "college", "role": "takes part"}]
    await search.arrives(INITIATIVE, "a", initiative("art", organisations=part))
    await search.arrives(MEETING, "m", meeting("m", group="wg", organisers=["swg"]))
    assert slugs(await related(search.database, "organisation", "school")) == {"initiatives": ["art"]}
    assert slugs(await related(search.database, "group", "swg")) == {"meetings": ["m"]}


async def test_an_initiative_has_its_editions_and_a_series_its_meetings(search: Search) -> None:
    await search.arrives(INITIATIVE, "lab", LAB)
    await search.arrives(INITIATIVE, "e", initiative("edition", parent="workshop"))
    await search.arrives(UPDATE, "u", update("initiative", "workshop"))
    await search.arrives(SERIES, "isom", {"slug": "isom", "former_slugs": ["old"], "title": {"en": "I"}, "kind": "som"})
    await search.arrives(MEETING, "m", meeting("m", series="old"))
    found = await related(search.database, "initiative", "lab")
    assert (slugs(found), len(found.updates)) == ({"initiatives": ["edition"]}, 1)
    assert slugs(await related(search.database, "series", "isom")) == {"meetings": ["m"]}


async def test_a_node_has_what_serves_it_or_anything_below_it(search: Search) -> None:
    def node(slug: str, **said: Any) -> dict[str, Any]:
        return {"slug": slug, "kind": "objective", "title": {"en": slug}, **said}

    await search.arrives(FRAMEWORK_NODE, "top", node("top", former_slugs=["first"], parent="turn"))
    await search.arrives(FRAMEWORK_NODE, "turn", node("turn", parent="leaf"))
    await search.arrives(FRAMEWORK_NODE, "mid", node("mid", former_slugs=["middle"], parent="first"))
    await search.arrives(FRAMEWORK_NODE, "leaf", node("leaf", parent="mid"))
    await search.arrives(FRAMEWORK_NODE, "beside", node("beside"))
    for slug, served in (("a", "first"), ("b", "middle"), ("c", "leaf"), ("d", "beside")):
        await search.arrives(INITIATIVE, slug, initiative(slug, framework=[{"node": served}]))
    assert slugs(await related(search.database, "framework", "top")) == {"initiatives": ["a", "b", "c"]}
    assert slugs(await related(search.database, "framework", "beside")) == {"initiatives": ["d"]}


async def test_a_meeting_has_its_texts_and_updates(search: Search) -> None:
    await search.arrives(MEETING, "som", SOM)
    await has_text(search.database, "draft", meeting="som-2026")
    await has_text(search.database, "gone", meeting="som", withdrawn=True)
    await has_text(search.database, "other")
    await search.arrives(UPDATE, "u", update("meeting", "som-2026"))
    found = await related(search.database, "meeting", "som")
    assert (slugs(found), len(found.updates)) == ({"publications": ["draft"]}, 1)
    found = await related(search.database, "publication", "draft")
    assert (slugs(found), named(found)) == ({}, {"meeting:som"})


async def test_only_the_newest_updates_are_told(search: Search) -> None:
    await search.arrives(INITIATIVE, "lab", LAB)
    for minute in range(MOST_UPDATES + 3):
        await search.arrives(UPDATE, f"u{minute}", update("initiative", "lab", minute))
    found = await related(search.database, "initiative", "lab")
    newest = range(MOST_UPDATES + 2, 2, -1)
    assert [one.title["en"] for one in found.updates] == [str(minute) for minute in newest]


async def test_a_page_has_the_names_of_all_that_it_shows(search: Search) -> None:
    hosts = [{"partner": "pondland", "source": {"publication": "conclusions", "ref": "1"}}]
    await search.arrives(ORGANISATION, "school", {**SCHOOL, "hosts": hosts, "parent": "head", "partner": "gone"})
    await search.arrives(ORGANISATION, "head", body("head"))
    await search.arrives(PARTNER, "another head", body("head"))
    await search.arrives(PARTNER, "lake", LAKE)
    await search.arrives(PARTNER, "gone", body("gone"))
    await search.arrives(PARTNER, "gone", None)
    await search.arrives(GROUP, "swg", SWG)
    await search.arrives(GROUP, "silent", body("silent"))
    await has_text(search.database, "conclusions")
    await search.arrives(INITIATIVE, "lab", LAB)
    coordinators = [{"organisation": "college"}, {"group": "wg"}]
    await search.arrives(INITIATIVE, "art", initiative("art", coordinators=coordinators, parent="workshop"))
    found = await related(search.database, "organisation", "school")
    assert named(found) == {
        "group:swg",
        "initiative:lab",
        "organisation:head",
        "organisation:school",
        "partner:lakeland",
        "publication:conclusions",
    }


async def test_what_is_gone_or_says_so_no_more_is_not_there(search: Search) -> None:
    await search.arrives(PARTNER, "lake", LAKE)
    await search.arrives(MEETING, "m", meeting("m", host="lakeland"))
    await search.arrives(MEETING, "n", meeting("n", host="lakeland"))
    await search.arrives(MEETING, "m", None)
    await search.arrives(MEETING, "n", meeting("n"))
    assert slugs(await related(search.database, "partner", "lakeland")) == {}
    await search.arrives(PARTNER, "lake", None)
    for kind, slug in (("partner", "lakeland"), ("partner", "pondland"), ("publication", "lakeland")):
        with pytest.raises(NotFound):
            await related(search.database, kind, slug)


@pytest.mark.parametrize("kind", RecordType)
async def test_a_record_with_nothing_left_in_takes_the_same_statements_as_a_full_one(
    search: Search, kind: RecordType
) -> None:
    if kind is RecordType.PUBLICATION:
        await has_text(search.database, "one")
    else:
        least = {"title": {"en": "One"}, "name": {"en": "One"}, "term": {"en": "One"}, "acronym": "O"}
        known = {name: value for name, value in least.items() if name in TOPIC_OF[kind].model.model_fields}
        words = {"kind": "country", "status": "running", "date_status": "planned"}
        known |= {name: value for name, value in words.items() if name in TOPIC_OF[kind].model.model_fields}
        await search.arrives(TOPIC_OF[kind], "one", {"slug": "one", **known})
    few = await _statements(search.database, kind)
    for number in range(5):
        refs: dict[str, Any] = {"parent": "one"} if kind is RecordType.INITIATIVE else {}
        refs |= {"framework": [{"node": "one"}], "partners": [{"partner": "one", "role": "r"}]}
        await search.arrives(INITIATIVE, f"i{number}", initiative(f"i{number}", **refs))
        await search.arrives(MEETING, f"m{number}", meeting(f"m{number}", series="one", group="one"))
    most = 4 if kind is RecordType.FRAMEWORK else 3
    assert few == await _statements(search.database, kind) <= most


async def _statements(database: Database, kind: RecordType) -> int:
    with counted(database) as statements:
        await related(database, kind, "one")
    return len(statements)


def test_every_field_that_names_a_record_is_known() -> None:
    """A field of a contract that is a slug is looked up, or is the record's own, or belongs to an update's subject."""
    own = {"slug", "former_slugs", "parent"}
    # What rights are limited to is never public, and paragraphs are asked for with their text.
    topics = [t for name, t in TOPICS.items() if "subject" not in name and "paragraph" not in name]
    found = {name for topic in topics for name in _slugs(topic.model.model_json_schema())}
    assert found - own == set(FIELDS)


def _slugs(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        for name, said in schema.get("properties", {}).items():
            plain = [*said.get("anyOf", [said]), said.get("items", {})]
            if any(one.get("maxLength") == 120 and "pattern" in one for one in plain):
                yield name
        for part in schema.values():
            yield from _slugs(part)


def test_the_examples_of_contracts_name_what_they_refer_to() -> None:
    state = UPDATE.example.model_dump(mode="json")
    assert set(references(None, state)) == {
        (RecordType.INITIATIVE, "demo-lantern-exchange-3"),
        (RecordType.PUBLICATION, "demo-conclusions"),
    }
