"""Adds a user to a broker, with Kafka's request AlterUserScramCredentials: quicker than its command."""

# aiokafka's protocol classes carry no types that mypy reads.
# mypy: disable-error-code="misc"

from __future__ import annotations

import hashlib
import secrets

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    CompactArray,
    CompactBytes,
    CompactString,
    Int8,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

_MECHANISMS = {1: "sha256", 2: "sha512"}
_ITERATIONS = 4096


class _Response(Response):
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", CompactString("utf-8")),
                ("error_code", Int16),
                ("error_message", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _Request(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY = 51
    API_VERSION = 0
    RESPONSE_TYPE = _Response
    SCHEMA = Schema(
        (
            "deletions",
            CompactArray(("user", CompactString("utf-8")), ("mechanism", Int8), ("tags", TaggedFields)),
        ),
        (
            "upsertions",
            CompactArray(
                ("user", CompactString("utf-8")),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _AddUser(Request[_Request]):
    API_KEY = 51

    def __init__(self, user: str, password: str, mechanism: int) -> None:
        salt = secrets.token_bytes(16)
        salted = hashlib.pbkdf2_hmac(_MECHANISMS[mechanism], password.encode(), salt, _ITERATIONS)
        self._credential: tuple[object, ...] = (user, mechanism, _ITERATIONS, salt, salted, {})

    def build(self, request_struct_class: type[_Request]) -> _Request:
        return request_struct_class([], [self._credential], {})


async def add_user(address: str, user: str, password: str) -> None:
    """Lets `user` sign in with SCRAM-SHA-256 and SCRAM-SHA-512."""
    client = AIOKafkaClient(bootstrap_servers=address)
    await client.bootstrap()
    for mechanism in _MECHANISMS:
        answer = await client.send(client.get_random_node(), _AddUser(user, password, mechanism))
        assert [result[1] for result in answer.results] == [0]
    await client.close()
