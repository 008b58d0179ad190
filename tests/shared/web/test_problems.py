"""Problems: each has its code and its words, and whoever sends something long gets no long answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException

from aep_shared.errors import InvalidInput, NotFound, Problem, Retryable
from aep_shared.web.problems import MOST_LISTED, MOST_OF_A_DETAIL, as_problem, invalid, problem_response


def every(kind: type[Problem] = Problem) -> Iterator[type[Problem]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from every(narrower)


def document(problem: Problem, request_id: str | None = None) -> dict[str, Any]:
    response = problem_response(problem, request_id)
    assert response.media_type == "application/problem+json"
    found: dict[str, Any] = orjson.loads(response.body)
    assert found["status"] == response.status_code
    return found


@pytest.mark.parametrize("kind", sorted(set(every()), key=lambda kind: kind.__name__))
def test_every_problem_has_a_code_and_says_in_one_line_what_it_is(kind: type[Problem]) -> None:
    problem = kind.__new__(kind)
    Problem.__init__(problem)
    found = document(problem, "r-1")
    assert found["type"] == f"/problems/{kind.code}"
    assert 400 <= found["status"] < 600
    assert found["title"].endswith(".")
    assert (found["code"], found["request_id"]) == (kind.code, "r-1")
    assert found["detail"]


def test_a_problem_says_its_detail_and_what_belongs_to_it() -> None:
    found = document(NotFound("there is no lab", slug="lab", lines=[{"line": 3}]))
    assert (found["detail"], found["slug"], found["lines"]) == ("there is no lab", "lab", [{"line": 3}])
    assert "request_id" not in found


def test_what_may_succeed_later_says_when() -> None:
    assert problem_response(Retryable()).headers["Retry-After"] == "2"
    assert "Retry-After" not in problem_response(NotFound()).headers


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("x" * (MOST_OF_A_DETAIL + 1), "x" * MOST_OF_A_DETAIL),
        ([{"a": "y" * 5000}], [{"a": "y" * MOST_OF_A_DETAIL}]),
        (list(range(MOST_LISTED + 1)), list(range(MOST_LISTED))),
        ({"deep": {"er": ["z\uffff"]}}, {"deep": {"er": ["z\ufffd"]}}),
        ("a\ud800b", "a\ufffdb"),
        (7, 7),
        (None, None),
    ],
)
def test_what_belongs_to_it_is_cut_to_what_a_person_reads(given: Any, shown: Any) -> None:
    assert document(InvalidInput("wrong", more=given))["more"] == shown


def test_a_detail_is_cut_too() -> None:
    assert len(document(NotFound("x" * 10_000))["detail"]) == MOST_OF_A_DETAIL


class Shape(BaseModel):
    sides: int
    name: str


def refusal(given: Any) -> ValidationError:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(list[Shape]).validate_python(given)
    return refused.value


def test_input_that_does_not_fit_names_each_field() -> None:
    problem = invalid(refusal([{"sides": "many"}, {"sides": 3, "name": "x"}]).errors())
    assert isinstance(problem, InvalidInput)
    assert [entry["field"] for entry in problem.extra["errors"]] == ["0.sides", "0.name"]
    assert problem.detail.startswith("0.sides: Input should be a valid integer")


def test_of_many_wrong_fields_the_first_are_in_the_detail() -> None:
    problem = invalid(refusal([{}] * 20).errors())
    assert problem.detail.count(";") == 4
    assert len(problem.extra["errors"]) == 40


def test_what_is_no_json_is_said_to_be_none() -> None:
    with pytest.raises(ValidationError) as refused:
        Shape.model_validate_json("{")
    assert invalid(refused.value.errors()).code == "not-json"


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (NotFound("x"), 404, "not-found"),
        (HTTPException(404), 404, "not-found"),
        (HTTPException(405), 405, "method-not-allowed"),
        (HTTPException(413), 413, "body-too-large"),
        (HTTPException(400), 400, "not-json"),
        (HTTPException(418, "a teapot"), 400, "bad-request"),
        (RuntimeError("the password is x"), 500, "internal"),
        (KeyError("x"), 500, "internal"),
    ],
)
def test_every_failure_is_a_problem_and_a_surprise_says_nothing_of_itself(
    failure: Exception, status: int, code: str
) -> None:
    found = document(as_problem(failure))
    assert (found["status"], found["code"]) == (status, code)
    assert "password" not in str(found)


def test_a_model_that_does_not_fit_is_the_senders_fault() -> None:
    assert document(as_problem(refusal([{}])))["code"] == "invalid-input"
