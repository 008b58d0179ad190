"""Which records a public state refers to."""

from __future__ import annotations

from aep_search.names.schemas import RecordType
from aep_search.related.references import references


def test_references_are_found_at_any_depth_singly_and_in_lists() -> None:
    state = {"host": "a", "parts": [{"organisers": ["b", "c"]}, {"node": "d"}], "title": "e", "meeting": None}
    assert set(references(RecordType.MEETING, state)) == {
        (RecordType.PARTNER, "a"),
        (RecordType.ORGANISATION, "b"),
        (RecordType.ORGANISATION, "c"),
        (RecordType.FRAMEWORK, "d"),
    }


def test_a_parent_is_of_the_type_of_its_record() -> None:
    assert list(references(RecordType.GROUP, {"parent": "a"})) == [(RecordType.GROUP, "a")]
    assert list(references(None, {"parent": "a"})) == []


def test_what_an_update_is_about_names_its_own_type() -> None:
    assert list(references(None, {"about": {"type": "initiative", "slug": "a"}})) == [(RecordType.INITIATIVE, "a")]


def test_what_refers_to_nothing_has_no_references() -> None:
    for state in ("partner", None, [], {"about": "a text"}, {"partner": 3}, {"partner": [None]}):
        assert list(references(RecordType.PARTNER, state)) == []
