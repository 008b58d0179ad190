"""Generated texts with the traps of real files, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st


def one_of(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


def row(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


def lines_of(line: st.SearchStrategy[str], end: st.SearchStrategy[str], most: int) -> st.SearchStrategy[str]:
    return st.lists(row(line, end), min_size=1, max_size=most).map("".join)


words = one_of(
    *("Underlined", "the", "partners", "of", "SO1", "(LLL)", "2021.", "learning", "“Meeting”", "non-", "e-"),
    *("Asia-Europe", "3.5", "12)", "1)", "SDG4", "ﬁnal", "coopération", "教育", "การศึกษา", "교육", "[EC]"),
    *("(NEW)", "\u2013", "www.a.example", "¹"),
)
sentences = st.lists(words, min_size=1, max_size=14).map(" ".join)
ended = row(sentences, one_of(".", ":", "", "!”", ";"))

numbers = st.integers(0, 40).map(lambda number: f"{number}. ")
addresses = one_of("https://a.example/x", "http://b.example/learning-partners", "www.c.example")
odd_lines = one_of(
    *(
        "ANNEX 1",
        "Annex B: Table",
        "7",
        "12",
        "Conclusions \u2013 X",
        "1 A note at the foot",
        "2 Another note",
    ),
    *("- item", "* note", "Description of it", "The partners:", "PROJECTS AND MORE", "Goal 1: Learning"),
    *("Goal 2: Teaching", "(NEW)", "12.", "0. x"),
)
gaps = one_of(
    *("\n", "\n\n", "\n\n", "\n\n", "\n \n", "\n\n\n\n", "\n ", "\n" * 10, "\n\f", "\r\n"),
    "\n\n\n5\n\nConclusions \u2013 X\n\n",
)
page_texts = lines_of(st.one_of(ended, ended, row(numbers, ended), addresses, odd_lines), gaps, 40)

marks = st.integers(1, 6).map(lambda mark: f"[footnoteRef:{mark}]")
notes = row(st.integers(1, 6).map(lambda mark: f" [{mark}: "), sentences, one_of(" […] x] ", "]", "\nmore]", ""))
anchors = st.integers(1, 9).map(lambda number: f"[bookmark: _Toc{number}]")
starts = one_of("", "", "1. ", "1.1. ", "2. ", "3.1\t", "· ", "- ", "a) ", "ADB\t\t", "[", "]", "[4: ")
long_lines = st.lists(st.one_of(starts, ended, ended, marks, notes, anchors), min_size=1, max_size=8).map("".join)
line_texts = row(one_of("[bookmark: x]"), lines_of(long_lines, one_of("\n"), 20))

md_starts = one_of(
    *(
        "",
        "",
        "# ",
        "## 1.1 ",
        "- ",
        "  - ",
        "1. ",
        "2. ",
        "7. ",
        "> ",
        "    ",
        "| ",
        "[^1]: ",
        "```\n",
        "---\n",
    ),
    *("[r]: ", "| - | - |\n"),
)
md_inlines = st.one_of(
    sentences, one_of("*x*", "`y`", "[^1]", "[a](http://b.example)", "[r]", " | ", "\\*", "![i](j.example)")
)
md_lines = row(md_starts, st.lists(md_inlines, max_size=5).map(" ".join))
markdown_texts = lines_of(md_lines, one_of("\n", "\n\n"), 25)
