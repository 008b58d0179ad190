"""What the grammar makes of what people type. What a query finds is tested on the engines."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aep_search.index.errors import QueryTooLong
from aep_search.index.query import MOST_CHARACTERS, MOST_CLAUSES, Query, parse
from aep_search.index.text.synonyms import Synonyms
from aep_search.index.text.terms import Clause, Phrase, Prefix, Term

TAGS = ("en", "fr")


def test_word_has_the_stems_of_every_language() -> None:
    (clause,) = parse("passés", TAGS).words

    assert clause == Clause((Term(("PASSE", "PASSES", "pass", "passe"), ("passes",)),))


def test_words_phrases_prefixes_and_exclusions() -> None:
    query = parse('adult "lifelong  learning" educ* -war -"cold war"', TAGS)

    assert query.must == (
        Clause((Phrase("exact", ("lifelong", "learning")),)),
        Clause((Prefix("educ"),)),
    )
    assert len(query.words) == query.required == 1
    assert [type(one.alternatives[0]) for one in query.excluded] == [Term, Phrase]


def test_one_word_is_never_a_phrase() -> None:
    for text in ('"learning"', '"l’éducation"', '"...learning..."', '-"learning"', "-learning-", "LLL"):
        query = parse(text, TAGS, Synonyms({"LLL": ["lifelong", "lifelong learning"]}, TAGS))
        for clause in (*query.clauses, *query.excluded):
            assert all(len(one.tokens) > 1 for one in clause.alternatives if isinstance(one, Phrase))


@pytest.mark.parametrize(("words", "required"), [(1, 1), (4, 4), (5, 4), (7, 6), (8, 6), (12, 9), (32, 24)])
def test_number_of_words_that_must_match(words: int, required: int) -> None:
    assert parse(" ".join(f"w{number}" for number in range(words)), TAGS).required == required


def test_repeated_words_count_once() -> None:
    assert parse("learning learning Learning", TAGS).required == 1


def test_function_words_count_only_alone() -> None:
    assert len(parse("the role of the host", TAGS).words) == 2
    assert len(parse("to be", TAGS).words) == 2
    assert parse("the the", TAGS).required == 1


def test_query_without_words() -> None:
    assert parse("", TAGS) == parse("  \n", TAGS) == Query()
    for text in ("😀", '"', '""', "*", "-", "--", "- -", "***", '-"', "…"):
        assert parse(text, TAGS).nothing, text


@given(st.text(max_size=MOST_CHARACTERS))
@example('"' * 400)
@example("-" * 400)
@example("(" * 200 + ")" * 200)
@example("a* " * 30)
def test_odd_input_never_fails_but_for_its_size(text: str) -> None:
    try:
        query = parse(text, TAGS, Synonyms({"LLL": ["lifelong learning"]}, TAGS))
    except QueryTooLong:
        return
    assert len(query.clauses) + len(query.excluded) <= MOST_CLAUSES
    assert 0 <= query.required <= len(query.words)
    assert hash(query) == hash(query)


def test_size_is_limited() -> None:
    with pytest.raises(QueryTooLong) as caught:
        parse("a" * (MOST_CHARACTERS + 1), TAGS)
    assert (caught.value.status, caught.value.code) == (400, "search-query-too-long")
    with pytest.raises(QueryTooLong):
        parse(" ".join(f"-w{number}" for number in range(MOST_CLAUSES + 1)), TAGS)


def test_synonyms_hold_in_both_directions_and_in_any_inflection() -> None:
    synonyms = Synonyms({"NQF": ["national qualifications framework"]}, TAGS)
    (acronym,) = parse("NQF", TAGS, synonyms).words
    (written,) = parse('"national qualifications framework"', TAGS, synonyms).must
    (inflected,) = parse("national qualification frameworks", TAGS, synonyms).words

    assert acronym == written
    assert set(acronym.alternatives) < set(inflected.alternatives)


def test_terms_of_several_groups_have_all_their_synonyms() -> None:
    synonyms = Synonyms({"LLL": ["lifelong learning"], "lifelong learning": ["adult education"]}, TAGS)
    (clause,) = parse('"lifelong learning"', TAGS, synonyms).must

    tokens = {one.tokens for one in clause.alternatives if isinstance(one, Phrase) and one.field == "exact"}
    assert tokens == {("lifelong", "learning"), ("adult", "education")}


def test_function_word_has_no_synonyms() -> None:
    synonyms = Synonyms({"IT": ["information technology"]}, TAGS)

    assert len(parse("it", TAGS, synonyms).words[0].alternatives) == 1
    assert len(parse("IT", TAGS, synonyms).words[0].alternatives) > 1
