"""Schemathesis asks every documented operation, with good and bad input: as nobody, as an officer, as the operator."""

from __future__ import annotations

import secrets
import subprocess
import sys
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
SCHEMATHESIS = str(Path(sys.executable).parent / "schemathesis")


@pytest.fixture(scope="module")
def tokens(deployment: Deployment, sink: MailSink) -> dict[str, str | None]:
    invite(Person(deployment, deployment.token), "officer@secretariat.example", "officer")
    officer = sign_in(deployment, sink, "officer@secretariat.example")
    return {"nobody": None, "officer": officer.token, "operator": deployment.token}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("who", ["nobody", "officer", "operator"])
def test_no_input_is_a_server_error(
    deployment: Deployment, tokens: dict[str, str | None], who: str, service: str, tmp_path: Path
) -> None:
    seed = secrets.randbelow(2**32)
    print(f"schemathesis --seed {seed}")
    token = tokens[who]
    signed_in = ["-H", f"Authorization: Bearer {token}"] if token else []
    ended = subprocess.run(
        [
            SCHEMATHESIS,
            "run",
            f"{deployment.addresses[service]}/api/{service}/v1/openapi.json",
            *signed_in,
            "--checks",
            "not_a_server_error",
            "--max-examples",
            str(EXAMPLES),
            "--seed",
            str(seed),
            "--continue-on-failure",
            "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=3000,
    )
    assert ended.returncode == 0, ended.stdout[-8000:]
