"""The JSON schema of an event, as its readers see it."""

from __future__ import annotations

import inspect
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from aep_shared.contracts.base import RegisterRecord, State
from aep_shared.contracts.topics import Topic


class _ReaderSchema(GenerateJsonSchema):
    """Writers must fit their model exactly; readers ignore unknown fields, so the schema allows them."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, object]:
        found = super().model_schema(schema)
        if found.get("additionalProperties") is False:
            del found["additionalProperties"]
        return found


def schema_of(topic: Topic) -> dict[str, object]:
    """The JSON schema of the state that `topic` carries."""
    body = topic.model.model_json_schema(schema_generator=_ReaderSchema)
    # Draft 7 is what every AsyncAPI tool reads, and our schemas use nothing newer.
    head = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": f"urn:{topic.name.replace('.', ':')}",
    }
    return {**head, **body, "title": topic.name, "description": described(topic.model)}


def described(model: type[State]) -> str:
    """What an event is about: the documentation of the record whose state it is, else its own."""
    records = (base for base in model.__mro__ if issubclass(base, RegisterRecord) and not issubclass(base, State))
    return inspect.getdoc(next(records, model)) or ""
