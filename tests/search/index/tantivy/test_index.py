"""What only the embedded engine can get wrong: its folder, its writer and a process that dies."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
from pathlib import Path

import pytest

from aep_search.index.errors import IndexInUse, SearchUnavailable
from aep_search.index.port import IndexDocument, Text
from aep_search.index.tantivy.folder import Folder
from aep_search.index.tantivy.index import TantivyIndex
from tests.search.index.support import Prepared, asked, doc

# Writes numbered documents until it is killed, saying after each write what is safe on the disk. Every
# tenth round makes, activates and drops an index, so that a kill meets those steps as well.
WRITER = """
import asyncio, sys
from pathlib import Path
from aep_search.index.port import IndexDocument, Text
from aep_search.index.tantivy.index import TantivyIndex
from aep_search.index.port import IndexDocument, Text

async def main():
    index = TantivyIndex(Path(sys.argv[1]))
    await index.open()
    names = ["test-a", "test-b"]
    number = 0
    while True:
        live = await index.active()
        if live is None or number % 10 == 9:
            new = names[1] if live == names[0] else names[0]
            if new in await index.names():
                await index.drop(new)
            await index.create(new)
            for one in range(number):
                await index.write(new, [document(one)])
            await index.activate(new)
            live = new
        await index.write(live, [document(number)])
        number += 1
        print(number, flush=True)

def document(number):
    return IndexDocument(f"p:{number}", number + 1, "p", texts={"en": Text("", f"word n{number}")})

asyncio.run(main())
"""


@pytest.mark.parametrize("rounds", [1, 9, 10, 23])
async def test_killed_process_leaves_a_sound_index(tmp_path: Path, rounds: int) -> None:
    safe = await _write_until_killed(tmp_path, rounds)

    index = TantivyIndex(tmp_path)
    await index.open()
    try:
        result = await index.search(asked("word", sort="date"))
        # The round under way may have made it; no earlier one may be missing.
        assert safe <= result.total.value <= safe + 1
        assert {f"p:{number}" for number in range(safe)} <= {hit.id for hit in result.hits}
        name = await index.active()
        assert name is not None
        again = [doc("word"), *(_numbered(number) for number in range(safe))]
        assert [one.status for one in await index.write(name, again)] == ["written", *["older"] * safe]
        assert not [left for left in os.listdir(tmp_path) if left.startswith(".")]
    finally:
        await index.close()


async def _write_until_killed(path: Path, rounds: int) -> int:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(path), stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    safe = 0
    async with asyncio.timeout(60):
        while safe < rounds:
            safe = int(await process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        # What it said before it died counts as well.
        for line in (await process.stdout.read()).split():
            safe = int(line)
        await process.wait()
    return safe


def _numbered(number: int) -> IndexDocument:
    return IndexDocument(f"p:{number}", number + 1, "p", texts={"en": Text("", f"word n{number}")})


async def test_second_process_may_not_open_the_folder(tmp_path: Path) -> None:
    first, second = TantivyIndex(tmp_path), TantivyIndex(tmp_path)
    await first.open()
    with pytest.raises(IndexInUse):
        await second.open()
    await first.close()
    await second.open()
    await second.close()


async def test_half_made_indexes_are_swept(tmp_path: Path) -> None:
    (tmp_path / ".test-a.new").mkdir()
    (tmp_path / ".test-b.old" / "deep").mkdir(parents=True)
    (tmp_path / ".active.new").write_text("test-a")
    index = TantivyIndex(tmp_path)
    await index.open()

    assert await index.names() == []
    assert os.listdir(tmp_path) == ["lock"]
    await index.close()


def test_index_that_could_not_be_made_is_none_and_can_be_made_again(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.open()

    def fail(path: Path) -> None:
        (path / "half").touch()
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        folder.create("test-a", fail)
    assert folder.names() == []
    folder.create("test-a", lambda path: None)
    assert folder.names() == ["test-a"]
    assert os.listdir(tmp_path / "test-a") == []
    folder.close()


def test_pointer_is_replaced_and_never_rewritten(tmp_path: Path) -> None:
    """Whoever has opened it reads one whole name, whatever happens to the process that changes it."""
    folder = Folder(tmp_path)
    folder.open()
    folder.create("test-a", lambda path: None)
    folder.create("test-b", lambda path: None)
    folder.activate("test-a")
    with open(tmp_path / "active") as pointer:
        folder.activate("test-b")
        assert pointer.read() == "test-a"
    assert folder.active() == "test-b"
    folder.close()


async def test_full_disk_fails_the_write_and_not_the_next(tmp_path: Path) -> None:
    """The limit on the size of files stands for the disk: what exceeds it cannot be written."""
    index = TantivyIndex(tmp_path)
    async with Prepared(index, "test-a") as prepared:
        await prepared.add(doc("before", name="a"))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
        try:
            with pytest.raises(SearchUnavailable):
                await prepared.add(*(doc(f"during word{number} " * 50) for number in range(200)))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

        assert await prepared.find("") == ["before"]
        await prepared.add(doc("after", name="a", version=2))
        assert await prepared.find("") == ["after"]


async def test_event_loop_runs_while_the_index_writes(tmp_path: Path) -> None:
    """The loop's own turns are counted, not time: a write on the loop would leave it none."""
    async with Prepared(TantivyIndex(tmp_path), "test-a") as prepared:
        writing = asyncio.create_task(prepared.add(*(doc(f"text {number}") for number in range(500))))
        turns = 0
        while not writing.done():
            await asyncio.sleep(0)
            turns += 1

    assert turns > 10


@pytest.mark.parametrize("damage", ["description", "segment"])
async def test_an_index_that_cannot_be_read_is_put_aside_and_another_may_be_made(tmp_path: Path, damage: str) -> None:
    index = TantivyIndex(tmp_path)
    await index.open()
    await index.create("test-a")
    await index.write("test-a", [doc("word")])
    await index.activate("test-a")
    await index.close()
    if damage == "description":
        (tmp_path / "test-a/meta.json").write_text("{}")
    else:
        next((tmp_path / "test-a").glob("*.term")).unlink()
    again = TantivyIndex(tmp_path)
    await again.open()
    assert await again.active() is None
    assert await again.names() == []
    assert (tmp_path / ".test-a.damaged").is_dir()
    await again.close()


async def test_closing_before_opening_is_harmless(tmp_path: Path) -> None:
    await TantivyIndex(tmp_path).close()
