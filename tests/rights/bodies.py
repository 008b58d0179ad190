"""The least that a route accepts as a body, made from what its service documents."""

from __future__ import annotations

from typing import Any

_PUBLICATION = '{"slug":"lab","title":{"en":"T"},"kind":"conclusions","language":"en","date":"2021"}'
_TEXTS = {
    "email": "somebody@network.example",
    "code": "x" * 20,
    "secret": "x" * 40,
    "token": "x" * 40,
    "date": "2026",
    "slug": "lab",
    "until": "2099-01-01T00:00:00Z",
    "role": "reader",
    "note": "A note.",
}


def body_of(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments of a request: a JSON body, a form with a file, or nothing."""
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        return {"json": _value(document, content["application/json"]["schema"], "")}
    if "multipart/form-data" in content:
        return {"data": {"about": _PUBLICATION}, "files": {"file": ("a.txt", b"text", "text/plain")}}
    return {"content": b""}


def _value(document: dict[str, Any], schema: dict[str, Any], name: str) -> Any:
    if "$ref" in schema:
        return _value(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], name)
    if "anyOf" in schema:
        return _value(document, schema["anyOf"][0], name)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type")
    if kind == "object":
        if not schema.get("properties"):
            return {"en": "Text"} if schema.get("additionalProperties") else {}
        named = {key: schema["properties"][key] for key in schema.get("required", ())}
        return {key: _value(document, part, key) for key, part in named.items()}
    plain = {"array": [], "integer": 1, "number": 1, "boolean": False}
    return plain[kind] if kind in plain else _TEXTS.get(name, "word")
