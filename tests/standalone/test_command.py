"""The command line: what it calls, and what its exit code says."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from aep_standalone import command

SENDS = {"open": True, "lifted_by": None, "lifted_at": None}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls of the platform; notifications is fenced until its fence is lifted."""
    made: list[str] = []

    class Platform:
        def call(self, method: str, path: str) -> dict[str, Any]:
            made.append(f"{method} {path}")
            lifted = "POST /api/notifications/v1/mail-fence/lift" in made
            fenced = "notifications" in path and not lifted
            return SENDS | {"open": not fenced}

    monkeypatch.setattr(command, "Client", Platform)
    return made


def test_the_fence_of_every_service_that_sends_mail_is_shown(calls: list[str]) -> None:
    shown = CliRunner().invoke(command.app, ["mail-fence", "show"])
    assert shown.exit_code == 1
    assert "notifications  fenced: this is a copy" in shown.output
    assert calls == [f"GET /api/{service}/v1/mail-fence" for service in ("registry", "notifications")]


def test_the_fence_is_lifted_only_by_whoever_says_that_the_original_has_ended(calls: list[str]) -> None:
    assert CliRunner().invoke(command.app, ["mail-fence", "lift"], input="n\n").exit_code == 1
    assert calls == []
    for arguments, answer in ((["mail-fence", "lift"], "y\n"), (["mail-fence", "lift", "--yes"], "")):
        assert CliRunner().invoke(command.app, arguments, input=answer).exit_code == 0
        assert calls == [f"POST /api/{service}/v1/mail-fence/lift" for service in ("registry", "notifications")]
        calls.clear()
