"""The catalogue of texts is complete, and a language exists as soon as its catalogue does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from aep_website import i18n
from aep_website.i18n import negotiate

WEBSITE = Path(__file__).parents[2] / "services" / "website"

METHODS = [("aep_website/**.py", "python"), ("aep_website/templates/**.html", "jinja2")]


def test_the_catalogue_holds_every_text_of_the_pages() -> None:
    keywords = {**DEFAULT_KEYWORDS, "N_": None}
    found = {
        text if isinstance(text, str) else text[0]
        for _, _, text, _, _ in extract_from_dir(str(WEBSITE), METHODS, {}, keywords)
    }
    with (i18n.LOCALE / f"{i18n.DOMAIN}.pot").open("rb") as file:
        known = {message.id if isinstance(message.id, str) else message.id[0] for message in read_po(file)}
    assert found - known == set()
    assert known - found == {""}


@pytest.fixture
def french(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    catalogue = Catalog(locale="fr")
    catalogue.add("Search", "Recherche")
    file = tmp_path / "fr" / "LC_MESSAGES" / f"{i18n.DOMAIN}.po"
    file.parent.mkdir(parents=True)
    with file.open("wb") as out:
        write_po(out, catalogue)
    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    i18n.languages.cache_clear()
    i18n.catalogue.cache_clear()
    yield
    i18n.languages.cache_clear()
    i18n.catalogue.cache_clear()


@pytest.mark.usefixtures("french")
def test_a_catalogue_makes_a_language() -> None:
    assert i18n.languages() == ("en", "fr")
    assert i18n.catalogue("fr").gettext("Search") == "Recherche"
    assert i18n.catalogue("fr").gettext("Not translated") == "Not translated"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("fr;q=0.9, de", "de"),
        ("fr-CA, en;q=0.5", "fr"),
        ("xx", "en"),
        ("", "en"),
        ("fr;q=0, en", "en"),
        ("*", "en"),
        ("fr;q=x", "en"),
        ("de;q=0.2, fr;q=0.3", "fr"),
    ],
)
def test_the_language_that_the_browser_likes_best(accepted: str, language: str) -> None:
    assert negotiate(accepted, ("en", "fr", "de")) == language
