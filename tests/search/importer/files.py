"""Where the texts are that the tests read; the published ones stand beside the repository."""

from __future__ import annotations

from pathlib import Path

from aep_search.importer import Document, Paragraph, parse

REPOSITORY = Path(__file__).parents[3]
DEMO = REPOSITORY / "data" / "demo" / "publications"
SEEDS = REPOSITORY.parent / "shared" / "seeds"
CONCLUSIONS = SEEDS / "asemme8-chairs-conclusions.txt"
STRATEGY = SEEDS / "asem-education-strategy-2030.txt"


def read(path: Path) -> Document:
    return parse(path.read_bytes(), file_name=path.name, language="en")


def by_ref(document: Document) -> dict[str, Paragraph]:
    return {paragraph.ref: paragraph for paragraph in document.paragraphs}
