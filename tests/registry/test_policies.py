"""Who may do what in the registry, role by role: what no line here allows is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aep_registry import policies
from aep_shared.access.actor import LOCAL_OPERATOR, Actor
from aep_shared.contracts.registry import Grant

EVER = datetime.now(UTC) + timedelta(days=1)
OVER = datetime.now(UTC) - timedelta(seconds=1)
ROLES: dict[str, dict[str, Any]] = {
    "reader": {},
    "translator": {},
    "coordinator": {"initiative": "lab"},
    "focal-point": {"partner": "lab"},
    "group-chair": {"group": "lab"},
    "group-member": {"group": "lab"},
    "editor": {},
    "officer": {},
    "deputy": {"until": EVER},
    "operator": {},
    "api-client": {},
}
OFFICE = {"officer", "deputy"}


def actor(role: str, scopes: frozenset[str] | None = None, subject: UUID | None = None, **more: Any) -> Actor:
    return Actor(subject or uuid4(), [Grant(role=role, **{**ROLES[role], **more})], scopes)


def allowed(policy: Any, *context: object, **more: Any) -> set[str]:
    """The roles that a policy lets in."""
    return {role for role in ROLES if policy(actor(role, **more), *context)}


@pytest.mark.parametrize(
    ("policy", "context", "roles"),
    [
        (policies.change_register, ("lab",), OFFICE | {"operator"}),
        (policies.change_register, (None,), OFFICE | {"operator"}),
        (policies.change_initiative, ("lab",), OFFICE | {"operator", "coordinator"}),
        (policies.change_initiative, ("other",), OFFICE | {"operator"}),
        (policies.change_initiative, (None,), OFFICE | {"operator"}),
        (policies.remove_record, (), OFFICE | {"operator"}),
        (policies.write_update, ("initiative", "lab"), OFFICE | {"editor", "coordinator"}),
        (policies.write_update, ("partner", "lab"), OFFICE | {"editor", "focal-point"}),
        (policies.write_update, ("group", "lab"), OFFICE | {"editor", "group-chair", "group-member"}),
        (policies.write_update, ("organisation", "lab"), OFFICE | {"editor"}),
        (policies.write_update, ("meeting", "lab"), OFFICE | {"editor"}),
        (policies.write_update, ("initiative", "other"), OFFICE | {"editor"}),
        (policies.change_update, (str(uuid4()), "initiative", "lab"), OFFICE | {"editor"}),
        (policies.see_update, (str(uuid4()), "initiative", "lab"), OFFICE | {"editor"}),
        (policies.own_update, (str(uuid4()), "initiative", "lab"), set()),
        (policies.review_update, (), OFFICE),
        (policies.manage_people, (), OFFICE | {"operator"}),
        (policies.operate, (), {"operator"}),
        (policies.be_signed_in, (), set(ROLES)),
        (policies.end_own_sessions, (), set(ROLES)),
    ],
)
def test_each_policy_lets_its_own_in_and_nobody_else(policy: Any, context: tuple[object, ...], roles: set[str]) -> None:
    assert allowed(policy, *context) == roles
    assert not policy(Actor(), *context)
    # Without the scope of its role a token has no right; what everybody signed in may do is about being signed in.
    without = roles if policy is policies.be_signed_in else set()
    assert allowed(policy, *context, scopes=frozenset()) == without
    assert allowed(policy, *context, until=OVER) == (
        roles if policy in (policies.be_signed_in, policies.end_own_sessions) else set()
    )


def test_one_answers_for_the_record_of_each_role_that_counts_now() -> None:
    grants = [
        Grant(role="coordinator", initiative="one"),
        Grant(role="coordinator", initiative="two", until=EVER),
        Grant(role="coordinator", initiative="three", until=OVER),
        Grant(role="focal-point", partner="isle"),
        Grant(role="group-chair", group="circle"),
        Grant(role="group-member", group="circle"),
        # A role without its record, and a record beside a role that is for none, are nobody's.
        Grant(role="coordinator"),
        Grant(role="editor", initiative="four"),
    ]
    assert policies.answers_for(Actor(uuid4(), grants)) == {
        ("initiative", "one"),
        ("initiative", "two"),
        ("partner", "isle"),
        ("group", "circle"),
    }
    limited = Actor(uuid4(), grants, frozenset({"focal-point"}))
    assert policies.answers_for(limited) == {("partner", "isle")}
    assert policies.answers_for(Actor()) == set()


ABOUT = ("initiative", "lab")


@pytest.mark.parametrize(
    ("role", "more", "scopes", "sees", "changes"),
    [
        ("coordinator", {}, None, True, True),
        ("coordinator", {"initiative": "other"}, None, True, False),
        ("coordinator", {"until": OVER}, None, True, False),
        ("coordinator", {}, frozenset({"coordinator"}), True, True),
        ("coordinator", {}, frozenset({"reader"}), False, False),
        ("coordinator", {}, frozenset(), False, False),
        ("coordinator", {"until": OVER}, frozenset({"coordinator"}), False, False),
        ("reader", {}, None, True, False),
        ("group-member", {}, None, True, False),
    ],
)
def test_an_author_sees_what_she_wrote_and_changes_it_as_long_as_she_may_write(
    role: str, more: dict[str, Any], scopes: frozenset[str] | None, sees: bool, changes: bool
) -> None:
    author = actor(role, scopes, **more)
    assert policies.see_update(author, author.name, *ABOUT) is sees
    assert policies.change_update(author, author.name, *ABOUT) is changes
    assert policies.own_update(author, author.name, *ABOUT) is changes


def test_what_nobody_wrote_is_not_a_visitors() -> None:
    assert not policies.own_update(Actor(), "anonymous", *ABOUT)
    assert not policies.change_update(Actor(), "anonymous", *ABOUT)


GIVES: dict[str, set[str]] = {
    "officer": set(ROLES) - {"operator"},
    "deputy": set(ROLES) - {"officer", "deputy", "operator"},
    "operator": set(ROLES) - {"officer", "deputy"},
}


@pytest.mark.parametrize("giver", ROLES)
def test_who_gives_and_takes_which_role(giver: str) -> None:
    me, other = actor(giver), uuid4()
    for policy in (policies.give_role, policies.take_role):
        for receiver in (other, None):
            given = {role for role in ROLES if policy(me, role, receiver)}
            assert given == GIVES.get(giver, set()), policy


def test_the_local_operator_gives_and_takes_every_role_of_others() -> None:
    local = actor("operator", subject=LOCAL_OPERATOR)
    assert all(policies.give_role(local, role, uuid4()) and policies.take_role(local, role, uuid4()) for role in ROLES)
    assert not any(policies.give_role(local, role, LOCAL_OPERATOR) for role in ROLES)
    # The name alone makes nobody the local operator.
    assert not policies.give_role(actor("reader", subject=LOCAL_OPERATOR), "officer", None)
    limited = actor("operator", frozenset({"reader"}), LOCAL_OPERATOR)
    assert not policies.give_role(limited, "officer", None)


@pytest.mark.parametrize("role", ROLES)
def test_everybody_gives_a_role_up_and_nobody_gives_one_to_oneself(role: str) -> None:
    holder = actor(role)
    assert policies.take_role(holder, role, holder.subject)
    assert not any(policies.give_role(holder, other, holder.subject) for other in ROLES)
    # A program with a limited token does not take a role from its person.
    limited = actor(role, frozenset({role}))
    assert not policies.take_role(limited, role, limited.subject)


@pytest.mark.parametrize(
    ("who", "roles", "may"),
    [
        ("officer", [], True),
        ("officer", ["officer", "coordinator"], True),
        ("officer", ["officer", "operator"], False),
        ("deputy", ["editor"], True),
        ("deputy", ["deputy"], False),
        ("operator", ["operator", "api-client"], True),
        ("operator", ["officer"], False),
        ("editor", [], False),
        ("reader", ["reader"], False),
    ],
)
def test_a_person_is_removed_by_whoever_may_take_all_of_her_roles(who: str, roles: list[str], may: bool) -> None:
    assert policies.remove_person(actor(who), uuid4(), roles) is may


def test_nobody_removes_herself_or_the_local_operator() -> None:
    officer, local = actor("officer"), actor("operator", subject=LOCAL_OPERATOR)
    assert officer.subject is not None
    assert not policies.remove_person(officer, officer.subject, [])
    for who in (officer, local, actor("operator")):
        assert not policies.remove_person(who, LOCAL_OPERATOR, ["operator"])
    assert policies.remove_person(local, uuid4(), ["officer", "operator", "deputy"])


@pytest.mark.parametrize("role", ROLES)
def test_a_token_is_made_for_oneself_and_for_a_program_by_whoever_manages_people(role: str) -> None:
    me = actor(role)
    assert me.subject is not None
    assert policies.make_token(me, me.subject, "person")
    assert not policies.make_token(me, uuid4(), "person")
    for owner in (me.subject, uuid4()):
        assert policies.make_token(me, owner, "program") is (role in OFFICE | {"operator"})
