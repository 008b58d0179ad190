"""Runs in a child process: the report on stdin as JSON, its files on stdout. No network, no files but our templates."""

from __future__ import annotations

import base64
import ctypes
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

MEMORY_BYTES = 2 * 1024**3
CPU_SECONDS = 100
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


def render(document: dict[str, Any]) -> dict[str, bytes]:
    """The report as HTML, JSON and PDF; nothing but the document and our templates goes in."""
    return {
        "json": orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2),
        "html": _html(document).encode(),
        "pdf": _pdf(document),
    }


def _html(document: dict[str, Any]) -> str:
    templates = Environment(loader=PackageLoader("aep_reports", "templates"), autoescape=True,
                            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # fmt: skip
    return templates.get_template("stocktaking.html").render(document)


def _pdf(document: dict[str, Any]) -> bytes:
    """PDF/UA-1 and PDF/A-2a; the time in it is that of the freeze, so that the same freeze gives the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "stocktaking.typ"
        template.write_bytes(files("aep_reports").joinpath("templates/stocktaking.typ").read_bytes())
        content: bytes = typst.compile(
            str(template),
            root=folder,
            sys_inputs={"document": orjson.dumps(document).decode()},
            format="pdf",
            pdf_standards=["a-2a", "ua-1"],
            timestamp=int(datetime.datetime.fromisoformat(document["frozen_at"]).timestamp()),
            ignore_system_fonts=True,
        )
    return content


def without_network() -> bool:
    """Moves this process into a network namespace of its own; whether the system allowed that.

    Where it did not, as in some containers, only the templates stand before the network: they name no address.
    """
    return bool(ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)


if __name__ == "__main__":
    if not without_network():
        print("this system gives the renderer no network namespace of its own", file=sys.stderr)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    rendered = render(orjson.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(orjson.dumps({form: base64.b64encode(c).decode() for form, c in rendered.items()}))
