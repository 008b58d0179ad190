"""Expected failures of the search service."""

from __future__ import annotations

from aep_shared.errors import Conflict, InvalidInput, Problem


class TextChanged(Conflict):
    """There is a publication with this slug and another text; say `replace` to put this text in its place."""

    code = "publication-text-changed"


class ImportRefused(InvalidInput):
    """The file cannot be imported."""

    code = "import-refused"


class IncompleteImport(InvalidInput):
    """The importer would have dropped a part of the text, so nothing was imported."""

    code = "import-incomplete"


class RefDoubled(InvalidInput):
    """Two paragraphs of the file have the same number."""

    code = "import-ref-doubled"


class OwnPublication(Conflict):
    """A text is published by somebody other than who imported it."""

    code = "own-publication"


class PublicationWithdrawn(Problem):
    """The publication was withdrawn."""

    status = 410
    code = "publication-withdrawn"
