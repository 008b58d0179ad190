"""What a change of a contract breaks, found by comparing two JSON schemas.

Compatible means both ways: services are upgraded one by one, so readers of the older schema meet newer
events; and compacted topics keep older events, which readers of the newer schema meet. An optional field may
be added and texts may be worded anew; nearly everything else hurts one side or both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Schema = Mapping[str, Any]
Side = Literal["older readers", "newer readers"]

_UPPER_BOUNDS = {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}
_LOWER_BOUNDS = {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}
_WORDING = {"title", "description", "examples", "deprecated", "$schema", "$id", "$comment", "$defs"}
_COMPARED_ONE_BY_ONE = {
    "type",
    "anyOf",
    "oneOf",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "default",
}
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class BreakingChange:
    """A change that one side cannot read: older readers newer events, or newer readers older events."""

    path: str
    change: str
    hurts: Side

    def __str__(self) -> str:
        return f"{self.path or 'the event'}: {self.change} (hurts {self.hurts})"


def breaking_changes(old: Schema, new: Schema) -> list[BreakingChange]:
    """Every change from `old` to `new` that breaks somebody; empty when both read both.

    Schemas that contain themselves are not supported.
    """
    return list(_compare("", _inlined(old, old), _inlined(new, new)))


def _inlined(schema: Any, root: Schema) -> Any:
    """The schema with what its references point to in their place."""
    if isinstance(schema, list):
        return [_inlined(item, root) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    copy = {key: _inlined(value, root) for key, value in schema.items() if key not in ("$ref", "$defs")}
    if "$ref" in schema:
        target = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        copy = {**_inlined(target, root), **copy}
    return copy


def _compare(path: str, old: Any, new: Any) -> Iterator[BreakingChange]:
    before, after = _alternatives(old), _alternatives(new)
    for kind in sorted(after.keys() - before.keys()):
        yield BreakingChange(path, f"may now be of type {kind}", "older readers")
    for kind in sorted(before.keys() - after.keys()):
        yield BreakingChange(path, f"may no longer be of type {kind}", "newer readers")
    for kind in sorted(before.keys() & after.keys()):
        yield from _compare_alternative(path, before[kind], after[kind])


def _alternatives(schema: Any) -> dict[str, Schema]:
    """The types that a value may have, each with its own schema; those of the same type are numbered."""
    if not isinstance(schema, Mapping):
        return {"nothing" if schema is False else "anything": {}}
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices is None:
        kinds = schema.get("type", "anything")
        return dict.fromkeys([kinds] if isinstance(kinds, str) else kinds, schema)
    found: dict[str, Schema] = {}
    for choice in choices:
        for kind, one in _alternatives(choice).items():
            found[f"{kind} ({len(found) + 1})" if kind in found else kind] = one
    return found


def _compare_alternative(path: str, old: Schema, new: Schema) -> Iterator[BreakingChange]:
    yield from _compare_values(path, old, new)
    yield from _compare_rules(path, old, new)
    yield from _compare_fields(path, old, new)
    for keyword, step in (("items", "[]"), ("additionalProperties", ".*")):
        if keyword in old or keyword in new:
            yield from _compare(path + step, old.get(keyword, {}), new.get(keyword, {}))


def _compare_values(path: str, old: Schema, new: Schema) -> Iterator[BreakingChange]:
    before, after = _values(old), _values(new)
    if before is None and after is not None:
        yield BreakingChange(path, "now has a list of values", "newer readers")
    elif before is not None and after is None:
        yield BreakingChange(path, "no longer has a list of values", "older readers")
    elif before is not None and after is not None:
        for value in (value for value in after if value not in before):
            yield BreakingChange(path, f"new value {value!r}", "older readers")
        for value in (value for value in before if value not in after):
            yield BreakingChange(path, f"lost value {value!r}", "newer readers")


def _values(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _compare_rules(path: str, old: Schema, new: Schema) -> Iterator[BreakingChange]:
    for keyword in sorted((old.keys() | new.keys()) - _WORDING - _COMPARED_ONE_BY_ONE):
        first, second = old.get(keyword, _ABSENT), new.get(keyword, _ABSENT)
        for side in _hurt(keyword, first, second) if first != second else ():
            yield BreakingChange(path, f"{keyword} {_shown(first)} became {_shown(second)}", side)


def _hurt(keyword: str, first: Any, second: Any) -> list[Side]:
    """Who is hurt when a rule changes: a stricter rule hurts newer readers, a looser one older readers."""
    if first is _ABSENT:
        return ["newer readers"]
    if second is _ABSENT:
        return ["older readers"]
    if keyword in _UPPER_BOUNDS:
        return ["older readers" if second > first else "newer readers"]
    if keyword in _LOWER_BOUNDS:
        return ["older readers" if second < first else "newer readers"]
    # Which of two patterns or formats is the stricter one cannot be told.
    return ["older readers", "newer readers"]


def _compare_fields(path: str, old: Schema, new: Schema) -> Iterator[BreakingChange]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed_before, needed_after = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(before.keys() - after.keys()):
        yield BreakingChange(_below(path, name), "the field was removed or renamed", "older readers")
    for name in sorted(needed_after - needed_before):
        change = "an optional field became required" if name in before else "new required field"
        yield BreakingChange(_below(path, name), change, "newer readers")
    for name in sorted((needed_before - needed_after) & after.keys()):
        yield BreakingChange(_below(path, name), "a required field became optional", "older readers")
    for name in sorted(before.keys() & after.keys()):
        yield from _compare_default(_below(path, name), before[name], after[name])
        yield from _compare(_below(path, name), before[name], after[name])


def _compare_default(path: str, old: Schema, new: Schema) -> Iterator[BreakingChange]:
    first, second = old.get("default", _ABSENT), new.get("default", _ABSENT)
    if first != second and _ABSENT not in (first, second):
        # Events that leave the field out would mean something else from now on.
        yield BreakingChange(path, f"default {_shown(first)} became {_shown(second)}", "newer readers")


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(value: Any) -> str:
    return "none" if value is _ABSENT else repr(value)
