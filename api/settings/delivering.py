"""How others are told, and what comes from them."""

from typing import Annotated

from pydantic import BaseModel, Field


class Delivering(BaseModel):
    """How others are told, and what comes from them."""

    allow_private_destinations: bool = Field(
        False, description="Whether webhooks may reach private and loopback addresses, and those without TLS."
    )
    ncmec: bool = Field(
        False,
        description="Whether hashes come from NCMEC, too: only where there is a route for media that shows children.",
    )
    delivery_timeout_s: Annotated[float, Field(gt=0)] = Field(15.0, description="For one attempt.")
    retry_first_s: Annotated[float, Field(gt=0)] = Field(1.0, description="Pause after a first failure; then doubled.")
    retry_cap_s: Annotated[float, Field(gt=0)] = Field(3600.0, description="Longest pause between attempts.")
    retry_attempts: Annotated[int, Field(ge=1)] = Field(80, description="Attempts before a delivery is given up.")
