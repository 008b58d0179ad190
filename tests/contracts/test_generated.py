"""What is derived from the contracts is current, and the command notices when it is not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from aep_shared.contracts.generate import main, stale
from aep_shared.contracts.topics import TOPICS

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = "contracts/schemas/aep.registry.group.v1.json"
PUBLISHED = "contracts/published/aep.registry.group.v1/1.json"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the derived files, free to be spoiled."""
    for folder in ("contracts", "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def run(project: Path, *options: str) -> int:
    return main(["--root", str(project), *options])


def change_published(project: Path, **changes: Any) -> None:
    path = project / PUBLISHED
    body = json.loads(path.read_text(encoding="utf-8"))
    for key, value in changes.items():
        body["schema"]["properties"][key] = value
    path.write_text(json.dumps(body), encoding="utf-8")


def test_the_committed_files_are_current() -> None:
    assert stale(ROOT) == []
    assert run(ROOT, "--check") == 0


@pytest.mark.parametrize("path", [SCHEMA, "contracts/asyncapi.json", "docs/events.md"])
def test_a_changed_file_is_stale_until_it_is_written_again(
    project: Path, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoiled = (project / path).read_text(encoding="utf-8").replace("group", "circle")
    (project / path).write_text(spoiled, encoding="utf-8")
    assert run(project, "--check") == 1
    assert capsys.readouterr().err == f"{path} is stale\n"
    assert (project / path).read_text(encoding="utf-8") == spoiled
    assert run(project) == 0
    assert (project / path).read_text(encoding="utf-8") == (ROOT / path).read_text(encoding="utf-8")


def test_a_missing_file_is_stale(project: Path) -> None:
    (project / SCHEMA).unlink()
    assert stale(project) == [project / SCHEMA]


def test_a_file_of_no_topic_is_removed(project: Path) -> None:
    left_over = project / "contracts/examples/aep.registry.guild.v1.json"
    left_over.write_text("{}", encoding="utf-8")
    assert run(project, "--check") == 1
    assert run(project) == 0
    assert not left_over.exists()


def test_a_page_without_a_place_for_the_table_is_an_error(project: Path) -> None:
    (project / "docs/events.md").write_text("# Events\n", encoding="utf-8")
    with pytest.raises(ValueError, match="lacks the line"):
        run(project)


def test_another_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        run(tmp_path)
    assert end.value.code == 2
    assert "docs/events.md" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--check", "--publish"])
def test_a_break_of_a_published_version_is_refused(
    project: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change_published(project, chair={"type": "string"})
    assert run(project, option) == 1
    said = "published version 1: chair: the field was removed or renamed (hurts older readers)"
    assert capsys.readouterr().err == f"aep.registry.group.v1, {said}\n"
    assert len(list((project / PUBLISHED).parent.iterdir())) == 1


def test_a_published_topic_cannot_go(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "contracts/published/aep.registry.guild.v1").mkdir()
    assert run(project, "--check") == 1
    assert "aep.registry.guild.v1: the topic was published and is gone" in capsys.readouterr().err


def test_the_partitions_of_a_published_topic_cannot_change(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = json.loads((project / PUBLISHED).read_text(encoding="utf-8"))
    (project / PUBLISHED).write_text(json.dumps({**body, "partitions": 8}), encoding="utf-8")
    assert run(project, "--check") == 1
    assert "8 partitions became 1" in capsys.readouterr().err


def test_publishing_adds_a_version_only_where_something_changed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # What changed since the last release is published first, so that one contract differs.
    assert run(project, "--publish") == 0
    versions = (project / PUBLISHED).parent
    newest = len(list(versions.iterdir()))
    body = json.loads((versions / f"{newest}.json").read_text(encoding="utf-8"))
    del body["schema"]["properties"]["note"]
    (versions / f"{newest}.json").write_text(json.dumps(body), encoding="utf-8")
    capsys.readouterr()
    assert run(project, "--publish") == 0
    assert capsys.readouterr().out.split() == [f"contracts/published/aep.registry.group.v1/{newest + 1}.json"]
    assert run(project, "--publish") == 0
    assert capsys.readouterr().out.split() == []


def test_asyncapi_names_every_topic_with_its_bindings_and_operations() -> None:
    found = json.loads((ROOT / "contracts/asyncapi.json").read_text(encoding="utf-8"))
    assert found["asyncapi"] == "3.0.0"
    assert list(found["channels"]) == list(TOPICS)
    for name, topic in TOPICS.items():
        channel = found["channels"][name]
        kafka = channel["bindings"]["kafka"]
        assert (kafka["partitions"], kafka["topicConfiguration"]["cleanup.policy"]) == (
            topic.partitions,
            ["compact"],
        )
        assert (ROOT / "contracts" / channel["messages"]["state"]["payload"]["schema"]["$ref"]).exists()
        users = [key for key, value in found["operations"].items() if value["channel"]["$ref"] == f"#/channels/{name}"]
        assert users == [
            f"{topic.owner}.publishes.{name}",
            *(f"{one}.reads.{name}" for one in topic.consumers),
        ]
