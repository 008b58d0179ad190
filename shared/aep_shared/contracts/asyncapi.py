"""The AsyncAPI 3.0 document of all topics."""

from __future__ import annotations

from collections.abc import Mapping

from aep_shared.contracts.base import State
from aep_shared.contracts.schemas import described
from aep_shared.contracts.topics import Topic

_BINDING = {"bindingVersion": "0.5.0"}
_DAY = 24 * 60 * 60 * 1000
_SCHEMA_FORMAT = "application/schema+json;version=draft-07"
_HEADERS: dict[str, object] = {
    "type": "object",
    "description": "Attributes of CloudEvents 1.0 in Kafka's binary mode, each as UTF-8 text.",
    "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid", "description": "Id of this event, a UUIDv7."},
        "ce_type": {"type": "string", "description": "Name of the topic."},
        "ce_source": {
            "type": "string",
            "description": "The service that owns the aggregate, such as `/registry`.",
        },
        "ce_subject": {
            "type": "string",
            "format": "uuid",
            "description": "Id of the aggregate: the record's key.",
        },
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_aggregateversion": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "Rises with each state of the same key; a reader skips what is not newer.",
        },
        "ce_traceparent": {"type": "string", "description": "W3C trace context of the change."},
        "content-type": {
            "type": "string",
            "const": "application/json",
            "description": "Absent on a tombstone.",
        },
    },
    "required": [
        "ce_specversion",
        "ce_id",
        "ce_type",
        "ce_source",
        "ce_subject",
        "ce_time",
        "ce_aggregateversion",
    ],
}


def document(topics: Mapping[str, Topic]) -> dict[str, object]:
    """Channels, messages and operations of `topics`; it refers to the schemas by their files beside it."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Events of the secretariat platform",
            "version": "1",
            "description": "A topic carries the public state of one kind of aggregate and is compacted.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{host}",
                "protocol": "kafka",
                "variables": {"host": {"description": "Host and port of a broker of the installation."}},
            }
        },
        "channels": {name: _channel(topic) for name, topic in topics.items()},
        "operations": {key: value for topic in topics.values() for key, value in _operations(topic).items()},
        "components": {"schemas": {"headers": {"schemaFormat": _SCHEMA_FORMAT, "schema": _HEADERS}}},
    }


def _channel(topic: Topic) -> dict[str, object]:
    settings = {"cleanup.policy": ["compact"], "delete.retention.ms": topic.tombstone_days * _DAY}
    return {
        "address": topic.name,
        "description": described(topic.model),
        "messages": {
            "state": _message(topic, {"$ref": f"./schemas/{topic.name}.json"}, described(topic.model), topic.example),
            "tombstone": _message(topic, {"type": "null"}, "The aggregate is no longer public.", None),
        },
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": settings,
                **_BINDING,
            }
        },
    }


def _message(topic: Topic, schema: dict[str, object], summary: str, example: State | None) -> dict[str, object]:
    message: dict[str, object] = {
        "name": topic.name,
        "summary": summary,
        "headers": {"$ref": "#/components/schemas/headers"},
        "payload": {"schemaFormat": _SCHEMA_FORMAT, "schema": schema},
        "bindings": {"kafka": {"key": {"type": "string", "format": "uuid"}, **_BINDING}},
    }
    if example is not None:
        message["examples"] = [{"payload": example.model_dump(mode="json")}]
    return message


def _operations(topic: Topic) -> dict[str, object]:
    return {
        f"{topic.owner}.publishes.{topic.name}": _operation("send", topic, topic.owner),
        **{f"{name}.reads.{topic.name}": _operation("receive", topic, name) for name in topic.consumers},
    }


def _operation(action: str, topic: Topic, service: str) -> dict[str, object]:
    # A dot needs no escape in a JSON pointer, and topics have no other special sign.
    return {"action": action, "channel": {"$ref": f"#/channels/{topic.name}"}, "tags": [{"name": service}]}
