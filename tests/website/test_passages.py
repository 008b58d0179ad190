"""Texts as blocks."""

from __future__ import annotations

from aep_website import passages


def test_lists_and_running_text_are_kept_apart_and_whole() -> None:
    found = passages.blocks("First:\n- one\n- two\n\nSecond\nline")
    assert [(block.lines, block.is_list) for block in found] == [
        (("First:",), False),
        (("one", "two"), True),
        (("Second", "line"), False),
    ]
