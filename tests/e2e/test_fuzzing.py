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
    pytest.mark.timeout(3 * 3600),
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


ROLES = ("officer", "operator")
# What may end the session or a role of whoever asks, found among the answers, is asked when nothing comes after it.
ENDING = "/(people|tokens|session)"
PARTS = (*((service, "--exclude-path-regex") for service in SERVICES), ("registry", "--include-path-regex"))


@pytest.fixture(scope="module")
def people(deployment: Deployment) -> dict[str, str]:
    """The address of each of these people, who are known before anything is asked.

    Nobody asks as the local operator, whom everything else depends on.
    """
    known = {role: f"{role}@secretariat.example" for role in ROLES}
    for role, email in known.items():
        invite(Person(deployment, deployment.token), email, role)
    return known


@pytest.mark.parametrize("who", ["nobody", *ROLES])
def test_every_answer_is_as_the_document_says_and_none_is_a_server_error(
    deployment: Deployment, sink: MailSink, people: dict[str, str], who: str, tmp_path: Path
) -> None:
    wrong = {}
    for service, part in PARTS:
        # A session of its own for each service: one lasts a quarter of an hour, and a run may end it.
        token = sign_in(deployment, sink, people[who]).token if who in people else None
        if found := _asked(deployment, token, service, part, tmp_path / f"{service}{part}"):
            wrong[service] = found
    assert not wrong, "\n".join(f"{who} at {service}: {found}" for service, found in wrong.items())


def _asked(deployment: Deployment, token: str | None, service: str, part: str, folder: Path) -> str | None:
    """Asks what the document of a service describes, without or only what ends access; what is wrong with it."""
    folder.mkdir()
    seed = secrets.randbelow(2**32)
    print(f"schemathesis --seed {seed}")
    signed_in = ["-H", f"Authorization: Bearer {token}"] if token else []
    command = [SCHEMATHESIS, "run", f"{deployment.addresses[service]}/api/{service}/v1/openapi.json", *signed_in]
    command += ["--checks", ",".join(CHECKS), "--continue-on-failure", "--no-color", "--report", "har"]
    command += ["--report-dir", str(folder), "--max-examples", str(EXAMPLES), "--seed", str(seed), part, ENDING]
    environ = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.e2e.lines", "PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=3000)
    statuses = _statuses(folder)
    print(f"{service}: {dict(statuses)}")
    if ended.returncode:
        return ended.stdout[-8000:]
    # Nothing of the reports is for everybody, and of what ends access only a status of 401 is.
    if not (statuses[200] or statuses[204]) and (token or (service != "reports" and part == PARTS[0][1])):
        return "nothing was answered"
    return "limits kept the questions out" if statuses[429] else None


def _statuses(folder: Path) -> Counter[int]:
    """How often each status was answered."""
    (report,) = folder.glob("har-*.json")
    return Counter(entry["response"]["status"] for entry in json.loads(report.read_text())["log"]["entries"])
