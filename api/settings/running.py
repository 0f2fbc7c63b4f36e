"""What a process does beside answering, and what it says of itself."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field


class Running(BaseModel):
    """What a process does beside answering, and what it says of itself."""

    worker: bool = Field(True, description="Whether `serve` also delivers and looks back, as `staydown worker` does.")
    log_format: Literal["json", "console"] = Field("console", description="How log lines are written.")
    traces_endpoint: str = Field(
        "", description="Where traces go: the address of an OTLP/HTTP collector; needs `staydown[telemetry]`."
    )
    traces_share: Annotated[float, Field(ge=0, le=1)] = Field(1.0, description="Share of traces that are kept.")
    access_log: bool = Field(False, description="Whether each request is logged; `serve --access-log` turns it on.")
