"""What a record cannot say: each rule refuses what breaks it, names it, and lets everything else pass."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from aep_shared.contracts.topics import GROUP, INITIATIVE, MEETING, ORGANISATION, PARTNER, Topic

SOURCE = {"publication": "conclusions", "ref": "12"}
FIGURE = {"value": 5, "unit": "persons", "what": {"en": "guests"}}


def _with(topic: Topic, **fields: Any) -> dict[str, Any]:
    return {**topic.example.model_dump(mode="json"), **fields}


REFUSED: list[tuple[Topic, dict[str, Any], str]] = [
    (INITIATIVE, {"coordinators": [{"source": SOURCE}]}, "names exactly one"),
    (INITIATIVE, {"coordinators": [{"partner": "japan", "group": "lab"}]}, "names exactly one"),
    (GROUP, {"members": [{"role": "member"}]}, "names exactly one"),
    (GROUP, {"members": [{"role": "member", "partner": "japan", "organisation": "asef"}]}, "names exactly one"),
    (ORGANISATION, {"hosts": [{"since": "2020"}]}, "names a place"),
    (INITIATIVE, {"figures": [{**FIGURE, "value": -5}]}, "not negative"),
    (MEETING, {"participants": {"people": -3}}, "not negative"),
    (MEETING, {"date": None, "date_status": "confirmed"}, "has a date"),
    (PARTNER, {"iso": "germany"}, "pattern"),
    (PARTNER, {"iso": "de"}, "pattern"),
    (PARTNER, {"name": {}}, "no text"),
    (INITIATIVE, {"title": {}}, "no text"),
    (INITIATIVE, {"links": [{"url": "javascript:alert(1)"}]}, "begins with http"),
    (INITIATIVE, {"framework": [{"node": "so1"}, {"node": "so1", "degree": "high"}]}, "so1 stands twice"),
    (INITIATIVE, {"partners": [{"partner": "japan", "role": "host"}] * 2}, "stands twice"),
    (INITIATIVE, {"organisations": [{"organisation": "asef", "role": "host"}] * 2}, "stands twice"),
    (INITIATIVE, {"mentions": [{"publication": "c", "ref": "4", "stance": "asked"}] * 2}, "stands twice"),
]
ACCEPTED: list[tuple[Topic, dict[str, Any]]] = [
    (INITIATIVE, {"coordinators": [{"partner": "japan", "source": SOURCE}, {"partner": "japan"}]}),
    (INITIATIVE, {"partners": [{"partner": "japan", "role": "host"}, {"partner": "japan", "role": "contributor"}]}),
    (INITIATIVE, {"mentions": [{"publication": "c", "ref": "4", "stance": s} for s in ("asked", "announced")]}),
    (INITIATIVE, {"status": "paused"}),
    (INITIATIVE, {"status": "a-word-of-a-later-year", "mode": None, "group": None}),
    (INITIATIVE, {"figures": [{**FIGURE, "value": 0}]}),
    (
        GROUP,
        {"members": [{"role": "member", "organisation": "asef", "state": "left", "since": "2015", "until": "2020"}]},
    ),
    (ORGANISATION, {"hosts": [{"place": {"en": "Bonn"}}], "identifiers": []}),
    (MEETING, {"date": None, "date_status": "postponed", "initiative": None}),
    (PARTNER, {"iso": None}),
    (PARTNER, {"iso": "DE"}),
]


@pytest.mark.parametrize(("topic", "fields", "said"), REFUSED)
def test_what_cannot_be_is_refused(topic: Topic, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        topic.model.model_validate(_with(topic, **fields))


@pytest.mark.parametrize(("topic", "fields"), ACCEPTED)
def test_what_can_be_is_accepted(topic: Topic, fields: dict[str, Any]) -> None:
    topic.model.model_validate(_with(topic, **fields))
