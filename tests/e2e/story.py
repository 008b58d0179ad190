"""What happens to people in the golden path: invited, signed in by mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.e2e.deployments import Deployment
from tests.e2e.person import Person
from tests.e2e.sink import MailSink, link_in


def invite(operator: Person, email: str, role: str, **record: str) -> None:
    lent = {"until": (datetime.now(UTC) + timedelta(days=1)).isoformat()} if role == "deputy" else {}
    operator.post("/api/registry/v1/people", {"email": email, "role": role, **lent, **record}, expect=201)


def sign_in(deployment: Deployment, sink: MailSink, email: str) -> Person:
    """Signs in by mail, as everybody does: ask for a link, take its secret from the mail, redeem it."""
    person = Person(deployment)
    before = len(sink.to(email, "sign-in link"))
    person.post("/api/registry/v1/sign-in", {"email": email}, expect=202)
    mail = sink.wait_for(email, "sign-in link", count=before + 1)
    secret = link_in(mail, r"/sign-in/(\S+)")
    answer = person.post("/api/registry/v1/sign-in/redeem", {"code": secret})
    return Person(deployment, answer["access_token"])
