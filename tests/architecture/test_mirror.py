"""Tests stand where their source stands: whoever changes a slice finds its tests by its name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = {
    **{f"tests/{path.name}": f"services/{path.name}/aep_{path.name}" for path in (ROOT / "services").iterdir()},
    "tests/shared": "shared/aep_shared",
    "tests/standalone": "deploy/standalone/aep_standalone",
    "tests/tools/engines": "tools/engines/aep_engines",
}
PARTS = {"models", "policies", "register", "repository", "router", "schemas", "service"}
"""The files that slices are made of: a test with the name of one is of that one in its folder."""


def _without_source(tests: Path, source: Path, found: Iterable[Path]) -> list[str]:
    """The folders, and the tests of a part of a slice, that have nothing in the source in their place."""
    missing = []
    for path in found:
        place = path.relative_to(tests)
        if path.is_dir():
            there = path.name == "__pycache__" or (source / place).is_dir()
        else:
            part = path.stem.removeprefix("test_")
            there = part not in PARTS or (source / place.parent / f"{part}.py").exists()
        if not there:
            missing.append(str(place))
    return sorted(missing)


def test_every_folder_of_tests_and_every_test_of_a_part_has_its_source() -> None:
    found = {
        tests: missing
        for tests, source in SOURCES.items()
        if (missing := _without_source(ROOT / tests, ROOT / source, (ROOT / tests).rglob("*")))
    }
    assert found == {}


def test_the_check_sees_what_has_no_source(tmp_path: Path) -> None:
    tests, source = tmp_path / "tests", tmp_path / "source"
    for folder in (tests / "old", tests / "slice", source / "slice"):
        folder.mkdir(parents=True)
    for name in ("router", "service", "after"):
        (tests / "slice" / f"test_{name}.py").touch()
    (source / "slice" / "service.py").touch()
    assert _without_source(tests, source, tests.rglob("*")) == ["old", "slice/test_router.py"]
