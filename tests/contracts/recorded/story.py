"""
What is asked over HTTP, in order: one story over one service, from the first key to the last figure.

Each chapter takes the service and what earlier ones left: ids and answers, by name. A new request goes to the end of
its chapter, so that little else of the recording changes.
"""

from typing import Any

from tests.contracts.recorded.service import Service
from tests.contracts.recorded.story_cases import deciding, erasing, poisoning, protecting, reporting, reversing
from tests.contracts.recorded.story_operations import being_told, closing, making_keys, refusing, starting
from tests.contracts.recorded.story_pipelines import asking, films, hashing, uploading

CHAPTERS = (
    starting,
    making_keys,
    being_told,
    hashing,
    uploading,
    reporting,
    deciding,
    asking,
    protecting,
    poisoning,
    films,
    reversing,
    refusing,
    erasing,
    closing,
)


def run_story(service: Service) -> None:
    """Ask everything."""
    left: dict[str, Any] = {}
    for chapter in CHAPTERS:
        chapter(service, left)
