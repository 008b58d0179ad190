"""Runs in a child process: the report on stdin as JSON, its files on stdout. No network, no files but our templates."""

from __future__ import annotations

import base64
import datetime
import resource
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
import typst
from jinja2 import Environment, PackageLoader, StrictUndefined

from aep_reports.stocktaking.document import Report
from aep_shared.children import leave_network

MEMORY_BYTES = 2 * 1024**3
CPU_SECONDS = 100
_STANDARDS: list[Any] = ["a-2a", "ua-1"]
# Noto's fonts for the scripts of the partners, beside those that the compiler brings for Latin, Greek and Cyrillic.
_FONTS = [
    str(files(pack).joinpath("fonts"))
    for pack in ("justmytype_intl_cjk", "justmytype_intl_rtl", "justmytype_intl_sea", "justmytype_intl_south_asia")
]
_SIGNS = """#set document(title: "signs")
#set text(lang: "en")
#for sign in json(bytes(sys.inputs.signs)) { par(sign) }
"""


def render(report: Report) -> dict[str, bytes]:
    """The report as HTML, JSON and PDF; nothing but the report and our templates goes in."""
    document = report.model_dump(mode="json")
    return {
        "json": orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2),
        "html": _html(report).encode(),
        "pdf": _pdf(orjson.dumps(document).decode(), report.frozen_at),
    }


def _html(report: Report) -> str:
    templates = Environment(
        loader=PackageLoader("aep_reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template("stocktaking.html").render(dict(report))


def _pdf(document: str, frozen_at: datetime.datetime) -> bytes:
    """PDF/UA-1 and PDF/A-2a; the time in it is that of the freeze, so that the same freeze gives the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "stocktaking.typ"
        template.write_bytes(files("aep_reports").joinpath("templates/stocktaking.typ").read_bytes())
        missing = without_glyph(Path(folder), set(document))
        content: bytes = typst.compile(
            str(template),
            root=folder,
            sys_inputs={"document": document.translate(dict.fromkeys(map(ord, missing), "\ufffd"))},
            format="pdf",
            pdf_standards=_STANDARDS,
            timestamp=int(frozen_at.timestamp()),
            font_paths=_FONTS,
            ignore_system_fonts=True,
        )
    return content


def without_glyph(folder: Path, signs: set[str]) -> set[str]:
    """The signs that no font here can show: a report of everybody's words must not fail on one of them.

    The standards of the PDF refuse such a sign, so all signs are tried on a page of their own, halved until found.
    """
    page = folder / "signs.typ"
    page.write_text(_SIGNS)
    compiler = typst.Compiler(str(page), root=str(folder), font_paths=_FONTS, ignore_system_fonts=True)

    def missing(some: list[str]) -> set[str]:
        try:
            compiler.compile(sys_inputs={"signs": orjson.dumps(some).decode()}, format="pdf", pdf_standards=_STANDARDS)
        except typst.TypstError:
            half = len(some) // 2
            return missing(some[:half]) | missing(some[half:]) if half else set(some)
        return set()

    unusual = sorted(sign for sign in signs if not " " <= sign <= "~")
    return missing(unusual) if unusual else set()


if __name__ == "__main__":
    leave_network()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    rendered = render(Report.model_validate_json(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(orjson.dumps({form: base64.b64encode(c).decode() for form, c in rendered.items()}))
