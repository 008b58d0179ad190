"""Consuming events: who owns a partition, how far it was read, and the replicas that are kept of it."""

from __future__ import annotations

from aep_shared.flow.consumer.group import ConsumerGroup
from aep_shared.flow.consumer.replicas import Change, Hook

__all__ = ["Change", "ConsumerGroup", "Hook"]
