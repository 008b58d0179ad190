"""Every register of the data sets fits its model exactly: no field too many, none lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from aep_shared.contracts import events, registry
from aep_shared.contracts.base import RegisterRecord

DATA = Path(__file__).resolve().parents[2] / "data"
MODELS: dict[str, type[RegisterRecord]] = {
    "partners": registry.PartnerRecord,
    "organisations": registry.OrganisationRecord,
    "groups": registry.GroupRecord,
    "framework": registry.FrameworkNodeRecord,
    "glossary": registry.GlossaryTermRecord,
    "initiatives": registry.InitiativeRecord,
    "meetings": events.MeetingRecord,
    "series": events.SeriesRecord,
}


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def register_files() -> list[Path]:
    return sorted(path for path in DATA.glob("*/*.jsonl") if path.stem in MODELS)


def test_every_register_has_a_file() -> None:
    assert {path.stem for path in register_files() if path.parent.name == "process"} == set(MODELS)


@pytest.mark.parametrize("path", register_files(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_records_fit_their_model_and_come_back_unchanged(path: Path) -> None:
    found = records(path)
    assert found
    for record in found:
        model = MODELS[path.stem].model_validate(record)
        assert model.model_dump(mode="json", exclude_unset=True) == record


def test_approved_demo_updates_fit_the_event() -> None:
    fields = registry.Update.model_fields.keys()
    approved = [record for record in records(DATA / "demo/updates.jsonl") if record["state"] == "approved"]
    assert approved
    for record in approved:
        public = {key: value for key, value in record.items() if key in fields}
        registry.Update.model_validate({**public, "id": uuid4(), "approved_at": f"{record['approved_on']}T12:00:00Z"})
