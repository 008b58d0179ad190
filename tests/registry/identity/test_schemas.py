"""What identity takes in: which role needs a record, which one an end, and what is no moment, scope or secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from aep_registry.identity.schemas import Invitation, Redemption, Renewal, Role, SignInAsked, TokenRequest

FOR_A_RECORD = {"coordinator": "initiative", "focal-point": "partner", "group-chair": "group", "group-member": "group"}
LATER = (datetime.now(UTC) + timedelta(days=30)).isoformat()


def invitation(role: str, **more: Any) -> Invitation:
    return Invitation.model_validate({"email": "Ada@Network.example", "role": role, **more})


@pytest.mark.parametrize("role", get_args(Role))
def test_a_role_needs_its_record_and_a_lent_one_an_end(role: str) -> None:
    record = {FOR_A_RECORD[role]: "lab"} if role in FOR_A_RECORD else {}
    end = {"until": LATER} if role == "deputy" else {}
    made = invitation(role, **record, **end)
    assert made.record() == ((FOR_A_RECORD[role], "lab") if record else None)
    assert dict(made.grant()) == {
        "role": role,
        "initiative": None,
        "partner": None,
        "group": None,
        "until": made.until,
        **record,
    }
    if record:
        with pytest.raises(ValidationError, match=f"one of a {FOR_A_RECORD[role]}: say which"):
            invitation(role)
    if end:
        with pytest.raises(ValidationError, match="is lent: say until when"):
            invitation(role)


def test_another_record_does_not_stand_for_the_one_that_is_needed() -> None:
    with pytest.raises(ValidationError):
        invitation("coordinator", partner="lab", group="lab")


@pytest.mark.parametrize(
    "until", ["2020-01-01T00:00:00Z", "2099-01-01T00:00:00", "tomorrow", "9999-12-31T23:59:59-23:59"]
)
def test_what_is_no_end_is_refused(until: str) -> None:
    with pytest.raises(ValidationError):
        invitation("editor", until=until)


def test_an_end_is_kept_in_utc() -> None:
    assert invitation("editor", until="2099-01-01T02:00:00+02:00").until == datetime(2099, 1, 1, tzinfo=UTC)
    until = invitation("editor", until="2099-01-01T02:00:00+02:00").until
    assert until is not None
    assert until.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (Invitation, {"email": "ada", "role": "editor"}),
        (Invitation, {"email": "ada@localhost", "role": "editor"}),
        (Invitation, {"email": "ada@network.example", "role": "king"}),
        (Invitation, {"email": "ada@network.example", "role": "editor", "name": "x" * 201}),
        (Invitation, {"email": "ada@network.example", "role": "editor", "name": "a\nb"}),
        (Invitation, {"email": "ada@network.example", "role": "editor", "colour": "blue"}),
        (Invitation, {"email": "ada@network.example", "role": "coordinator", "initiative": "No Slug"}),
        (SignInAsked, {"email": "ada@network.example", "role": "editor"}),
        (SignInAsked, {}),
        (Redemption, {"code": "short"}),
        (Redemption, {"code": "x" * 101}),
        (Renewal, {"secret": "x" * 19}),
        (TokenRequest, {"expires_days": 0}),
        (TokenRequest, {"expires_days": 731}),
        (TokenRequest, {"expires_days": 1, "scopes": ["king"]}),
        (TokenRequest, {"expires_days": 1, "scopes": ["editor"] * 21}),
        (TokenRequest, {"expires_days": 1, "maker": "me"}),
    ],
)
def test_what_does_not_fit_is_refused(model: type[BaseModel], given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(given)


@pytest.mark.parametrize("days", [1, 730])
@pytest.mark.parametrize("scopes", [None, [], ["editor", "reader"]])
def test_a_token_is_limited_to_what_it_says(days: int, scopes: list[str] | None) -> None:
    assert TokenRequest.model_validate({"expires_days": days, "scopes": scopes}).scopes == scopes
