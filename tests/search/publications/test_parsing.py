"""The child that reads files answers within bounds."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys

import psutil
import pytest

from aep_search.errors import RefDoubled
from aep_search.publications import parsing
from aep_search.publications.parsing import FileRefused, parse_file
from aep_shared.children import CHILD_ENVIRON
from tests.shared.flowing import until


async def test_a_file_of_more_paragraphs_than_a_publication_has_is_refused() -> None:
    text = "".join(f"Word {n} of a paragraph.\n\n" for n in range(20_001))
    with pytest.raises(FileRefused) as refused:
        await parse_file(text.encode(), "a.md", "en")
    assert refused.value.code == "import-too-large"


async def test_a_long_list_of_doubled_numbers_is_cut() -> None:
    text = "".join(f"{n}. One {n}.\n\n" for n in range(1, 101) for _ in range(2))
    with pytest.raises(RefDoubled) as refused:
        await parse_file(text.encode(), "a.txt", "en")
    assert len(refused.value.extra["refs"]) == 50
    assert len(refused.value.detail) < 500


async def test_the_child_that_reads_files_leaves_the_network() -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "aep_search.publications.parsing",
        "a.md",
        "en",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=CHILD_ENVIRON,
    )
    assert child.stdin is not None
    assert child.stderr is not None
    told = asyncio.create_task(child.stderr.readline())
    ours = os.readlink("/proc/self/ns/net")
    try:
        # It waits for its file until then.
        await until(lambda: os.readlink(f"/proc/{child.pid}/ns/net") != ours or told.done())
        if told.done():
            pytest.skip("this system gives no network namespace to a process that is not privileged")
    finally:
        child.stdin.close()
        await child.wait()


async def test_the_child_that_reads_files_knows_no_secret_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AEP_SEARCH_DATABASE_URL", "postgresql://aep:secret@db/search")
    reading = asyncio.create_task(parse_file(b"One word of many.\n\n" * 15_000, "a.md", "en"))

    def environ() -> dict[str, str] | None:
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.Error):
                if "aep_search.publications.parsing" in child.cmdline():
                    return child.environ()
        return None

    found = await until(environ)
    assert "AEP_SEARCH_DATABASE_URL" not in found
    assert found.keys() <= CHILD_ENVIRON.keys()
    await reading


def test_the_answer_of_the_child_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parsing._written(parsing._Incomplete(lines=[1, 2])) == b'{"outcome":"incomplete","lines":[1,2]}'
    monkeypatch.setattr(parsing, "MOST_ANSWER_BYTES", 10)
    refused = json.loads(parsing._written(parsing._Incomplete(lines=[1, 2])))
    assert (refused["outcome"], refused["code"]) == ("refused", "import-too-large")


async def test_only_addresses_of_the_web_are_links() -> None:
    text = "A [b](java&#x0a;script:alert(1)) [c](data:x) [d](https://d.example) [e](www.e.example) f\n"
    document = await parse_file(text.encode(), "a.md", "en")
    assert document.paragraphs[0].links == ("https://d.example", "http://www.e.example")
    assert [piece.reason for piece in document.removed] == ["no-link"]
