"""Which words a group of the glossary stands for."""

from __future__ import annotations

from aep_search.index.text.forms import Form, forms
from aep_search.index.text.synonyms import Synonyms

TAGS = ("en",)
SYNONYMS = Synonyms({"LLL": ["lifelong learning"], "…": []}, TAGS)


def _of(text: str) -> tuple[Form, ...]:
    return forms(text, TAGS)


def test_either_side_of_a_group_finds_the_whole_group() -> None:
    assert SYNONYMS.of(_of("LLL")) == SYNONYMS.of(_of("lifelong learning")) is not None


def test_inflected_words_belong_to_the_group_unless_they_must_be_as_written() -> None:
    inflected = _of("lifelong learns")
    assert SYNONYMS.of(inflected) is not None
    assert SYNONYMS.of(inflected, as_written=True) is None
    assert SYNONYMS.of(_of("lifelong learning"), as_written=True) is not None


def test_no_words_and_function_words_alone_have_no_group() -> None:
    named = Synonyms({"the": ["article"]}, TAGS)
    assert named.of(()) is None
    assert named.of(_of("the")) is None
    assert named.of(_of("article")) is not None


def test_the_longest_run_of_words_wins() -> None:
    both = Synonyms({"adult": ["grown"], "adult learning": ["andragogy"]}, TAGS)
    assert both.longest(_of("adult learning week")) == (2, both.of(_of("andragogy")))
    assert both.longest(_of("adult week")) == (1, both.of(_of("grown")))
    assert both.longest(_of("week adult")) == (0, None)


def test_a_word_of_two_groups_means_what_either_means() -> None:
    both = Synonyms({"NGO": ["charity"], "CSO": ["charity"]}, TAGS)
    found = both.of(_of("charity"))
    ngo, cso = both.of(_of("NGO")), both.of(_of("CSO"))
    assert found is not None
    assert ngo is not None
    assert cso is not None
    assert set(found.alternatives) == {*ngo.alternatives, *cso.alternatives}
    assert len(found.alternatives) == 3
