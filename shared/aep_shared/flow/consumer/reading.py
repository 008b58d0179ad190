"""Reads replicas: the state of an aggregate as its contract describes it, whatever the event left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aep_shared.contracts.topics import TOPICS


def state_of(topic: str, stored: Mapping[str, Any]) -> dict[str, Any]:
    """The state of `Topic.read` as JSON values."""
    return TOPICS[topic].read(stored).model_dump(mode="json")
