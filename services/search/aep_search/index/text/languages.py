"""The languages of the index: which Snowball algorithm stems them and which words carry no meaning.

A language is data: adding a row changes the analyser's fingerprint and nothing else. A language that is
not listed is analysed without stemming.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aep_search.index.text.words import fold

# BCP 47 primary tag -> Snowball algorithm. Thai, Lao, Khmer, Burmese, Chinese, Japanese, Korean and
# Vietnamese words do not inflect in a way that a suffix stripper could help with.
STEMMERS: Mapping[str, str] = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}

# Function words that may be missing from a hit. They stay in the index, because a quoted phrase needs them.
_STOP_WORDS: Mapping[str, str] = {
    "de": "am an auf aus bei das dass dem den der des die ein eine einem einen einer eines für im in ist "
    "mit nach oder sich sind und vom von vor wie zu zum zur über",
    "en": "a about an and are as at be been by can do does for from had has have how i in into is it its "
    "me my not of on or our so than that the their them then there these they this to was we were what "
    "when where which who will with you your",
    "es": "a al como con de del desde el en entre es la las lo los o para por que se sin sobre son su sus "
    "un una unas unos y",
    "fr": "à au aux avec ce ces cette comme dans de des du elle en entre est et il ils la le les leur "
    "leurs ou où par pas pour qu que qui sa se ses son sont sur un une",
    "it": "a ad al alla alle ai agli che chi come con da dal dalla dei del della delle degli di e ed è gli "
    "i il in la le lo nel nella nelle nei o per si sono su sul sulla tra un una uno",
    "nl": "aan als bij dat de die door een en het hun in is met naar niet of om op over te tot uit van voor wat zijn",
    "pt": "a ao aos as às com como da das de do dos e em entre é na nas no nos o os ou para pela pelas "
    "pelo pelos por que se sobre são um uma",
}
STOP_WORDS: Mapping[str, frozenset[str]] = {
    tag: frozenset(map(fold, words.split())) for tag, words in _STOP_WORDS.items()
}


def primary(tag: str) -> str:
    """The primary language of a BCP 47 tag: "pt" of "pt-BR"."""
    return tag.replace("_", "-").split("-", 1)[0].lower()


def stemmer_of(tag: str) -> str | None:
    """The Snowball algorithm for texts with this tag."""
    return STEMMERS.get(primary(tag))


def is_stop_word(exact: str, tags: Iterable[str]) -> bool:
    """Whether the folded word carries no meaning of its own in one of the languages."""
    return any(exact in STOP_WORDS.get(primary(tag), ()) for tag in tags)
