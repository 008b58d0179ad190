"""Entity tags: what `If-Match` may say, and what it means where somebody else was faster."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_shared.errors import InvalidInput, PreconditionFailed
from aep_shared.http.revisions import entity_tag, require_revision, revision_in


@given(st.integers(min_value=1, max_value=2**31 - 1))
def test_a_tag_says_the_revision_that_it_was_made_of(revision: int) -> None:
    assert revision_in(entity_tag(revision)) == revision


@pytest.mark.parametrize(
    ("tag", "revision"),
    [(None, None), ("*", None), ('"3"', 3), ("3", 3), (' "3" ', 3), ('"0"', 0), ('"0000000012"', 12)],
)
def test_a_tag_may_be_left_out_or_stand_for_any(tag: str | None, revision: int | None) -> None:
    assert revision_in(tag) == revision


@pytest.mark.parametrize(
    "tag", ["", '""', "x", '"-1"', '"1.0"', 'W/"3"', '"3", "4"', '"²"', '"٣"', '"12345678901"', '" 3"', "9" * 5000]
)
def test_what_is_none_of_our_tags_is_refused(tag: str) -> None:
    with pytest.raises(InvalidInput):
        revision_in(tag)


@pytest.mark.parametrize(("now", "read", "refused"), [(3, 3, False), (3, None, False), (3, 2, True), (3, 4, True)])
def test_only_the_revision_that_was_read_is_changed(now: int, read: int | None, *, refused: bool) -> None:
    if refused:
        with pytest.raises(PreconditionFailed, match=f"the record is at revision {now}, not {read}"):
            require_revision("record", now, read)
    else:
        require_revision("record", now, read)
