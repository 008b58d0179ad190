"""The envelope carries an event through the log unchanged, and refuses anything else in one way only."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aep_shared.contracts.topics import INITIATIVE, TOPICS
from aep_shared.eventlog.port import Record, StoredRecord
from aep_shared.flow.envelope import Event, MalformedEvent, from_record, to_record

KEY = "017dbb63-8000-7000-8000-000000000006"
BODY = INITIATIVE.example.model_dump_json().encode()


def stored(record: Record) -> StoredRecord:
    return StoredRecord(record.topic, record.partition, record.key, record.value, record.headers, offset=7)


def an_event(**changes: object) -> Event:
    fields = {
        "id": UUID("0197284e-9c00-7000-8000-000000000001"),
        "type": INITIATIVE.name,
        "key": KEY,
        "version": 1_748_772_000_000_000,
        "time": datetime(2026, 6, 1, 10, 0, tzinfo=UTC),
        "body": BODY,
    }
    return Event(**{**fields, **changes})


def record_with(**headers: bytes | None) -> StoredRecord:
    """A good record with some headers changed, or left out where `None`."""
    record = to_record(an_event(), 2)
    changed = {**record.headers, **headers}
    kept = {name: value for name, value in changed.items() if value is not None}
    return StoredRecord(record.topic, 2, record.key, record.value, kept, offset=7)


def test_a_record_has_the_headers_of_cloudevents_in_binary_mode() -> None:
    record = to_record(an_event(traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), 2)
    assert (record.topic, record.partition, record.key, record.value) == (INITIATIVE.name, 2, KEY, BODY)
    assert record.headers == {
        "ce_specversion": b"1.0",
        "ce_id": b"0197284e-9c00-7000-8000-000000000001",
        "ce_type": b"aep.registry.initiative.v1",
        "ce_source": b"/registry",
        "ce_subject": KEY.encode(),
        "ce_time": b"2026-06-01T10:00:00+00:00",
        "ce_aggregateversion": b"1748772000000000",
        "ce_traceparent": b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "content-type": b"application/json",
    }


def test_a_tombstone_has_no_body_and_no_content_type() -> None:
    event = an_event(body=None)
    record = to_record(event, 2)
    assert record.value is None
    assert "content-type" not in record.headers
    assert from_record(stored(record)) == event


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
EVENTS = st.builds(
    Event,
    id=st.uuids(),
    type=st.sampled_from(sorted(TOPICS)),
    key=st.uuids().map(str),
    version=st.integers(1, 2**63 - 1),
    time=st.datetimes(min_value=datetime(1970, 1, 2), timezones=ZONES),
    body=st.none() | st.dictionaries(st.text(), JSON, max_size=4).map(orjson.dumps),
    traceparent=st.none() | st.text(string.hexdigits + "-", min_size=1),
)


@given(EVENTS)
def test_every_event_comes_back_as_it_was(event: Event) -> None:
    assert from_record(stored(to_record(event, 0))) == event


@pytest.mark.parametrize("name", ["ce_id", "ce_type", "ce_subject", "ce_time", "ce_aggregateversion"])
def test_a_missing_header_is_malformed(name: str) -> None:
    with pytest.raises(MalformedEvent):
        from_record(record_with(**{name: None}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_id", b"7"),
        ("ce_type", b"aep.registry.update.v1"),
        ("ce_subject", b"017dbb63-8000-7000-8000-000000000007"),
        ("ce_time", b"yesterday"),
        ("ce_time", b"2026-06-01T10:00:00"),
        ("ce_aggregateversion", b"many"),
        ("ce_aggregateversion", b"0"),
        ("ce_aggregateversion", str(2**63).encode()),
        ("ce_traceparent", b"\xff"),
    ],
)
def test_a_wrong_header_is_malformed(name: str, value: bytes) -> None:
    with pytest.raises(MalformedEvent):
        from_record(record_with(**{name: value}))


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"7", b"null", b"[" * 5000])
def test_a_body_that_is_no_object_is_malformed(body: bytes) -> None:
    record = record_with()
    with pytest.raises(MalformedEvent):
        from_record(StoredRecord(record.topic, 2, record.key, body, record.headers, offset=7))


HEADER_NAMES = st.sampled_from([*record_with().headers, "ce_traceparent", "other"])
HEADER_VALUES = st.binary(max_size=30) | st.text(max_size=30).map(str.encode) | st.integers().map(lambda n: b"%d" % n)


@given(
    st.dictionaries(HEADER_NAMES, st.none() | HEADER_VALUES),
    st.none() | st.binary(max_size=20) | JSON.map(orjson.dumps),
)
@example({"ce_aggregateversion": b"9" * 5000}, None)
def test_whatever_arrives_is_an_event_or_malformed(headers: dict[str, bytes | None], body: bytes | None) -> None:
    record = record_with(**headers)
    try:
        event = from_record(StoredRecord(record.topic, 2, record.key, body, record.headers, offset=7))
    except MalformedEvent:
        return
    assert event.type == INITIATIVE.name
    assert event.key == KEY
    assert event.body is None or event.body.startswith(b"{")
