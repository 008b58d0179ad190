"""What aiokafka raises, as the errors of the port."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from aiokafka import errors

from aep_shared.eventlog.kafka.settings import KafkaSettings
from aep_shared.eventlog.port import (
    EventLogError,
    LogUnavailable,
    PositionOutOfRange,
    RecordTooLarge,
    UnknownTopic,
)

FAILURES = (errors.KafkaError, errors.ConsumerStoppedError, OSError, TimeoutError)
_AWAY = (
    errors.KafkaConnectionError,
    errors.KafkaTimeoutError,
    errors.ConsumerStoppedError,
    errors.ProducerClosed,
    errors.OutOfOrderSequenceNumber,
    errors.UnknownProducerId,
    OSError,
    TimeoutError,
)


def port_error(problem: BaseException, settings: KafkaSettings) -> EventLogError:
    """The port's error for one of `FAILURES`."""
    if isinstance(problem, errors.UnknownTopicOrPartitionError):
        return UnknownTopic(str(problem))
    if isinstance(problem, errors.MessageSizeTooLargeError | errors.RecordListTooLargeError):
        return RecordTooLarge(str(problem))
    if isinstance(problem, errors.OffsetOutOfRangeError):
        return PositionOutOfRange(str(problem))
    if isinstance(problem, _AWAY) or getattr(problem, "retriable", False):
        return LogUnavailable(f"the event log at {settings.where} does not answer: {problem!r}")
    return EventLogError(f"the event log at {settings.where} refuses: {problem!r}")


@contextlib.contextmanager
def as_port_errors(settings: KafkaSettings) -> Iterator[None]:
    try:
        yield
    except FAILURES as problem:
        raise port_error(problem, settings) from problem


def raise_for(code: int, message: str) -> None:
    """Raises aiokafka's error for a code in an answer, with a message that says what it is about."""
    if code:
        raise errors.for_code(code)(message)
