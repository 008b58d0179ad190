"""Parsing in a child process with limits: a file from outside never runs in the service's own process."""

from __future__ import annotations

import asyncio
import resource
import sys
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

from aep_search.errors import ImportRefused, IncompleteImport, RefDoubled
from aep_search.importer import Document, ImportProblem, check_coverage, parse
from aep_shared.children import CHILD_ENVIRON, leave_network

# Less than a request may take.
SECONDS = 25
MEMORY_BYTES = 1024**3
MOST_PARAGRAPHS = 20_000
MOST_ANSWER_BYTES = 10 * 1024 * 1024
_MOST_LISTED = 50


class _Parsed(BaseModel):
    outcome: Literal["parsed"] = "parsed"
    document: Document


class _Refused(BaseModel):
    outcome: Literal["refused"] = "refused"
    code: str
    detail: str
    line: int | None


class _Incomplete(BaseModel):
    outcome: Literal["incomplete"] = "incomplete"
    lines: list[int]


_ANSWER: TypeAdapter[_Parsed | _Refused | _Incomplete] = TypeAdapter(
    Annotated[_Parsed | _Refused | _Incomplete, Field(discriminator="outcome")]
)


class FileRefused(ImportRefused):
    """The importer gave a reason, whose code this problem carries."""

    def __init__(self, code: str, detail: str, line: int | None) -> None:
        super().__init__(detail, **({"line": line} if line is not None else {}))
        self.code = code  # type: ignore[misc]


async def parse_file(data: bytes, file_name: str, language: str) -> Document:
    """The document in a file, proven complete.

    Raises `FileRefused` with the importer's code, `IncompleteImport`, `RefDoubled`, and `ImportRefused` where the
    limits on time or memory were reached.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "aep_search.publications.parsing",
        file_name,
        language,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=CHILD_ENVIRON,
    )
    try:
        async with asyncio.timeout(SECONDS):
            output, _ = await child.communicate(data)
    except TimeoutError as problem:
        raise ImportRefused(f"reading the file took longer than {SECONDS} seconds") from problem
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        raise ImportRefused("reading the file needed more memory or time than an import may use")
    # Validated beside the loop: an answer may have thousands of paragraphs.
    return _document(await asyncio.to_thread(_ANSWER.validate_json, output))


def _document(answer: _Parsed | _Refused | _Incomplete) -> Document:
    if isinstance(answer, _Refused):
        raise FileRefused(answer.code, answer.detail, answer.line)
    if isinstance(answer, _Incomplete):
        raise IncompleteImport(f"text of {len(answer.lines)} lines would be dropped", lines=answer.lines[:50])
    if answer.document.doubled:
        doubled = list(answer.document.doubled)
        shown = doubled[:_MOST_LISTED]
        raise RefDoubled(f"{len(doubled)} numbered twice: {', '.join(shown)}", refs=shown)
    return answer.document


def _answer(data: bytes, file_name: str, language: str) -> _Parsed | _Refused | _Incomplete:
    try:
        document = parse(data, file_name=file_name, language=language)
    except ImportProblem as problem:
        return _Refused(code=problem.code, detail=problem.detail, line=problem.line)
    if len(document.paragraphs) > MOST_PARAGRAPHS:
        detail = f"a publication has at most {MOST_PARAGRAPHS} paragraphs"
        return _Refused(code="import-too-large", detail=detail, line=None)
    coverage = check_coverage(data, document)
    return _Parsed(document=document) if coverage.complete else _Incomplete(lines=list(coverage.lines))


def _written(answer: _Parsed | _Refused | _Incomplete) -> bytes:
    """The answer on its way to the parent, which holds it in memory whole: so it has a bound."""
    written = _ANSWER.dump_json(answer)
    if len(written) <= MOST_ANSWER_BYTES:
        return written
    return _ANSWER.dump_json(_Refused(code="import-too-large", detail="the parsed text is too large", line=None))


if __name__ == "__main__":
    leave_network()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    sys.stdout.buffer.write(_written(_answer(sys.stdin.buffer.read(), sys.argv[1], sys.argv[2])))
