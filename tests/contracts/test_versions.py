"""Old readers read new events and new readers old ones, for every published version of every contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker
from pydantic import ValidationError

from aep_shared.contracts.published import PublishedVersion, incompatibilities, published_versions
from aep_shared.contracts.topics import INITIATIVE, MEETING, TOPICS, Topic

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = [version for name in TOPICS for version in published_versions(ROOT, name)]

every_topic = pytest.mark.parametrize("topic", TOPICS.values(), ids=TOPICS)
every_version = pytest.mark.parametrize("version", VERSIONS, ids=lambda v: f"{v.topic}-{v.number}")


def committed_example(topic: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / f"contracts/examples/{topic}.json").read_text(encoding="utf-8"))
    return found


def errors(schema: dict[str, Any], value: Any) -> list[str]:
    Draft7Validator.check_schema(schema)
    checked = Draft7Validator(schema, format_checker=FormatChecker()).iter_errors(value)
    return [f"{error.json_path}: {error.message}" for error in checked]


@every_topic
def test_the_committed_example_is_an_event_of_today(topic: Topic) -> None:
    example = committed_example(topic.name)
    assert topic.model.model_validate(example) == topic.example
    schema = json.loads((ROOT / f"contracts/schemas/{topic.name}.json").read_text(encoding="utf-8"))
    assert errors(schema, example) == []


@every_topic
def test_an_example_fills_most_of_its_fields(topic: Topic) -> None:
    example = topic.example
    empty = {name for name, value in example if value in (None, [], {})}
    assert len(empty) < len(type(example).model_fields) / 2, empty


@every_topic
def test_every_topic_has_been_published_and_versions_have_no_gap(topic: Topic) -> None:
    numbers = [version.number for version in published_versions(ROOT, topic.name)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers


@every_version
def test_readers_of_today_read_published_events(version: PublishedVersion) -> None:
    event = TOPICS[version.topic].model.model_validate(version.example, extra="ignore")
    read = event.model_dump(mode="json")
    assert {key: read[key] for key in version.example} == version.example


@every_version
def test_published_readers_read_events_of_today(version: PublishedVersion) -> None:
    assert errors(version.schema, version.example) == []
    assert errors(version.schema, committed_example(version.topic)) == []


def test_no_contract_breaks_a_published_version() -> None:
    assert incompatibilities(ROOT) == []


@every_topic
def test_readers_ignore_fields_that_they_do_not_know(topic: Topic) -> None:
    newer = {**committed_example(topic.name), "of_a_newer_version": {"any": ["thing"]}}
    assert topic.model.model_validate(newer, extra="ignore") == topic.example
    assert errors(published_versions(ROOT, topic.name)[0].schema, newer) == []


def test_readers_ignore_unknown_fields_inside_parts_too() -> None:
    newer = committed_example(INITIATIVE.name)
    newer["framework"][0]["weight"] = 3
    assert INITIATIVE.model.model_validate(newer, extra="ignore") == INITIATIVE.example


@every_topic
def test_writers_must_fit_exactly(topic: Topic) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        topic.model.model_validate({**committed_example(topic.name), "mistyped": 1})


def test_a_word_that_is_new_is_read_and_a_value_outside_a_closed_list_is_not() -> None:
    meeting = committed_example(MEETING.name)
    assert MEETING.model.model_validate({**meeting, "kind": "hackathon"}, extra="ignore")
    with pytest.raises(ValidationError):
        MEETING.model.model_validate({**meeting, "date_status": "rumoured"}, extra="ignore")
