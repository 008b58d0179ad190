"""What the answers of all services have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

A = TypeVar("A", bound=BaseModel)
M = TypeVar("M", bound=BaseModel)
A_co = TypeVar("A_co", bound=BaseModel, covariant=True)
M_co = TypeVar("M_co", bound=BaseModel, covariant=True)

Texts = dict[str, str]
"""A text by language. What a service answers was checked when it was written; here it is only shown."""


class AnswerNotUnderstood(Exception):
    """An answer that does not fit its model: its message names the address and the field, and no value."""


class Answered(BaseModel):
    """A part of an answer; it holds only what pages use."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Items(Answered, Generic[M_co]):
    """A list that is answered as a whole."""

    items: list[M_co]


class Page(Items[M_co], Generic[M_co]):
    """A page of a list, and where the next one begins."""

    next: str | None = None


@dataclass(frozen=True, slots=True)
class Address(Generic[A_co]):
    """Where an API answers, and the model of what it answers there."""

    path: str
    model: type[A_co]
    method: str = "GET"

    def of(self, **parts: str) -> Address[A_co]:
        """The address with the parts that its path names in braces."""
        return replace(self, path=self.path.format(**parts))

    def understood(self, content: bytes) -> A_co:
        """The answer; fields that the model does not know are ignored, in every part of it.

        Raises `AnswerNotUnderstood`.
        """
        try:
            return self.model.model_validate_json(content, extra="ignore")
        except ValidationError as problem:
            first = problem.errors(include_url=False, include_input=False)[0]
            field = ".".join(map(str, first["loc"])) or "answer"
            raise AnswerNotUnderstood(f"{self.path}: {field}: {first['msg']}") from None
