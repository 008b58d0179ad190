"""The tokens of texts, their two forms and their ranges."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_search.index.names import index_name, is_current
from aep_search.index.text import analysis
from aep_search.index.text.analysis import analyse, fingerprint, streams
from aep_search.index.text.languages import STEMMERS
from aep_search.index.text.words import LONGEST, words

SEEDS = Path(__file__).parents[4].parent / "shared" / "seeds"


def exact(text: str, language: str = "en") -> list[str]:
    return [token.exact for token in analyse(text, language)]


def stems(text: str, language: str = "en") -> list[str]:
    return [token.stem for token in analyse(text, language)]


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("l’éducation jusqu’à L'École aujourd’hui", "fr", ["education", "a", "ecole", "aujourd'hui"]),
        ("dell’Unione un'altra", "it", ["unione", "altra"]),
        ("the Chair’s, UN’s, don't O’Brien", "en", ["the", "chair", "un", "don't", "o'brien"]),
        ("U.N. asem-education.org 4.3 19,000", "en", ["un", "asem", "education", "org", "4.3", "19000"]),
        ("A_B c/d e+f", "en", ["a", "b", "c", "d", "e", "f"]),
        ("Straße Łódź Ærø Đào İstanbul", "de", ["strasse", "lodz", "aero", "dao", "istanbul"]),
        ("Ёлка Ελλάδας", "ru", ["елка", "ελλαδασ"]),
        ("التَّعْلِيم ٢٠٢٤", "ar", ["التعليم", "2024"]),
        ("ＡＳＥＭ ﬁnance x\u00adyz", "en", ["asem", "finance", "xyz"]),
        ("cafe\u0301 가족", "ko", ["cafe", "가족"]),
        ("การศึกษาที่ดี", "th", ["การ", "ศึกษา", "ที่", "ดี"]),
        ("日本語の教育", "ja", ["日本語", "の", "教育"]),
        ("ภาษา、教育。한국어!", "th", ["ภาษา", "教育", "한국어"]),
        ("", "en", []),
        ("😀 ?! — …", "en", []),
        ("a\x00b\ud800c", "en", ["a", "b", "c"]),
    ],
)
def test_words_of_a_text(text: str, language: str, found: list[str]) -> None:
    assert exact(text, language) == found


def test_stems_follow_the_language() -> None:
    assert stems("countries learning", "en") == ["countri", "learn"]
    assert stems("universités", "fr") == ["univers"]
    assert stems("университеты", "ru") == ["университет"]
    assert stems("countries learning", "und") == ["countries", "learning"]


def test_diacritics_are_folded_after_stemming() -> None:
    """Folded first, the French suffix in "éducatrice" and "passée" would not be one to the stemmer."""
    assert stems("passée passés", "fr") == ["pass", "pass"]


def test_acronyms_are_kept_whole() -> None:
    assert stems("LLL SDGs TVETs AES U.N. SO1 Unesco G20") == [
        "LLL",
        "SDG",
        "TVET",
        "AES",
        "UN",
        "SO1",
        "unesco",
        "g20",
    ]
    assert exact("LLL SDGs") == ["lll", "sdgs"]


def test_capitals_mean_nothing_where_everything_is_in_capitals() -> None:
    assert stems("LIFELONG LEARNING AND TVET") == ["lifelong", "learn", "and", "tvet"]
    assert stems("ASEM 教育", "zh") == ["ASEM", "教育"]


def test_ranges_are_code_points_of_the_original_text() -> None:
    text = "😀 l’éducation ﬁnance cafe\u0301 𠮷野 ½ Chair’s"

    parts = [text[token.start : token.end] for token in analyse(text, "fr")]

    assert parts == ["éducation", "ﬁnance", "cafe\u0301", "𠮷", "野", "½", "Chair"]


def test_long_token_is_cut() -> None:
    (token,) = analyse("x" * 5000, "en")

    assert (len(token.exact), token.start, token.end) == (LONGEST, 0, 5000)


@given(st.text(max_size=300), st.sampled_from([*STEMMERS, "th", "und"]))
def test_any_text_has_sound_tokens(text: str, language: str) -> None:
    """No blank inside a token, since engines split at blanks; ranges in order and inside the text."""
    end = 0
    for token in analyse(text, language):
        assert end <= token.start < token.end <= len(text) or token.start < end <= token.end
        end = token.end
        for form in (token.exact, token.stem):
            assert 0 < len(form) <= LONGEST
            assert form.split() == [form]
            assert not any(character in "\x1c\x1d\x1e\x1f\x85\xa0" for character in form)


@given(st.text(max_size=100), st.sampled_from(["en", "fr", "th"]))
def test_the_index_gets_the_same_tokens_as_highlights(text: str, language: str) -> None:
    assert streams(text, language) == (tuple(exact(text, language)), tuple(stems(text, language)))


@given(st.text(max_size=100))
def test_exact_forms_do_not_depend_on_the_language(text: str) -> None:
    assert len({tuple(exact(text, tag)) for tag in ("en", "fr", "th", "und")}) == 1


def test_threads_do_not_disturb_each_others_stemmers() -> None:
    typed = [f"{stem}{end}" for stem in ("educat", "organis", "cooperat") for end in ("ion", "ions", "ing", "ed")] * 50
    expected = stems(" ".join(typed))
    found: list[list[str]] = []
    words.cache_clear()
    threads = [threading.Thread(target=lambda: found.append(stems(" ".join(typed)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [expected] * 4


def test_fingerprint_changes_with_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    name = index_name("aep-search", "1")
    assert is_current(name)
    monkeypatch.setattr(analysis, "RULES", analysis.RULES + 1)
    fingerprint.cache_clear()
    try:
        assert not is_current(name)
        assert index_name("aep-search", "1") != name
    finally:
        monkeypatch.undo()
        fingerprint.cache_clear()


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the source texts are not beside the repository")
def test_every_word_of_the_source_texts_has_a_token() -> None:
    for path in SEEDS.glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        covered: set[int] = set()
        for token in analyse(text, "en"):
            covered.update(range(token.start, token.end))
        missed = {text[at - 3 : at + 3] for at, one in enumerate(text) if one.isalnum() and at not in covered}
        # Only possessive endings belong to no token.
        assert all(one[2] in "'’" and one[3] in "sS" for one in missed), missed
