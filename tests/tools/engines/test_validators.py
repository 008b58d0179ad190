from __future__ import annotations

from pathlib import Path

import pytest
import typst

from aep_engines import EngineMissing, axe_source, nu_html, verapdf
from tests.tools.engines.conftest import found

DOCUMENT = '#set document(title: "Report", author: "Secretariat")\n#set text(lang: "en")\n= Report\nOne sentence.'
GOOD_PAGE = '<!doctype html><html lang="en"><head><title>Réport</title></head><body><h1>Report</h1></body></html>'
BAD_PAGE = '<!doctype html><html lang="en"><head><title>Report</title></head><body><img src="x.png"></body></html>'


def _pdf(folder: Path, *, tagged: bool) -> Path:
    source = folder / "report.typ"
    source.write_text(DOCUMENT)
    typst.compile(source, output=folder / "report.pdf", pdf_standards=["a-2a", "ua-1"] if tagged else [])
    return folder / "report.pdf"


@pytest.mark.parametrize("flavour", ["ua1", "2a"])
def test_a_tagged_pdf_passes(tmp_path: Path, flavour: str) -> None:
    file = _pdf(tmp_path, tagged=True)
    assert found("validators", lambda: verapdf(file, flavour)) == []


def test_a_plain_pdf_is_flagged_with_clause_and_reason(tmp_path: Path) -> None:
    file = _pdf(tmp_path, tagged=False)
    failures = found("validators", lambda: verapdf(file, "ua1"))
    assert any(failure.startswith("5-1: The PDF/UA version") for failure in failures)


def test_what_is_no_pdf_is_flagged(tmp_path: Path) -> None:
    (tmp_path / "report.txt").write_text("not a PDF")
    failures = found("validators", lambda: verapdf(tmp_path / "report.txt", "ua1"))
    assert [failure.split(":")[0] for failure in failures] == ["not a readable PDF"]


def test_a_good_page_passes() -> None:
    assert found("validators", lambda: nu_html(GOOD_PAGE)) == []


def test_an_image_without_text_is_flagged_in_a_file(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(BAD_PAGE)
    messages = found("validators", lambda: nu_html(page))
    assert [(message.kind, message.line) for message in messages] == [("error", 1)]
    assert "alt" in messages[0].text


def test_the_accessibility_script_is_axe_4_14() -> None:
    script = found("validators", axe_source)
    assert "axe v4.14" in script[:200]


def test_a_machine_without_java_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found("validators", lambda: nu_html(GOOD_PAGE))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("aep_engines.tools.JAVA_FOLDERS", tmp_path)
    with pytest.raises(EngineMissing, match="vnu is missing: install Java 17"):
        nu_html(GOOD_PAGE)
