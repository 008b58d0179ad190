"""The address of a Kafka log; nothing in it is ignored."""

from __future__ import annotations

from pathlib import Path

import pytest

from aep_shared.eventlog import event_log
from aep_shared.eventlog.kafka.settings import settings_of


def test_an_address_names_its_brokers() -> None:
    settings = settings_of("kafka://one:9092,two:9093")
    assert settings.where == "one:9092,two:9093"
    assert settings.connection == {
        "bootstrap_servers": ["one:9092", "two:9093"],
        "request_timeout_ms": 5000,
        "security_protocol": "PLAINTEXT",
    }
    assert (settings.timeout, settings.compression, settings.replication) == (5.0, None, -1)


def test_everything_can_be_set() -> None:
    settings = settings_of(
        "kafka+ssl://a%40b:p%3Aw%2F%23@one:1?sasl=scram-sha-512&compression=gzip&replication=3&timeout=1.5"
    )
    connection = dict(settings.connection)
    assert connection.pop("ssl_context").check_hostname
    assert connection == {
        "bootstrap_servers": ["one:1"],
        "request_timeout_ms": 1500,
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "a@b",
        "sasl_plain_password": "p:w/#",
    }
    assert (settings.timeout, settings.compression, settings.replication) == (1.5, "gzip", 3)
    assert settings.where == "one:1"
    assert "p:w" not in repr(settings)


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("kafka://one:1?retries=3", "retries"),
        ("kafka://one:1?timeout=1&timeout=2", "timeout"),
        ("kafka://one:1?timeout=soon", "timeout"),
        ("kafka://one:1?timeout=0", "timeout"),
        ("kafka://one:1?timeout=nan", "timeout"),
        ("kafka://one:1?compression=zip", "compression"),
        ("kafka://one:1?replication=0", "replication"),
        ("kafka://one:1?replication=1.5", "replication"),
        ("kafka://user:secret@one:1", "sasl"),
        ("kafka+ssl://one:1?sasl=plain", "sasl"),
        ("kafka+ssl://user:secret@one:1?sasl=gssapi", "sasl"),
        ("kafka://user:secret@one:1?sasl=plain", "sasl"),
        ("kafka://one:1?ca=/etc/ca.pem", "ca"),
        ("kafka+ssl://one:1?ca=/nowhere/ca.pem", "/nowhere/ca.pem"),
        ("kafka://one:1/topic", "host:port"),
        ("kafka://", "host:port"),
        ("kafka://one:1,,two:2", "host:port"),
        ("kafka+ssl://user:sec#ret@one:1?sasl=plain", "#"),
    ],
)
def test_what_is_unknown_or_wrong_is_named(url: str, named: str) -> None:
    with pytest.raises(ValueError, match=named) as raised:
        event_log(url)
    assert "secret" not in str(raised.value)


def test_a_file_that_holds_no_certificate_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(ValueError, match=r"ca\.pem"):
        event_log(f"kafka+ssl://one:1?ca={tmp_path / 'ca.pem'}")
