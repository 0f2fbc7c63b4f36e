"""Who did something, as people read it."""

from pydantic import BaseModel, Field


class PersonOut(BaseModel):
    """A person, a program, or the policy itself."""

    id: str = Field(description="Of the bearer's first key, or `policy:<version>`.")
    name: str = Field(examples=["Alex"])
