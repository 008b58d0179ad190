"""What the website reads of each answer is what the service's OpenAPI document promises.

A field that a service renames, or may leave out where a page needs it, is found here and not by a visitor.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import aep_website
from aep_website import answers
from aep_website.answers.base import Address, Answered

ROOT = Path(__file__).parents[3]
Schema = dict[str, Any]


def _addresses() -> Iterator[Address[BaseModel]]:
    for module in pkgutil.iter_modules(answers.__path__):
        found = importlib.import_module(f"{answers.__name__}.{module.name}")
        yield from (value for value in vars(found).values() if isinstance(value, Address))


ADDRESSES = list(dict.fromkeys(_addresses()))


@cache
def _document(service: str) -> Schema:
    """The document as the service's own application makes it."""
    spec = importlib.util.spec_from_file_location("openapi_check", ROOT / "tools" / "checks" / "openapi.py")
    assert spec
    assert spec.loader
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    document: Schema = check.application(service).openapi()
    return document


def _promised(address: Address[BaseModel]) -> tuple[Schema, Schema]:
    """The document, and the schema in it of what is answered where all is well."""
    document = _document(address.path.split("/")[2])
    responses = document["paths"][address.path][address.method.lower()]["responses"]
    success = next(answer for status, answer in responses.items() if status.startswith("2"))
    return document, success["content"]["application/json"]["schema"]


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: f"{address.method} {address.path}")
def test_the_service_promises_what_the_website_reads(address: Address[BaseModel]) -> None:
    document, promised = _promised(address)
    read = address.model.model_json_schema()
    assert list(_gaps(read, read, document, promised, address.model.__name__)) == []


class _Wrong(Answered):
    """As `Me`, with what the registry does not promise."""

    id: int
    name: str
    grants: list[_WrongGrant]


class _WrongGrant(Answered):
    role: str
    group: str
    until_when: str = ""


def test_the_check_sees_what_is_not_promised() -> None:
    _Wrong.model_rebuild()
    document, promised = _promised(Address("/api/registry/v1/me", Answered))
    read = _Wrong.model_json_schema()
    assert sorted(_gaps(read, read, document, promised, "Me")) == [
        "Me.grants[].group: may be left out",
        "Me.grants[].group: null is not read",
        "Me.grants[].until_when: is not in the document",
        "Me.id: string is not read",
        "Me.name: is not in the document",
    ]


def test_pages_read_no_address_that_is_not_held_against_a_document() -> None:
    """Reads take an `Address`, and only the modules of the table make any."""
    package = Path(str(aep_website.__file__)).parent
    makers = {
        path.relative_to(package).parts[0]
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and "Address" in ast.unparse(node.func).split(".")
    }
    assert makers == {"answers"}
    assert len(ADDRESSES) > 30


def _gaps(root: Schema, read: Schema, document: Schema, promised: Schema, at: str) -> Iterator[str]:
    """What a reader with the schema `read` could meet in an answer of the schema `promised` and not understand."""
    readers = list(_alternatives(root, read))
    answers_ = list(_alternatives(document, promised))
    objects = [schema for schema in answers_ if "properties" in schema]
    reader = next((schema for schema in readers if "properties" in schema), None)
    if reader is not None and objects:
        yield from _gaps_of_fields(root, reader, document, objects, at)
    for answer in answers_:
        if answer not in objects or reader is None:
            gaps = [list(_gaps_of_value(root, schema, document, answer, at)) for schema in readers]
            yield from min(gaps, key=len)


def _gaps_of_fields(root: Schema, reader: Schema, document: Schema, objects: list[Schema], at: str) -> Iterator[str]:
    for name, field in reader["properties"].items():
        holding = [schema for schema in objects if name in schema["properties"]]
        if not holding:
            yield f"{at}.{name}: is not in the document"
            continue
        if name in reader.get("required", ()) and not all(name in s.get("required", ()) for s in objects):
            yield f"{at}.{name}: may be left out"
        for schema in holding:
            yield from _gaps(root, field, document, schema["properties"][name], f"{at}.{name}")


def _gaps_of_value(root: Schema, reader: Schema, document: Schema, answer: Schema, at: str) -> Iterator[str]:
    kind = answer.get("type")
    if reader.get("type") != kind or ("format" in reader and reader["format"] != answer.get("format")):
        yield f"{at}: {kind} is not read"
    elif "prefixItems" in reader:
        pairs = zip(reader["prefixItems"], answer["prefixItems"], strict=True)
        for place, (mine, theirs) in enumerate(pairs):
            yield from _gaps(root, mine, document, theirs, f"{at}[{place}]")
    elif kind == "array":
        yield from _gaps(root, reader["items"], document, answer["items"], f"{at}[]")
    elif kind == "object":
        values = reader.get("additionalProperties")
        if isinstance(values, dict):
            yield from _gaps(root, values, document, answer["additionalProperties"], f"{at}{{}}")
    elif known := _words(reader):
        said = _words(answer)
        if not said or not said <= known:
            yield f"{at}: may be another word than {sorted(known)}"


def _alternatives(root: Schema, schema: Schema) -> Iterator[Schema]:
    """What a value may be, without what is only answered to those who ask for removed records or for some fields."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name.startswith("Removed") or (name.endswith("Fields") and name != "Fields"):
            return
        known = root.get("$defs") or root["components"]["schemas"]
        yield from _alternatives(root, known[name])
    elif "anyOf" in schema:
        for alternative in schema["anyOf"]:
            yield from _alternatives(root, alternative)
    else:
        yield schema


def _words(schema: Schema) -> set[str]:
    return set(schema["enum"] if "enum" in schema else [schema["const"]] if "const" in schema else ())
