"""Reads replicas: the state of an aggregate as its contract describes it, whatever the event left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aep_shared.contracts.topics import TOPICS


def state_of(topic: str, stored: Mapping[str, Any]) -> dict[str, Any]:
    """The stored state with the defaults of what it left out, as JSON values; unknown fields are dropped.

    Replicas keep events as they came, so that fields of a newer writer are not lost. Defaults are therefore filled in
    when a replica is read: a field that the contract gains later has its default in everything stored before.

    Raises `pydantic.ValidationError` where the state does not fit the contract.
    """
    return TOPICS[topic].model.model_validate(stored, extra="ignore").model_dump(mode="json")
