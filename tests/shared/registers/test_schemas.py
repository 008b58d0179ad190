"""What a client may send of a record that changes: each of its fields alone, and nothing that is none."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from aep_shared.contracts import topics
from aep_shared.contracts.base import RegisterRecord
from aep_shared.contracts.events import MeetingRecord, SeriesRecord
from aep_shared.contracts.registry import (
    FrameworkNodeRecord,
    GlossaryTermRecord,
    GroupRecord,
    InitiativeRecord,
    OrganisationRecord,
    PartnerRecord,
)
from aep_shared.registers.schemas import Removal, changes_to

EXAMPLES: dict[type[RegisterRecord], Any] = {
    PartnerRecord: topics.PARTNER.example,
    OrganisationRecord: topics.ORGANISATION.example,
    GroupRecord: topics.GROUP.example,
    FrameworkNodeRecord: topics.FRAMEWORK_NODE.example,
    GlossaryTermRecord: topics.GLOSSARY_TERM.example,
    InitiativeRecord: topics.INITIATIVE.example,
    MeetingRecord: topics.MEETING.example,
    SeriesRecord: topics.SERIES.example,
}
FIELDS = [(record, name) for record in EXAMPLES for name in record.model_fields]


@pytest.mark.parametrize(("record", "name"), FIELDS, ids=lambda part: getattr(part, "__name__", part))
def test_each_field_changes_alone_and_is_bound_as_in_the_record(record: type[RegisterRecord], name: str) -> None:
    changes = changes_to(record)
    value = EXAMPLES[record].model_dump(mode="json")[name]
    change = changes.model_validate({name: value})
    assert change.model_fields_set == {name}
    assert change.model_dump(mode="json", exclude_unset=True) == {name: value}
    with pytest.raises(ValidationError) as refused:
        changes.model_validate({name: {"no": ["such", "value"]}})
    assert refused.value.errors()[0]["loc"][0] == name


@pytest.mark.parametrize("record", EXAMPLES)
def test_no_field_must_be_there_and_no_other_may(record: type[RegisterRecord]) -> None:
    changes = changes_to(record)
    assert changes.model_validate({}).model_fields_set == set()
    with pytest.raises(ValidationError):
        changes.model_validate({"a_field_to_come": 1})
    # What was not sent is no default that would be stored.
    assert "default" not in str(changes.model_json_schema()["properties"])


def test_the_model_of_changes_is_made_once_for_each_record() -> None:
    assert changes_to(PartnerRecord) is changes_to(PartnerRecord)
    assert changes_to(PartnerRecord).__name__ == "PartnerChange"


@pytest.mark.parametrize("reason", ["", " ", "\n\t", "x" * 1001, "a\x00b", None])
def test_a_removal_says_why(reason: str | None) -> None:
    with pytest.raises(ValidationError):
        Removal.model_validate({"reason": reason})


@pytest.mark.parametrize(("given", "kept"), [("Twice.", "Twice."), ("a\r\nb", "a\nb"), ("x" * 1000, "x" * 1000)])
def test_a_reason_is_kept_as_it_was_given(given: str, kept: str) -> None:
    assert Removal(reason=given).reason == kept
