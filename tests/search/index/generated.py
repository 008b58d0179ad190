"""Generated documents and queries, and the matching rule once more, as plainly as it can be written."""

from __future__ import annotations

import random
from collections.abc import Iterable

from hypothesis import strategies as st

from aep_search.index.port import IndexDocument, Text
from aep_search.index.query import Query
from aep_search.index.text.analysis import Token, analyse
from aep_search.index.text.terms import All, Alternative, Clause, Phrase, Prefix, Term
from tests.search.index.support import doc

WORDS = {
    "en": [
        "the",
        "of",
        "and",
        "learning",
        "learners",
        "lifelong",
        "LLL",
        "adult",
        "education",
        "AIDS",
        "aids",
        "TVET",
        "e-learning",
        "4.3",
        "SO1",
        "SDGs",
        "qualifications",
        "recognised",
        "recognition",
        "refugees",
        "Chair’s",
        "university",
        "universities",
        "2022-2024",
        "it",
        "IT",
    ],
    "fr": [
        "l’éducation",
        "de",
        "la",
        "formation",
        "universités",
        "reconnaissance",
        "d'adultes",
        "apprendre",
        "tout",
        "vie",
        "LLL",
        "SO1",
    ],
    "de": [
        "die",
        "Bildung",
        "der",
        "Universitäten",
        "und",
        "lebenslanges",
        "Lernen",
        "Straße",
        "Hochschulen",
        "für",
        "TVET",
        "4.3",
    ],
    "th": ["การศึกษา", "อาเซียน", "ความร่วมมือ", "เรียนรู้", "ASEM"],
    "zh": ["教育", "合作", "亚欧", "学习", "ASEM"],
}
ALL_WORDS = sorted({word for words in WORDS.values() for word in words})


def documents(number: int, seed: int) -> list[IndexDocument]:
    """Documents with short texts in one or two languages, so that words meet often."""
    dice = random.Random(seed)
    return [_document(dice, f"{seed}-{one}") for one in range(number)]


def _document(dice: random.Random, name: str) -> IndexDocument:
    starts = dice.choice([None, dice.randrange(0, 60)])
    return doc(
        name=name,
        type=dice.choice(["paragraph", "initiative", "meeting"]),
        kind=dice.choice([None, "pilot", "network", "som"]),
        texts={tag: _text(dice, tag) for tag in dice.sample(sorted(WORDS), dice.choice([1, 1, 1, 2]))},
        publication=dice.choice([None, "conclusions", "strategy"]),
        objectives=tuple(dice.sample(["SO1", "SO2", "SO3", "SO4"], dice.randrange(3))),
        partners=tuple(dice.sample(["fr", "de", "th", "cn", "lo", "kh"], dice.randrange(4))),
        starts=starts,
        ends=dice.choice([None, (starts or 0) + dice.randrange(20)]),
        rank_date=dice.choice([None, dice.randrange(-50, 50)]),
        hidden=dice.random() < 0.1,
    )


def _text(dice: random.Random, tag: str) -> Text:
    joint = "" if tag in {"th", "zh"} else " "
    title, body = (joint.join(dice.choices(WORDS[tag], k=dice.randrange(most))) for most in (3, 14))
    return Text(title, body)


_WORD = st.sampled_from(ALL_WORDS)
_RUN = st.lists(_WORD, min_size=1, max_size=4).map(" ".join)
_PREFIX = st.builds(lambda word, length: word[:length] + "*", _WORD, st.integers(1, 5))
_ITEM = st.one_of(_RUN, _WORD.map(str.upper), _RUN.map('"{}"'.format), _PREFIX, st.text(max_size=6))
_SIGNED = st.builds(lambda sign, item: sign + item, st.sampled_from(["", "", "", "-"]), _ITEM)
QUERIES = st.lists(_SIGNED, max_size=5).map(" ".join)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "types": st.sets(st.sampled_from(["paragraph", "initiative", "meeting"]), max_size=2).map(tuple),
        "kinds": st.just(("pilot", "som")),
        "languages": st.sampled_from([("fr",), ("th", "zh")]),
        "publication": st.sampled_from(["conclusions", "nowhere"]),
        "objective": st.just("SO2"),
        "partner": st.sampled_from(["fr", "lo"]),
        "date_from": st.integers(-5, 90),
        "date_to": st.integers(-5, 90),
    },
)


def matching(query: Query, found: Iterable[IndexDocument]) -> set[str]:
    """The ids of the visible documents that the query asks for."""
    return {one.id for one in found if not one.hidden and _matches(query, runs(one))}


def runs(document: IndexDocument) -> list[list[Token]]:
    """The tokens of each title and body."""
    return [analyse(part, tag) for tag, text in document.texts.items() for part in (text.title, text.body)]


def _matches(query: Query, text: list[list[Token]]) -> bool:
    if query.nothing or any(_clause(one, text) for one in query.excluded):
        return False
    enough = sum(_clause(one, text) for one in query.words) >= query.required
    return enough and all(_clause(one, text) for one in query.must)


def _clause(clause: Clause, text: list[list[Token]]) -> bool:
    return any(_alternative(one, text) for one in clause.alternatives)


def _alternative(wanted: Alternative, text: list[list[Token]]) -> bool:
    tokens = [token for run in text for token in run]
    match wanted:
        case Term(stem, exact):
            return any(token.stem in stem or token.exact in exact for token in tokens)
        case Prefix(start):
            return any(token.exact.startswith(start) for token in tokens)
        case All(parts):
            return all(_alternative(part, text) for part in parts)
        case Phrase("stem", words):
            return any(_within(words, tuple(token.stem for token in run)) for run in text)
        case Phrase(_, words):
            return any(_within(words, tuple(token.exact for token in run)) for run in text)


def _within(words: tuple[str, ...], run: tuple[str, ...]) -> bool:
    return any(run[at : at + len(words)] == words for at in range(len(run)))
