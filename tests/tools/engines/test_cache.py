"""The cache holds whole entries only, and the tools that fill it are found or named."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from aep_engines import EngineMissing
from aep_engines.__main__ import main
from aep_engines.cache import cached
from aep_engines.catalog import AXE, KAFKA
from aep_engines.tools import find_java


def test_an_interrupted_fetch_leaves_no_entry_and_is_repeated(own_cache: Path) -> None:
    def interrupted(folder: Path) -> None:
        (folder / "half").write_text("")
        # A process that is killed here leaves this folder, so it may not have the entry's name yet.
        assert not (own_cache / "thing").exists()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached("thing", interrupted)
    assert not (own_cache / "thing").exists()
    entry = cached("thing", lambda folder: (folder / "whole").touch())
    assert [file.name for file in entry.iterdir()] == ["whole"]


def test_what_a_killed_fetch_left_is_removed_by_the_next(own_cache: Path) -> None:
    own_cache.mkdir()
    (own_cache / ".thing.fetch-killed").mkdir()
    cached("thing", lambda folder: None)
    assert not (own_cache / ".thing.fetch-killed").exists()


def test_two_at_once_fetch_only_once(own_cache: Path) -> None:
    fetches: list[Path] = []
    both_fetch = threading.Barrier(2)

    def fill(folder: Path) -> None:
        fetches.append(folder)
        with suppress(threading.BrokenBarrierError):
            both_fetch.wait(timeout=1)

    threads = [threading.Thread(target=cached, args=("thing", fill)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fetches) == 1


@pytest.mark.parametrize(("what", "tool"), [(KAFKA, "mvn"), (AXE, "npm")])
def test_a_missing_tool_is_named(own_cache: Path, monkeypatch: pytest.MonkeyPatch, what: object, tool: str) -> None:
    monkeypatch.setenv("PATH", str(own_cache))
    with pytest.raises(EngineMissing, match=f"install {tool}"):
        what.fetch()  # type: ignore[attr-defined]
    assert [entry for entry in own_cache.iterdir() if entry.is_dir()] == []


def test_the_newest_java_is_taken_unless_java_home_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in (17, 21, 25):
        _pretend_java(tmp_path / f"jdk-{version}", version)
    monkeypatch.setattr("aep_engines.tools.JAVA_FOLDERS", tmp_path)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk-21"))
    assert find_java("opensearch", 21) == tmp_path / "jdk-21/bin/java"
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk-17"))
    assert find_java("opensearch", 21) == tmp_path / "jdk-25/bin/java"


def _pretend_java(home: Path, version: int) -> None:
    (home / "bin").mkdir(parents=True)
    (home / "bin/java").write_text(f'#!/bin/sh\necho "openjdk version \\"{version}.0.1\\"" >&2\n')
    (home / "bin/java").chmod(0o755)


def test_the_command_refuses_an_unknown_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", "zookeeper"]) == 2
    assert "unknown: zookeeper" in capsys.readouterr().err


def test_the_command_tells_what_is_missing(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    assert main(["fetch", "axe"]) == 1
    assert capsys.readouterr().err == "axe is missing: install npm\n"
