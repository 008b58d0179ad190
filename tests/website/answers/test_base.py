"""Answers of other versions: what is not known is ignored, what cannot be read names its place and no value."""

from __future__ import annotations

import json

import pytest

from aep_shared.contracts.registry.partner import EXAMPLE
from aep_website.answers.base import AnswerNotUnderstood
from aep_website.answers.registry import ME, PARTNERS

PARTNER = json.loads(EXAMPLE.model_dump_json())


def _page(**changed: object) -> bytes:
    return json.dumps({"items": [{**PARTNER, **changed}], "next": None}).encode()


def test_fields_of_a_newer_version_are_ignored_however_deep() -> None:
    source = {**PARTNER["source"], "licence": "x"}
    (partner,) = PARTNERS.understood(_page(flag="🇰🇷", source=source)).items
    assert partner == EXAMPLE


def test_what_an_older_version_does_not_say_has_its_default() -> None:
    older = {name: value for name, value in PARTNER.items() if name not in ("demo", "former_slugs", "note")}
    assert PARTNERS.understood(json.dumps({"items": [older]}).encode()).items == [EXAMPLE]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_page(name=None), "/api/registry/v1/partners: items.0.name: Input should be an object"),
        (b'{"next": null}', "/api/registry/v1/partners: items: Field required"),
        (b"<html>", "/api/registry/v1/partners: answer: Invalid JSON"),
    ],
)
def test_an_answer_that_cannot_be_read_names_its_place(content: bytes, said: str) -> None:
    with pytest.raises(AnswerNotUnderstood) as refused:
        PARTNERS.understood(content)
    assert str(refused.value).startswith(said)


def test_no_value_is_told() -> None:
    with pytest.raises(AnswerNotUnderstood) as refused:
        ME.understood(b'{"id": "ada@partner.example", "grants": "secret"}')
    assert "secret" not in str(refused.value)
    assert "ada" not in str(refused.value)
