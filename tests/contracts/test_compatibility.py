"""Every planted breaking change is reported with whom it hurts, and no harmless one is."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft7Validator

from aep_shared.contracts.compatibility import breaking_changes
from aep_shared.contracts.schemas import schema_of
from aep_shared.contracts.topics import INITIATIVE, TOPICS

Schema = dict[str, Any]
OLDER, NEWER = "older readers", "newer readers"


def initiative() -> Schema:
    return copy.deepcopy(schema_of(INITIATIVE))


def found(change: Callable[[Schema], Any]) -> set[tuple[str, str]]:
    """Where a change of today's contract of initiatives breaks, and whom."""
    changed = initiative()
    change(changed)
    assert changed != initiative(), "the planted change changed nothing"
    return {(one.path, one.hurts) for one in breaking_changes(initiative(), changed)}


def remove_field(schema: Schema) -> None:
    del schema["properties"]["theme"]


def remove_required_field(schema: Schema) -> None:
    del schema["properties"]["status"]
    schema["required"].remove("status")


def rename_field(schema: Schema) -> None:
    schema["properties"]["headline"] = schema["properties"].pop("title")
    schema["required"][schema["required"].index("title")] = "headline"


def remove_field_of_a_part(schema: Schema) -> None:
    del schema["$defs"]["Coordinator"]["properties"]["group"]


def add_required_field(schema: Schema) -> None:
    schema["properties"]["code"] = {"type": "string"}
    schema["required"].append("code")


def make_field_required(schema: Schema) -> None:
    schema["required"].append("parent")


def make_field_optional(schema: Schema) -> None:
    schema["required"].remove("title")


def change_type(schema: Schema) -> None:
    schema["properties"]["demo"] = {"type": "string", "default": False}


def change_type_of_items(schema: Schema) -> None:
    schema["properties"]["former_slugs"]["items"] = {"type": "integer"}


def change_texts_of_a_language_map(schema: Schema) -> None:
    schema["properties"]["title"]["additionalProperties"] = {"type": "array"}


def allow_null(schema: Schema) -> None:
    schema["properties"]["kind"] = {
        "anyOf": [schema["properties"]["kind"], {"type": "null"}],
        "default": "initiative",
    }


def forbid_null(schema: Schema) -> None:
    schema["properties"]["dates"]["anyOf"].pop()


def add_value(schema: Schema) -> None:
    schema["$defs"]["Figure"]["properties"]["kind"]["enum"].append("abandoned")


def lose_value(schema: Schema) -> None:
    schema["$defs"]["Contribution"]["properties"]["degree"]["anyOf"][0]["enum"].remove("low")


def close_a_vocabulary(schema: Schema) -> None:
    schema["properties"]["kind"]["enum"] = ["initiative", "edition"]


def open_a_vocabulary(schema: Schema) -> None:
    del schema["$defs"]["Figure"]["properties"]["kind"]["enum"]


def narrow_pattern(schema: Schema) -> None:
    schema["properties"]["slug"]["pattern"] = "^[a-z]+$"


def drop_pattern(schema: Schema) -> None:
    del schema["properties"]["slug"]["pattern"]


def shorten(schema: Schema) -> None:
    schema["properties"]["slug"]["maxLength"] = 60


def lengthen(schema: Schema) -> None:
    schema["properties"]["slug"]["maxLength"] = 200


def ask_for_one_at_least(schema: Schema) -> None:
    schema["properties"]["coordinators"]["minItems"] = 1


def change_default(schema: Schema) -> None:
    schema["properties"]["demo"]["default"] = True


BREAKING: list[tuple[Callable[[Schema], None], set[tuple[str, str]]]] = [
    (remove_field, {("theme", OLDER)}),
    (remove_required_field, {("status", OLDER)}),
    (rename_field, {("title", OLDER), ("headline", NEWER)}),
    (remove_field_of_a_part, {("coordinators[].group", OLDER)}),
    (add_required_field, {("code", NEWER)}),
    (make_field_required, {("parent", NEWER)}),
    (make_field_optional, {("title", OLDER)}),
    (change_type, {("demo", OLDER), ("demo", NEWER)}),
    (change_type_of_items, {("former_slugs[]", OLDER), ("former_slugs[]", NEWER)}),
    (change_texts_of_a_language_map, {("title.*", OLDER), ("title.*", NEWER)}),
    (allow_null, {("kind", OLDER)}),
    (forbid_null, {("dates", NEWER)}),
    (add_value, {("figures[].kind", OLDER)}),
    (lose_value, {("framework[].degree", NEWER)}),
    (close_a_vocabulary, {("kind", NEWER)}),
    (open_a_vocabulary, {("figures[].kind", OLDER)}),
    (narrow_pattern, {("slug", OLDER), ("slug", NEWER)}),
    (drop_pattern, {("slug", OLDER)}),
    (shorten, {("slug", NEWER)}),
    (lengthen, {("slug", OLDER)}),
    (ask_for_one_at_least, {("coordinators", NEWER)}),
    (change_default, {("demo", NEWER)}),
]


