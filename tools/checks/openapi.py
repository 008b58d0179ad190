"""Writes each service's OpenAPI document to `contracts/openapi/`; `--check` writes nothing and fails on a stale one.

A reader of the repository sees the whole API, and a change of it shows in the change's diff.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
from pathlib import Path

from fastapi import FastAPI

from aep_shared.contracts.topics import SERVICES
from aep_shared.http.app import TECHNICAL, every_route

FOLDER = Path(__file__).resolve().parents[2] / "contracts" / "openapi"


def main() -> int:
    checking = "--check" in sys.argv[1:]
    wrong: list[str] = []
    for service in SERVICES:
        app = application(service)
        wrong += [f"{service}: {path} is not in its document" for path in undocumented(app)]
        wrong += [f"{service}: {path} does not say what it answers" for path in undescribed(app.openapi())]
        text = json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"
        file = FOLDER / f"{service}.json"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            if checking:
                wrong.append(f"{file.relative_to(FOLDER.parents[1])} is stale: run make contracts")
            else:
                file.parent.mkdir(exist_ok=True)
                file.write_text(text, encoding="utf-8")
    print("\n".join(wrong) or "the OpenAPI documents are fresh")
    return 1 if wrong else 0


def application(service: str) -> FastAPI:
    """The service's API as it would be started; nothing connects to what these settings name."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            f"AEP_{service.upper()}_DATABASE_URL": "postgresql://nobody@localhost/nothing",
            "AEP_EVENT_LOG_URL": "postgresql://nobody@localhost/nothing",
            "AEP_REGISTRY_KEYS_DIR": folder,
            "AEP_SEARCH_INDEX_URL": f"tantivy://{folder}",
            "AEP_REPORTS_FILES_URL": f"file://{folder}",
        }
        app: FastAPI = importlib.import_module(f"aep_{service}.app").build(environ)[1]
        return app


def undocumented(app: FastAPI) -> list[str]:
    """Routes that are mounted and not in the document."""
    known = {
        (path.split("/v1", 1)[1], method.upper()) for path, item in app.openapi()["paths"].items() for method in item
    }
    mounted = {(route.path, method) for route in every_route(app) for method in getattr(route, "methods", None) or ()}
    return sorted(
        f"{method} {path}"
        for path, method in mounted
        if not path.endswith(TECHNICAL) and method != "HEAD" and (path, method) not in known
    )


def undescribed(document: dict[str, object]) -> list[str]:
    """Operations with a success answer that has a body and no schema that says anything of it."""
    return sorted(
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method, operation in item.items()
        for status, answer in operation["responses"].items()
        if status.startswith("2") and status != "204" and not _says_something(answer.get("content", {}))
    )


def _says_something(content: dict[str, object]) -> bool:
    schemas = [media.get("schema", {}) for media in content.values()]
    return bool(schemas) and all(
        {"$ref", "anyOf", "properties", "items", "description"} & set(schema) for schema in schemas
    )


if __name__ == "__main__":
    sys.exit(main())
