"""The address of a Kafka cluster and everything that its query says.

kafka://host:port,host:port?compression=gzip&replication=3&timeout=5
kafka+ssl://user:password@host:port?sasl=scram-sha-512&ca=/etc/aep/kafka-ca.pem
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from aiokafka import codec

MECHANISMS = {"plain": "PLAIN", "scram-sha-256": "SCRAM-SHA-256", "scram-sha-512": "SCRAM-SHA-512"}
CODECS = {"gzip": codec.has_gzip, "snappy": codec.has_snappy, "lz4": codec.has_lz4, "zstd": codec.has_zstd}
PARAMETERS = ("ca", "compression", "replication", "sasl", "timeout")


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """How to reach a cluster; `where` names it in messages, without the password."""

    where: str
    connection: Mapping[str, object] = field(repr=False)
    """What every client of aiokafka takes: addresses, TLS, SASL, deadline of a request."""
    timeout: float = 5.0
    compression: str | None = None
    replication: int = -1
    """Copies of each partition of a new topic; -1 is the broker's default."""


def settings_of(url: str) -> KafkaSettings:
    """The settings in a URL of the form above; the user and the password are percent-encoded.

    Raises `ValueError` naming what is unknown, wrong or missing.
    """
    scheme, _, rest = url.partition("://")
    address, _, query = rest.partition("?")
    if "#" in rest:
        raise ValueError("the address of a Kafka log has no '#': write it as %23")
    login, _, hosts = address.rpartition("@")
    hosts = hosts.removesuffix("/")
    if not hosts or "/" in hosts or not all(hosts.split(",")):
        raise ValueError(f"a Kafka log is addressed by host:port,host:port, not by '{hosts}'")
    query_values = _parameters(query)
    timeout = _number("timeout", query_values.get("timeout", "5"))
    return KafkaSettings(
        where=hosts,
        connection={
            "bootstrap_servers": hosts.split(","),
            "request_timeout_ms": max(1, int(timeout * 1000)),
            **_security(scheme == "kafka+ssl", login, query_values),
        },
        timeout=timeout,
        compression=_compression(query_values.get("compression", "none")),
        replication=_replication(query_values.get("replication", "-1")),
    )


def _parameters(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)):
        if name not in PARAMETERS:
            raise ValueError(f"a Kafka log has no parameter '{name}'; there are {', '.join(PARAMETERS)}")
        if name in found:
            raise ValueError(f"parameter '{name}' is given twice")
        found[name] = value
    return found


def _security(encrypted: bool, login: str, query: Mapping[str, str]) -> dict[str, object]:
    sasl = query.get("sasl")
    if bool(sasl) != bool(login):
        raise ValueError("parameter 'sasl' and user:password@ belong together: one of them is missing")
    if sasl is not None and sasl not in MECHANISMS:
        raise ValueError(f"parameter 'sasl' is one of {', '.join(MECHANISMS)}, not '{sasl}'")
    if sasl == "plain" and not encrypted:
        raise ValueError("parameter 'sasl=plain' sends the password as it is: use kafka+ssl://")
    if "ca" in query and not encrypted:
        raise ValueError("parameter 'ca' is for kafka+ssl://")
    values: dict[str, object] = {}
    if encrypted:
        values["ssl_context"] = _trust(query.get("ca"))
    if sasl:
        user, _, password = login.partition(":")
        values["sasl_mechanism"] = MECHANISMS[sasl]
        values["sasl_plain_username"], values["sasl_plain_password"] = unquote(user), unquote(password)
    values["security_protocol"] = ("SASL_" if sasl else "") + ("SSL" if encrypted else "PLAINTEXT")
    return values


def _trust(ca: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except OSError as problem:
        raise ValueError(f"parameter 'ca': cannot use the file {ca}: {problem}") from problem


def _compression(name: str) -> str | None:
    if name == "none":
        return None
    if name not in CODECS:
        raise ValueError(f"parameter 'compression' is none or one of {', '.join(CODECS)}, not '{name}'")
    if not CODECS[name]():
        raise ValueError(f"parameter 'compression={name}' needs the package cramjam")
    return name


def _replication(text: str) -> int:
    number = _number("replication", text, least=-1)
    if number == 0 or number != int(number):
        raise ValueError(f"parameter 'replication' is -1 or a count of copies, not '{text}'")
    return int(number)


def _number(name: str, text: str, least: float = 0.1) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not least <= number <= 3600:
        raise ValueError(f"parameter '{name}' is a number of at least {least:g}, not '{text}'")
    return number
