"""Processes are killed with SIGKILL at random while updates are approved, mailed and a meeting moves.

A ledger outside the platform records what was acknowledged. When the faults are over and everything has drained,
nothing acknowledged is missing, nothing is doubled, no projection went back, and each recipient has one mail or is
listed by name as in doubt.
"""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from typing import Any

import httpx2
import pytest

from tests.e2e.deployments import Deployment
from tests.e2e.person import Person
from tests.e2e.sink import MailSink, eventually, link_in
from tests.e2e.story import invite, sign_in

INITIATIVE = "aei-asem-summer-school"
READERS = 6
# As many as the feed shows at most.
FEED_ENTRIES = 50
# Long enough for a loaded machine, short enough to see take-overs within the test.
FAST = {"AEP_DEADLINE": "1.5", "AEP_REQUEST_TIMEOUT": "2.5", "AEP_SILENCE": "5", "AEP_SETTLE": "0.5"}


# The containers of docker-compose are not ours to kill. The long run kills each of the ten processes about 20 times.
pytestmark = pytest.mark.parametrize(
    ("deployment", "kills"),
    [
        ("embedded", 3),
        pytest.param("processes", 20, marks=pytest.mark.engines),
        pytest.param("processes", 200, marks=(pytest.mark.engines, pytest.mark.long, pytest.mark.timeout(5400))),
    ],
    indirect=["deployment"],
)


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return FAST


# More processes that start at once than this, and a machine of two cores does nothing else: nobody gets an answer.
DOWN_AT_ONCE = 3


class Killer(threading.Thread):
    """Kills a random process of the deployment from time to time, also one that starts; the deployment starts it again.

    The next one is killed when fewer than `DOWN_AT_ONCE` of those killed before have yet to answer.
    """

    def __init__(self, deployment: Deployment, chance: random.Random, kills: int) -> None:
        super().__init__(daemon=True)
        self._deployment = deployment
        self._chance = chance
        self._left = kills
        self._down: set[str] = set()
        self.done: list[str] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        while self._left and not self.stopped.wait(self._chance.uniform(0.3, 2.5)):
            self._down = {name for name in self._down if not self._deployment.answers(name)}
            if len(self._down) < DOWN_AT_ONCE:
                self._kill(self._chance.choice(sorted(self._deployment.processes)))

    def _kill(self, name: str) -> None:
        process = self._deployment.processes[name]
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            self._down.add(name)
            self.done.append(name)
            self._left -= 1


class Stubborn(Person):
    """A client that repeats what got no answer until it has one; what it posts carries an Idempotency-Key."""

    def call(self, method: str, path: str, *, expect: int | None = None, **arguments: Any) -> httpx2.Response:
        deadline = time.monotonic() + 120
        while True:
            try:
                return super().call(method, path, expect=expect, **arguments)
            except httpx2.TransportError:
                assert time.monotonic() < deadline, f"no answer from {path}"
                time.sleep(0.3)

    def insist(self, path: str, body: dict[str, Any] | None, key: str) -> Any:
        while True:
            answer = self.call("POST", path, json=body, headers={"Idempotency-Key": key})
            if answer.status_code == 409 and answer.json()["code"] == "idempotency-key-in-use":
                time.sleep(0.2)
                continue
            assert answer.status_code < 400, f"{path}: {answer.status_code} {answer.text}"
            return answer.json()


def test_nothing_acknowledged_is_lost_and_nobody_gets_two_mails(
    deployment: Deployment, sink: MailSink, seed: random.Random, kills: int
) -> None:
    operator = Stubborn(deployment, deployment.token)
    people = _people(deployment, operator, sink)
    readers = _subscribe(deployment, sink)
    killer = Killer(deployment, seed, kills)
    killer.start()
    ledger: dict[str, int] = {}
    number = 0
    while killer.is_alive() or number < 8:
        number += 1
        ledger[_approved_update(people, number)] = number
        _meeting_moves(people["officer"], number)
    killer.stopped.set()
    killer.join()
    print(f"killed {killer.done}; {number} updates acknowledged")
    _check_ledger(operator, ledger, number)
    issue = _send_under_fire(deployment, people, ledger, seed)
    _check_mails(people["officer"], sink, readers, issue)


def _people(deployment: Deployment, operator: Person, sink: MailSink) -> dict[str, Stubborn]:
    roles: dict[str, dict[str, str]] = {"officer": {}, "deputy": {}, "coordinator": {"initiative": INITIATIVE}}
    for role, record in roles.items():
        invite(operator, f"{role}@kills.example", role, **record)
    return {role: _person(deployment, sink, f"{role}@kills.example") for role in roles}


