"""JSON that clients send, read as HMA reads it: 422 with a list of what is wrong."""

import json
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.errors import BodyError
from api.hma.answers import Json
from api.hma.errors import HmaError
from api.http.incoming.bodies import json_object

ModelT = TypeVar("ModelT", bound=BaseModel)


class InvalidBodyError(HmaError):
    """A body that does not fit; `problems` lists why."""

    def __init__(self, problems: list[object]) -> None:
        super().__init__(422, "the body is not valid")
        self.problems = problems


async def json_body(request: Request) -> Json:
    """
    Read a request's JSON object.

    Raises:
        HmaError: If it is none, or holds text that no database takes.
    """
    try:
        return await run_in_threadpool(json_object, await request.body() or b"{}", field="body")
    except BodyError as error:
        raise HmaError(400, f"The body: {error}") from error


async def read_as(model: type[ModelT], request: Request) -> ModelT:
    """
    Read a request's JSON as a model.

    Raises:
        InvalidBodyError: Naming every field that does not fit.
    """
    return _checked(model, await json_body(request))


def query_as(model: type[ModelT], request: Request) -> ModelT:
    """
    Read a request's query as a model; what is empty counts as left out.

    Raises:
        InvalidBodyError: Naming every parameter that does not fit.
    """
    return _checked(model, {name: value for name, value in request.query_params.items() if value})


def _checked(model: type[ModelT], given: Json) -> ModelT:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise InvalidBodyError(json.loads(error.json())) from error
