"""Schemathesis asks every documented operation, with good and bad input: as nobody, as an officer, as the operator."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from aep_shared.contracts.topics import SERVICES
from tests.e2e.deployments import Deployment
from tests.e2e.person import Person
from tests.e2e.sink import MailSink
from tests.e2e.story import invite, sign_in

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(3600),
    pytest.mark.parametrize("deployment", ["embedded"], indirect=True),
]

EXAMPLES = 15
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
SCHEMATHESIS = str(Path(sys.executable).parent / "schemathesis")


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """Nobody is refused for asking too often, else most of what is asked would stop at that."""
    return {"AEP_RATE_FACTOR": "1000000"}


@pytest.fixture(scope="module")
def officer(deployment: Deployment) -> str:
    email = "officer@secretariat.example"
    invite(Person(deployment, deployment.token), email, "officer")
    return email


@pytest.fixture
def token(deployment: Deployment, sink: MailSink, officer: str, who: str) -> str | None:
    """Made for each run: an officer's lasts a quarter of an hour, and a run may end it."""
    if who == "officer":
        return sign_in(deployment, sink, officer).token
    return deployment.token if who == "operator" else None


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("who", ["nobody", "officer", "operator"])
def test_every_answer_is_as_the_document_says_and_none_is_a_server_error(
    deployment: Deployment, token: str | None, who: str, service: str, tmp_path: Path
) -> None:
    seed = secrets.randbelow(2**32)
    print(f"schemathesis --seed {seed}")
    signed_in = ["-H", f"Authorization: Bearer {token}"] if token else []
    command = [SCHEMATHESIS, "run", f"{deployment.addresses[service]}/api/{service}/v1/openapi.json", *signed_in]
    command += ["--checks", ",".join(CHECKS), "--continue-on-failure", "--no-color", "--report", "har"]
    command += ["--report-dir", str(tmp_path), "--max-examples", str(EXAMPLES), "--seed", str(seed)]
    if who == "operator":
        # There is one token of the operator for all runs; what would end it is asked by the officer, whose token is
        # made anew for each run. Something at the registry ends it all the same, so its run should be the last one.
        command += ["--exclude-path", "/api/registry/v1/session/end-all", "--phases", "examples,coverage,fuzzing"]
    environ = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.e2e.lines", "PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=3000)
    assert ended.returncode == 0, ended.stdout[-8000:]
    statuses = _statuses(tmp_path)
    print(f"{who} at {service}: {dict(statuses)}")
    # Nothing of the reports is for everybody.
    assert statuses[200] or (who, service) == ("nobody", "reports"), "nothing was answered"
    assert not statuses[429], "limits kept the questions out"


def _statuses(folder: Path) -> Counter[int]:
    """How often each status was answered."""
    (report,) = folder.glob("har-*.json")
    return Counter(entry["response"]["status"] for entry in json.loads(report.read_text())["log"]["entries"])
