"""What somebody may do: her roles as they are now, for the record that they are for, within the scopes of the token."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from aep_shared.access.actor import LOCAL_OPERATOR, Actor
from aep_shared.contracts.registry import Grant

HOUR = timedelta(hours=1)


def actor(*grants: Grant, scopes: set[str] | None = None) -> Actor:
    return Actor(uuid4(), grants, None if scopes is None else frozenset(scopes))


def test_a_role_counts_until_its_end() -> None:
    now = datetime.now(UTC)
    assert actor(Grant(role="deputy", until=now + HOUR)).has("deputy")
    ended = actor(Grant(role="deputy", until=now - HOUR))
    assert not ended.has("deputy")
    assert ended.rights == []


def test_a_role_for_one_record_is_none_for_another() -> None:
    coordinator = actor(
        Grant(role="coordinator", initiative="one"),
        Grant(role="focal-point", partner="home"),
        Grant(role="group-chair", group="team"),
    )
    assert coordinator.has("coordinator", initiative="one")
    assert not coordinator.has("coordinator", initiative="two")
    assert coordinator.has("focal-point", partner="home")
    assert not coordinator.has("focal-point", partner="away")
    assert coordinator.has("group-chair", group="team")
    assert not coordinator.has("group-chair", group="others")
    assert not actor(Grant(role="coordinator")).has("coordinator", initiative="one")


def test_scopes_limit_the_roles_and_no_scope_is_no_right() -> None:
    grants = (Grant(role="officer"), Grant(role="coordinator", initiative="one"))
    limited = actor(*grants, scopes={"coordinator"})
    assert limited.has("coordinator", initiative="one")
    assert not limited.has("officer")
    assert [grant.role for grant in limited.rights] == ["coordinator"]
    assert not actor(*grants, scopes=set()).has("officer", "coordinator")
    assert not actor(*grants, scopes={"deputy"}).has("deputy")


def test_the_local_operator_is_one_subject_with_that_role() -> None:
    operator = (Grant(role="operator"),)
    assert Actor(LOCAL_OPERATOR, operator).is_local_operator
    assert not actor(*operator).is_local_operator
    assert not Actor(LOCAL_OPERATOR, ()).is_local_operator
    assert not Actor(LOCAL_OPERATOR, operator, frozenset({"reader"})).is_local_operator
