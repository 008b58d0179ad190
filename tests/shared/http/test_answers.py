"""What a route says of the files that it answers."""

from __future__ import annotations

import pytest

from aep_shared.http.answers import file_of


@pytest.mark.parametrize(
    ("kinds", "types"),
    [
        (("text/calendar",), {"text/calendar": "string"}),
        (("application/json",), {"application/json": "object"}),
        (("application/ld+json", "application/pdf"), {"application/ld+json": "object", "application/pdf": "string"}),
    ],
)
def test_a_file_has_each_of_its_types_with_what_it_is_about(kinds: tuple[str, ...], types: dict[str, str]) -> None:
    said = file_of(*kinds, about="A file")["responses"][200]
    assert said["description"] == "A file"
    assert {kind: one["schema"]["type"] for kind, one in said["content"].items()} == types
    assert {one["schema"]["description"] for one in said["content"].values()} == {"A file"}
