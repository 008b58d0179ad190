"""What a query finds, the same in both engines."""

from __future__ import annotations

import pytest

from aep_search.index.errors import QueryTooLong
from aep_search.index.port import Text
from tests.search.index.cases import CASES
from tests.search.index.support import Prepared, asked, doc


async def test_query_finds(index: Prepared) -> None:
    """All cases in one index, each among its own texts."""
    for rule, texts, _, _ in CASES:
        language = "fr" if "elision" in rule or "elided" in rule else "en"
        await index.port.write(index.name, [doc(one, language=language, publication=rule) for one in texts])
    await index.port.refresh(index.name)

    found = {rule: await index.find(query, publication=rule) for rule, _, query, _ in CASES}

    assert found == {rule: sorted(expected) for rule, _, _, expected in CASES}


async def test_query_is_stemmed_for_every_language_in_use(index: Prepared) -> None:
    await index.add(doc("les universités", language="fr"), doc("die Universitäten", language="de"))

    assert await index.find("université") == ["les universités"]
    assert await index.find("Universität") == ["die Universitäten"]


async def test_phrase_never_spans_title_body_or_languages(index: Prepared) -> None:
    await index.add(doc(texts={"en": Text("adult", "learning begins"), "fr": Text("early", "fin")}))

    assert await index.find('"adult learning"') == []
    assert await index.find('"begins early"') == []
    assert len(await index.find("adult early")) == 2  # One hit, two texts.


async def test_paragraph_about_the_words_comes_first(index: Prepared) -> None:
    about = "Work on the recognition of qualifications held by refugees goes on."
    await index.add(
        about,
        "The recognition of the role of the secretariat, of the working group and of the hosts. " * 3,
        "Qualifications of teachers; the refugees of the region; the recognition of donors. " + "Filler text. " * 30,
        "Refugees and the qualifications of the host.",
    )

    result = await index.port.search(asked("recognition of the qualifications of refugees"))

    assert result.hits[0].texts["en"].body == about


async def test_title_raises_the_score(index: Prepared) -> None:
    titled = doc("credits for learners", title="mobility")
    await index.add(doc("mobility for learners", title="credits"), titled)

    result = await index.port.search(asked("mobility"))

    assert [hit.title.text for hit in result.hits] == ["mobility", "credits"]


async def test_too_long_query_is_refused() -> None:
    with pytest.raises(QueryTooLong):
        asked("a" * 401)
    with pytest.raises(QueryTooLong):
        asked(" ".join(f"word{number}" for number in range(33)))
    assert len(asked(" ".join(f"word{number}" for number in range(32))).query.words) == 32
