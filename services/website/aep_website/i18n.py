"""Languages of the pages: catalogues from `locale/`, and the choice among them by `Accept-Language`."""

from __future__ import annotations

import gettext
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LOCALE = Path(__file__).parent / "locale"
SOURCE_LANGUAGE = "en"
DOMAIN = "aep_website"


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The languages that pages exist in: that of the source, and each one with a catalogue."""
    found = sorted(file.parent.parent.name for file in LOCALE.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
    return (SOURCE_LANGUAGE, *(tag for tag in found if tag != SOURCE_LANGUAGE))


@lru_cache(maxsize=64)
def catalogue(language: str) -> gettext.NullTranslations:
    """The translations of a language, made from its `.po` file when they are first asked for."""
    file = LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not file.exists():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language.replace("-", "_")))
    compiled.seek(0)
    return Translations(compiled, DOMAIN)


def negotiate(accepted: str, offered: tuple[str, ...]) -> str:
    """The offered language that `Accept-Language` (RFC 9110) likes best; the first one where it likes none."""
    wanted = []
    for place, entry in enumerate(accepted.split(",")):
        tag, _, weight = entry.strip().partition(";")
        quality = _quality(weight)
        if tag and quality > 0:
            wanted.append((-quality, place, tag.strip().lower()))
    for _, _, tag in sorted(wanted):
        for language in offered:
            if tag in (language.lower(), "*") or tag.split("-")[0] == language.lower():
                return language
    return offered[0]


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def language_name(tag: str, shown_in: str) -> str:
    """The name of a language in another one; the tag itself where CLDR has no name."""
    try:
        name = Locale.parse(tag.replace("-", "_")).get_display_name(shown_in.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return tag
    return name or tag