@pytest.mark.parametrize(("change", "expected"), BREAKING, ids=lambda value: getattr(value, "__name__", ""))
def test_a_breaking_change_is_reported(change: Callable[[Schema], None], expected: set[tuple[str, str]]) -> None:
    assert found(change) == expected


def add_optional_field(schema: Schema) -> None:
    schema["properties"]["budget"] = {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None}


def add_optional_field_to_a_part(schema: Schema) -> None:
    schema["$defs"]["Source"]["properties"]["read_on"] = {"type": "string", "default": ""}


def word_anew(schema: Schema) -> None:
    schema["description"] = "Another description."
    schema["properties"]["parent"]["description"] = "Another one."


def rename_a_part(schema: Schema) -> None:
    schema["$defs"]["Number"] = schema["$defs"].pop("Figure")
    schema["properties"]["figures"]["items"]["$ref"] = "#/$defs/Number"


def reorder(schema: Schema) -> None:
    schema["required"].reverse()
    schema["$defs"]["Figure"]["properties"]["kind"]["enum"].reverse()
    schema["properties"]["dates"]["anyOf"].reverse()


@pytest.mark.parametrize(
    "change", [add_optional_field, add_optional_field_to_a_part, word_anew, rename_a_part, reorder]
)
def test_a_compatible_change_is_not_reported(change: Callable[[Schema], None]) -> None:
    assert found(change) == set()


@pytest.mark.parametrize("name", TOPICS)
def test_a_contract_is_compatible_with_itself(name: str) -> None:
    assert breaking_changes(schema_of(TOPICS[name]), schema_of(TOPICS[name])) == []


def test_a_change_reads_as_a_sentence() -> None:
    change = breaking_changes({"type": "string", "maxLength": 9}, {"type": "string", "maxLength": 5})
    assert [str(one) for one in change] == ["the event: maxLength 9 became 5 (hurts newer readers)"]


TEXT, NUMBER, NULL = {"type": "string"}, {"type": "integer"}, {"type": "null"}
FIELDS: list[Schema] = [
    TEXT,
    *({**TEXT, "maxLength": length} for length in (1, 2)),
    *({**TEXT, "minLength": length} for length in (1, 2)),
    *({**TEXT, "pattern": pattern} for pattern in ("^a*$", "^b*$")),
    *({**TEXT, "enum": values} for values in (["a"], ["a", "bb"], ["bb", "ccc"])),
    NUMBER,
    *({**NUMBER, "minimum": bound} for bound in (1, 2)),
    *({**NUMBER, "maximum": bound} for bound in (1, 2)),
    *({"anyOf": [one, NULL]} for one in (TEXT, {**TEXT, "maxLength": 1}, NUMBER)),
    *({"type": "array", "items": one} for one in (TEXT, {**TEXT, "maxLength": 1}, NUMBER)),
    *({"type": "array", "items": TEXT, bound: 1} for bound in ("minItems", "maxItems")),
    *({"type": "object", "additionalProperties": one} for one in (TEXT, {**TEXT, "maxLength": 1}, NUMBER)),
]
SINGLE_VALUES: list[Any] = [None, "", "a", "aa", "bb", "ccc", 0, 1, 2, 3]
NESTED_VALUES: list[Any] = [[], ["a"], ["aa"], ["a", "b"], [1], {}, {"k": "a"}, {"k": "aa"}, {"k": 1}]
EVENTS: list[Schema] = [{}, *({"x": value} for value in SINGLE_VALUES + NESTED_VALUES)]
CONTRACTS: list[Schema] = [
    {"type": "object", "properties": {}},
    *({"type": "object", "properties": {"x": field}} for field in FIELDS),
    *({"type": "object", "properties": {"x": field}, "required": ["x"]} for field in FIELDS),
]


def written_by(contract: Schema) -> list[Schema]:
    """The events that a writer of this contract may publish; none has a field that the contract lacks."""
    validator = Draft7Validator(contract)
    known = contract["properties"].keys()
    return [event for event in EVENTS if event.keys() <= known and validator.is_valid(event)]


@pytest.mark.parametrize("old", CONTRACTS)
def test_whom_no_change_hurts_reads_every_event(old: Schema) -> None:
    older_events, older_reader = written_by(old), Draft7Validator(old)
    unhurt = 0
    for new in CONTRACTS:
        hurt = {change.hurts for change in breaking_changes(old, new)}
        if OLDER not in hurt:
            unhurt += 1
            assert all(older_reader.is_valid(event) for event in written_by(new)), new
        if NEWER not in hurt:
            unhurt += 1
            assert all(Draft7Validator(new).is_valid(event) for event in older_events), new
    assert unhurt > 2
