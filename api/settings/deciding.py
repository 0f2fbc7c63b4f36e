"""When one decision is not enough, and what is restricted before one."""

from typing import Annotated

from pydantic import BaseModel, Field


class Deciding(BaseModel):
    """When one decision is not enough, and what is restricted before one."""

    blast_radius_limit: Annotated[int, Field(ge=0)] = Field(
        100, description="A takedown that would hit more registered uploads than this needs a second approver."
    )
    blast_radius_budget_ms: Annotated[int, Field(ge=0)] = Field(
        2000, description="How long uploads are compared to count what a decision would hit; the rest is estimated."
    )
    sample_above: Annotated[int, Field(ge=0)] = Field(
        50, description="Where more cases than this are decided at once, some must have been looked at first."
    )
    sample_size: Annotated[int, Field(ge=0, le=100)] = Field(
        3, description="How many of each takedown must have been looked at; 0 for none."
    )
    flood_uploaders: Annotated[int, Field(ge=0)] = Field(
        25,
        description="A takedown that matches uploads by more people than this a day goes into quarantine; 0 for never.",
    )
    interim_hours: Annotated[float, Field(ge=0)] = Field(
        72.0, description="How long what is restricted at once is held before a person has decided; 0 for never."
    )
    interim_valid_reports: bool = Field(
        False, description="Whether intimate media that the person depicted reports is held before a person decides."
    )
    second_look_percent: Annotated[float, Field(ge=0, le=100)] = Field(
        2.0, description="How many of a hundred decisions about copies a second person looks at, without being told."
    )
    known_pair_percent: Annotated[float, Field(ge=0, le=100)] = Field(
        2.0, description="After how many of a hundred decisions a known pair is shown in between, once one is planted."
    )