def _person(deployment: Deployment, sink: MailSink, email: str) -> Stubborn:
    """With a token that lasts: that of a sign-in is over after a quarter of an hour, and many kills take longer."""
    made = sign_in(deployment, sink, email).post("/api/registry/v1/tokens", {"expires_days": 1}, expect=201)
    return Stubborn(deployment, made["token"])


def _subscribe(deployment: Deployment, sink: MailSink) -> list[str]:
    visitor = Person(deployment)
    readers = [f"reader{n}@kills.example" for n in range(READERS)]
    for email in readers:
        visitor.post("/api/notifications/v1/subscriptions", {"email": email, "frequency": "monthly"}, expect=202)
    for email in readers:
        token = link_in(sink.wait_for(email, "confirm", 60), r"/confirm/(\S+)")
        visitor.post("/api/notifications/v1/subscriptions/confirm", {"token": token})
    return readers


def _approved_update(people: dict[str, Stubborn], number: int) -> str:
    """Written, submitted and approved, each step acknowledged; a repeated step may find its work done."""
    about = {"type": "initiative", "slug": INITIATIVE}
    update = {"about": about, "title": {"en": f"Kettle {number}"}, "text": {"en": f"Kettle number {number} boiled."}}
    made = people["coordinator"].insist("/api/registry/v1/updates", update, f"create-{number}")
    address = f"/api/registry/v1/updates/{made['id']}"
    people["coordinator"].insist(f"{address}/submit", None, f"submit-{number}")
    people["officer"].insist(f"{address}/approve", None, f"approve-{number}")
    return str(made["id"])


def _meeting_moves(officer: Stubborn, number: int) -> None:
    meeting = {
        "slug": f"kettle-meeting-{number}",
        "title": {"en": f"Kettle meeting {number}"},
        "kind": "seminar",
        "date": "2027-11/2027-12",
        "date_status": "planned",
    }
    officer.insist("/api/events/v1/meetings", meeting, f"meeting-{number}")


def _check_ledger(operator: Stubborn, ledger: dict[str, int], count: int) -> None:
    """Every acknowledged update and meeting is in the index exactly once, as it was acknowledged."""
    expected = {update: f"Kettle {number}" for update, number in ledger.items()}
    eventually(lambda: _found(operator, "update") == expected, "all updates", 120)
    eventually(lambda: len(_found(operator, "meeting")) == count, "all meetings", 120)


def _found(person: Stubborn, kind: str) -> dict[str, str]:
    found: dict[str, str] = {}
    cursor: dict[str, str] = {}
    while True:
        page = person.get("/api/search/v1/search", q="kettle", type=kind, sort="-date", limit=100, **cursor)
        for item in page["items"]:
            assert item["id"] not in found, f"doubled: {json.dumps(item)}"
            found[item["id"]] = item["title"]["en"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def _send_under_fire(
    deployment: Deployment, people: dict[str, Stubborn], ledger: dict[str, int], chance: random.Random
) -> str:
    """The issue with every acknowledged update is sent while the process that sends is killed once more."""
    officer, deputy = people["officer"], people["deputy"]
    eventually(lambda: _in_feed(officer) == min(len(ledger), FEED_ENTRIES), "all updates are at notifications", 120)
    wish = {"frequency": "monthly", "title": {"en": "Kettles"}}
    issue = officer.insist("/api/notifications/v1/issues", wish, "issue")
    address = f"/api/notifications/v1/issues/{issue['id']}"
    assert sorted(item["id"] for item in issue["items"]) == sorted(ledger)
    deputy.insist(f"{address}/approve", None, "issue-approve")
    officer.insist(f"{address}/send", None, "issue-send")
    name = "aep" if deployment.name == "embedded" else "notifications.worker"
    time.sleep(chance.uniform(0.0, 0.6))
    os.kill(deployment.processes[name].pid, signal.SIGKILL)
    eventually(lambda: officer.get(address)["state"] == "sent", "the issue is sent", 120)
    return address


def _in_feed(officer: Stubborn) -> int:
    return officer.call("GET", "/api/notifications/v1/feed.atom").text.count("<entry>")


def _check_mails(officer: Stubborn, sink: MailSink, readers: list[str], issue: str) -> None:
    shown = officer.get(issue)
    for email in readers:
        mails = len(sink.to(email, "Kettles"))
        assert mails <= 1, f"{email} got {mails} mails"
        assert mails == 1 or email in shown["in_doubt"], f"{email} has no mail and is not listed in doubt"
    print(f"deliveries: {shown['deliveries']}, in doubt: {len(shown['in_doubt'])}")
