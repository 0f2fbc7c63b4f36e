"""What a server answered: read into a schema, or raised as the error its problem document describes."""

from typing import TypeVar

from httpx2 import Response
from pydantic import BaseModel, ValidationError

from api.shell.errors import CommandError, FileRefusedError, ServerRefusedError

ModelT = TypeVar("ModelT", bound=BaseModel)

_FILE_REFUSED = (413, 415, 422)


def answer_in(response: Response, model: type[ModelT]) -> ModelT:
    """
    Read an answer.

    Raises:
        FileRefusedError: If the server refused what was sent.
        ServerRefusedError: If it refused for any other reason.
        CommandError: If it does not answer as Staydown does.
    """
    _require_success(response)
    try:
        return model.model_validate_json(response.content)
    except ValidationError as error:
        message = f"{response.url} does not answer as Staydown does; check --server"
        raise CommandError(message) from error


def bytes_in(response: Response) -> bytes:
    """
    Read an answer that is a file.

    Raises:
        FileRefusedError: If the server refused what was sent.
        ServerRefusedError: If it refused for any other reason.
    """
    _require_success(response)
    return response.content


def _require_success(response: Response) -> None:
    if not response.is_success:
        kind = FileRefusedError if response.status_code in _FILE_REFUSED else ServerRefusedError
        raise kind(_problem(response))


class ProblemDocument(BaseModel):
    title: str
    detail: str

    @property
    def sentence(self) -> str:
        return f"{self.title}: {self.detail}"


def _problem(response: Response) -> str:
    try:
        problem = ProblemDocument.model_validate_json(response.content)
    except ValidationError:
        return f"{response.url} answered {response.status_code}; check --server"
    return problem.sentence
