"""The report's content, section by section: with nothing, with one, with more, and with slugs of before."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from aep_reports.runs.models import Run
from aep_reports.stocktaking.document import Chapter, Report
from aep_reports.stocktaking.model import Frozen, build
from aep_shared.contracts.topic import Topic
from aep_shared.contracts.topics import FRAMEWORK_NODE, INITIATIVE, ORGANISATION, PARAGRAPH, PARTNER, UPDATE
from aep_shared.ids import new_id

FROZEN_AT = datetime(2026, 2, 1, tzinfo=UTC)


def state(**fields: Any) -> dict[str, Any]:
    return {"id": str(new_id()), **fields}


def partner(slug: str, name: str | None = None, **more: Any) -> dict[str, Any]:
    return state(slug=slug, kind="country", name={"en": name or slug.title()}, **more)


def organisation(slug: str, name: str | None = None, **more: Any) -> dict[str, Any]:
    return state(slug=slug, kind="stakeholder", name={"en": name or slug.title()}, **more)


def node(slug: str, number: str | None = None, kind: str = "objective", **more: Any) -> dict[str, Any]:
    return state(slug=slug, kind=kind, number=number, title={"en": slug.upper()}, **more)


def initiative(slug: str, *nodes: str, **more: Any) -> dict[str, Any]:
    fields = {"title": {"en": slug.title()}, "status": "running", **more}
    return state(slug=slug, framework=[{"node": one} for one in nodes], **fields)


def update(slug: str, at: str = "2026-01-02", title: str = "News", about: str = "initiative") -> dict[str, Any]:
    return state(
        about={"type": about, "slug": slug},
        kind="news",
        title={"en": title},
        text={"en": f"text of {title}"},
        approved_at=f"{at}T12:00:00Z",
    )


def report(frozen: dict[Topic, list[dict[str, Any]]] | None = None, **run: Any) -> Report:
    given = {"since": date(2026, 1, 1), "since_meeting": None, "frozen_at": FROZEN_AT, "positions": {}, **run}
    stored = {topic.name: states for topic, states in (frozen or {}).items()}
    return build(Frozen.read(stored), Run(report="stocktaking", requested_by=new_id(), **given))


def in_chapters(made: Report) -> dict[str, list[str]]:
    return {chapter.objective: [one.slug for one in chapter.initiatives] for chapter in made.chapters}


def test_a_report_of_nothing_has_every_section_and_none_of_them_anything() -> None:
    made = report(positions={"aep.registry.partner.v1/0": 7}, since_meeting="asemme9")
    assert (made.title, made.since, made.since_meeting) == ("Stocktaking Report", date(2026, 1, 1), "asemme9")
    assert (made.frozen_at, made.positions) == (FROZEN_AT, {"aep.registry.partner.v1/0": 7})
    assert (made.chapters, made.without_objective, made.without_update, made.partners) == ([], [], [], [])


# Objectives.


def test_each_objective_is_a_chapter_also_where_nothing_serves_it() -> None:
    made = report({FRAMEWORK_NODE: [node("so2", "2"), node("so1", "1"), node("a1", "1.1", kind="action")]})
    assert made.chapters == [
        Chapter(objective="so1", number="1", title="SO1", initiatives=[]),
        Chapter(objective="so2", number="2", title="SO2", initiatives=[]),
    ]


def test_an_objective_without_a_number_has_its_chapter_too() -> None:
    made = report({FRAMEWORK_NODE: [node("crosscutting"), node("so1", "1")]})
    assert [(chapter.objective, chapter.number) for chapter in made.chapters] == [("so1", "1"), ("crosscutting", None)]


@pytest.mark.parametrize(
    ("nodes", "chapters"),
    [
        ((), {"so1": [], "so2": []}),
        (("so1",), {"so1": ["lab"], "so2": []}),
        (("so1", "so2"), {"so1": ["lab"], "so2": ["lab"]}),
        (("so1", "a1", "g1"), {"so1": ["lab"], "so2": []}),
        (("a2",), {"so1": [], "so2": ["lab"]}),
        (("g1",), {"so1": ["lab"], "so2": []}),
        (("unknown",), {"so1": [], "so2": []}),
        (("orphan",), {"so1": [], "so2": []}),
        (("snake",), {"so1": [], "so2": []}),
        (("unknown", "a2"), {"so1": [], "so2": ["lab"]}),
        (("first-action",), {"so1": ["lab"], "so2": []}),
    ],
)
def test_an_initiative_stands_once_under_each_objective_that_it_serves(
    nodes: tuple[str, ...], chapters: dict[str, list[str]]
) -> None:
    framework = [
        node("so1", "1", former_slugs=["o1"]),
        node("so2", "2"),
        node("a1", kind="action", parent="o1", former_slugs=["first-action"]),
        node("g1", kind="sub-goal", parent="first-action"),
        node("a2", kind="action", parent="so2"),
        node("orphan", kind="action", parent="nothing"),
        node("snake", kind="action", parent="tail"),
        node("tail", kind="action", parent="snake"),
    ]
    made = report({FRAMEWORK_NODE: framework, INITIATIVE: [initiative("lab", *nodes)]})
    assert in_chapters(made) == chapters
    assert [one.slug for one in made.without_objective] == ([] if any(chapters.values()) else ["lab"])


def test_initiatives_stand_in_the_order_of_their_titles_whatever_their_case() -> None:
    titles = {"c": "beta", "b": "Alpha", "d": "Beta", "a": "gamma"}
    made = report({INITIATIVE: [initiative(slug, title={"en": title}) for slug, title in titles.items()]})
    assert [one.title for one in made.without_objective] == ["Alpha", "beta", "Beta", "gamma"]
    assert [one.slug for one in made.without_update] == ["b", "c", "d", "a"]


# Updates.


@pytest.mark.parametrize(
    ("at", "since", "counts"),
    [
        ("2026-01-02", date(2026, 1, 2), True),
        ("2026-01-01", date(2026, 1, 2), False),
        ("2026-01-03", date(2026, 1, 2), True),
    ],
)
def test_an_update_counts_from_the_day_on_which_the_time_of_the_report_begins(
    at: str, since: date, *, counts: bool
) -> None:
    made = report({INITIATIVE: [initiative("lab")], UPDATE: [update("lab", at)]}, since=since)
    assert [len(one.updates) for one in made.without_objective] == [int(counts)]
    assert [one.slug for one in made.without_update] == ([] if counts else ["lab"])


def test_updates_stand_from_the_oldest_with_their_words_and_day() -> None:
    news = [update("lab", "2026-01-05", "late"), update("lab", "2026-01-02", "early"), update("other", title="other's")]
    made = report({INITIATIVE: [initiative("lab")], UPDATE: news})
    ((lab),) = made.without_objective
    assert [(one.title, one.text, one.approved) for one in lab.updates] == [
        ("early", "text of early", date(2026, 1, 2)),
        ("late", "text of late", date(2026, 1, 5)),
    ]


@pytest.mark.parametrize("about", ["partner", "organisation", "group", "meeting"])
def test_what_is_reported_about_others_is_no_update_of_an_initiative(about: str) -> None:
    made = report({INITIATIVE: [initiative("lab")], UPDATE: [update("lab", about=about)]})
    assert [one.slug for one in made.without_update] == ["lab"]


def test_an_update_about_a_slug_of_before_is_its_initiatives() -> None:
    lab = initiative("lab", former_slugs=["old-lab", "older-lab"])
    made = report({INITIATIVE: [lab], UPDATE: [update(slug) for slug in ("older-lab", "lab", "old-lab")]})
    assert len(made.without_objective[0].updates) == 3
    assert made.without_update == []


# Who takes part.


def test_a_partner_is_counted_once_for_each_initiative_that_it_takes_part_in_or_is_in_charge_of() -> None:
    labs = [
        initiative("one", partners=[{"partner": "isle", "role": "host"}, {"partner": "isle", "role": "member"}]),
        initiative("two", coordinators=[{"partner": "isle"}], partners=[{"partner": "former-isle", "role": "host"}]),
        initiative("three", partners=[{"partner": "unknown", "role": "host"}]),
        initiative("four", coordinators=[{"organisation": "union"}, {"group": "circle"}]),
    ]
    made = report({PARTNER: [partner("isle", "The Isle", former_slugs=["former-isle"])], INITIATIVE: labs})
    found = [(one.slug, one.name, one.initiatives) for one in made.partners]
    assert found == [("isle", "The Isle", 2), ("unknown", "unknown", 1)]


def test_partners_stand_in_the_order_of_their_names() -> None:
    known = [partner("a", "zeta"), partner("b", "Alpha"), partner("c", "beta"), partner("d", "Idle")]
    lab = initiative("lab", partners=[{"partner": slug, "role": "host"} for slug in ("a", "b", "c")])
    made = report({PARTNER: known, INITIATIVE: [lab]})
    assert [one.name for one in made.partners] == ["Alpha", "beta", "zeta"]
    assert made.without_objective[0].partners == ["Alpha", "beta", "zeta"]


def test_bodies_in_charge_are_named_once_in_the_order_of_the_source() -> None:
    charge = [
        {"organisation": "union"},
        {"partner": "isle"},
        {"organisation": "former-union"},
        {"group": "circle"},
        {"organisation": "nobody"},
    ]
    made = report(
        {
            ORGANISATION: [organisation("union", "The Union", former_slugs=["former-union"])],
            PARTNER: [partner("isle", "The Isle")],
            INITIATIVE: [initiative("lab", coordinators=charge)],
        }
    )
    # Groups are kept by a topic that reports do not read: they are called by their slug, as all that is not known.
    assert made.without_objective[0].coordinators == ["The Union", "The Isle", "circle", "nobody"]


# Texts.


def test_a_mention_is_linked_where_its_paragraph_was_published() -> None:
    mentions = [
        {"publication": "conclusions", "ref": ref, "stance": stance}
        for ref, stance in (("4", "announced"), ("5", "carried-out"))
    ]
    paragraph = PARAGRAPH.example.model_dump(mode="json") | {"publication_slug": "conclusions", "ref": "4"}
    other = {**paragraph, "id": str(new_id()), "publication_slug": "other", "ref": "5"}
    made = report({INITIATIVE: [initiative("lab", mentions=mentions)], PARAGRAPH: [paragraph, other]})
    found = [(one.ref, one.stance, one.linked) for one in made.without_objective[0].mentions]
    assert found == [("4", "announced", True), ("5", "carried-out", False)]


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        ({"en": "Lab", "fr": "Labo"}, "Lab"),
        ({"fr": "Labo"}, "Labo"),
        ({"ko": "연구소", "fr": "Labo"}, "Labo"),
    ],
)
def test_texts_are_in_english_where_there_is_any(texts: dict[str, str], shown: str) -> None:
    made = report({INITIATIVE: [initiative("lab", title=texts, summary=texts)]})
    assert (made.without_objective[0].title, made.without_objective[0].summary) == (shown, shown)


def test_an_initiative_with_nothing_but_what_it_must_say() -> None:
    (lab,) = report({INITIATIVE: [initiative("lab", status="unknown")]}).without_objective
    assert lab.model_dump(exclude={"slug", "title"}) == {
        "summary": "",
        "status": "unknown",
        "coordinators": [],
        "partners": [],
        "mentions": [],
        "updates": [],
    }


def test_the_same_freeze_gives_the_same_report_in_whatever_order_it_is_read() -> None:
    frozen = {
        PARTNER: [partner("isle"), partner("land")],
        FRAMEWORK_NODE: [node("so1", "1"), node("so2", "2"), node("a1", kind="action", parent="so2")],
        INITIATIVE: [
            initiative("b", "a1", title={"en": "Same"}, partners=[{"partner": "isle", "role": "host"}]),
            initiative("a", "so1", title={"en": "Same"}, partners=[{"partner": "land", "role": "host"}]),
        ],
        UPDATE: [update("a"), update("b", "2026-01-05"), update("a", "2026-01-05")],
    }
    backwards = {topic: states[::-1] for topic, states in frozen.items()}
    assert report(frozen) == report(backwards)
    assert report(frozen).model_dump_json() == report(backwards).model_dump_json()


@pytest.mark.parametrize(
    "broken",
    [
        {INITIATIVE: [{"id": str(new_id()), "slug": "lab"}]},
        {UPDATE: [{**update("lab"), "approved_at": "yesterday"}]},
        {PARTNER: [partner("No Slug")]},
    ],
)
def test_a_state_that_does_not_fit_its_contract_makes_no_report(broken: dict[Topic, list[dict[str, Any]]]) -> None:
    with pytest.raises(ValidationError):
        report(broken)


def test_what_a_later_contract_adds_is_left_out() -> None:
    made = report({INITIATIVE: [{**initiative("lab"), "a_field_to_come": [1, 2]}]})
    assert [one.slug for one in made.without_objective] == ["lab"]
