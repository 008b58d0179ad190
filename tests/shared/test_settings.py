"""Settings from the environment: which name wins, what a file holds, and that a typing mistake stops the start."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from aep_shared.settings import SettingsError, load


class Model(BaseModel):
    name: str = "nobody"
    count: int = Field(1, ge=1)
    site_url: str = "http://site.example"
    database_url: str = "none"


def loaded(**environ: str) -> Model:
    return load(Model, "events", environ)


def test_without_any_setting_there_are_the_defaults() -> None:
    assert loaded() == loaded(PATH="/bin", HOME="/", aep_name="lower case is no setting") == Model()


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"AEP_NAME": "shared"}, "shared"),
        ({"AEP_EVENTS_NAME": "own"}, "own"),
        ({"AEP_NAME": "shared", "AEP_EVENTS_NAME": "own"}, "own"),
        ({"AEP_EVENTS_NAME": "own", "AEP_NAME": "shared"}, "own"),
        ({"AEP_NAME": ""}, ""),
        ({"AEP_REGISTRY_NAME": "another's"}, "nobody"),
    ],
)
def test_the_services_own_setting_wins(environ: dict[str, str], name: str) -> None:
    assert loaded(**environ).name == name


@pytest.mark.parametrize("prefix", ["AEP_", "AEP_EVENTS_"])
def test_a_secret_may_stand_in_a_file(tmp_path: Path, prefix: str) -> None:
    file = tmp_path / "secret"
    file.write_text("  from a file\n")
    assert loaded(**{f"{prefix}NAME_FILE": str(file)}).name == "from a file"


def test_a_file_that_is_not_there_is_named_by_its_setting_and_not_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "nowhere"
    with pytest.raises(SettingsError, match=r"^setting AEP_NAME_FILE: cannot read the file it names: No such") as said:
        loaded(AEP_NAME_FILE=str(path))
    assert str(path) not in str(said.value)


@pytest.mark.parametrize("name", ["AEP_NAMES", "AEP_EVENTS_NAMES", "AEP_EVENTS_", "AEP_", "AEP_EVENTS_NAME_FILES"])
def test_an_unknown_name_stops_the_start(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"^unknown setting {name}$"):
        loaded(**{name: "x"})


def test_all_unknown_names_are_said_at_once() -> None:
    with pytest.raises(SettingsError, match=r"^unknown setting AEP_ONE, AEP_TWO$"):
        loaded(AEP_TWO="x", AEP_ONE="x")


@pytest.mark.parametrize(
    "name", ["AEP_URL", "AEP_TOKEN", "AEP_DEMO", "AEP_TEST_SEED", "AEP_WEBSITE_X", "AEP_REGISTRY_X", "AEP_SEARCH_NAME"]
)
def test_what_belongs_to_others_is_left_to_them(name: str) -> None:
    assert loaded(**{name: "x"}) == Model()


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"AEP_COUNT": "many"}, "AEP_EVENTS_COUNT"),
        ({"AEP_EVENTS_COUNT": "0"}, "AEP_EVENTS_COUNT"),
    ],
)
def test_a_wrong_value_is_named_in_one_line(environ: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=rf"^setting {named}: Input should be") as said:
        loaded(**environ)
    assert "\n" not in str(said.value)
