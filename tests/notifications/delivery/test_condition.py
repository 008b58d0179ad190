"""How long the sender rests: longer with each failure, and longest where each attempt may put a reader in doubt."""

from __future__ import annotations

from aep_notifications.delivery.condition import Condition, Patience

PATIENCE = Patience(lost=2.0, lost_at_most=5.0, doubt=60.0, doubt_at_most=150.0)


def test_the_rest_doubles_up_to_its_bound() -> None:
    condition = Condition(PATIENCE)
    rests = []
    for _ in range(3):
        condition.failed("away")
        rests.append(condition.pause)
    assert rests == [2.0, 4.0, 5.0]


def test_after_doubt_the_rest_is_the_long_one() -> None:
    condition = Condition(PATIENCE)
    rests = []
    for _ in range(3):
        condition.failed("no reply", doubt=True)
        rests.append(condition.pause)
    assert rests == [60.0, 120.0, 150.0]


def test_a_mail_that_goes_out_ends_the_rest() -> None:
    condition = Condition(PATIENCE)
    condition.failed("no reply", doubt=True)
    condition.succeeded()
    assert not condition.failing
    condition.failed("away")
    assert condition.pause == 2.0
