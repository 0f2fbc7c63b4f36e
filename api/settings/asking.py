"""Who may ask, how often, and through what."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import NoDecode

from api.settings.words import with_commas


class Asking(BaseModel):
    """Who may ask, how often, and through what."""

    public_reports: bool = Field(False, description="Whether reports may be filed without a key.")
    public_reports_per_hour: Annotated[int, Field(gt=0)] = Field(20, description="Per address, without a key.")
    untrusted_signals: bool = Field(
        False, description="Whether keys that are not marked trusted may ask by signals, not only with files."
    )
    untrusted_files_per_hour: Annotated[int, Field(gt=0)] = Field(
        3_600, description="Files an hour taken of a key that is not marked trusted."
    )
    receipts_per_minute: Annotated[int, Field(gt=0)] = Field(60, description="Per address, with a receipt.")
    key_requests_per_minute: Annotated[int, Field(ge=0)] = Field(
        0, description="For each bearer of a key, where the key has no limit of its own; 0 for as many as they like."
    )
    wrong_tries: Annotated[int, Field(ge=1)] = Field(
        10, description="Different wrong keys or receipts from one address in ten minutes before it has to pause."
    )
    hma: bool = Field(
        False, description="Whether `/hma` answers as Hasher-Matcher-Actioner does, by key or from trusted networks."
    )
    hma_trusted_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses and networks, with commas between, whose programs need no key at `/hma`.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses and networks, with commas between, of proxies that say whom they forward for."
    )

    @field_validator("trusted_proxies", "hma_trusted_networks", mode="before")
    @classmethod
    def _are_networks_with_commas(cls, given: object) -> object:
        return with_commas(given)

    @field_validator("trusted_proxies", "hma_trusted_networks")
    @classmethod
    def _are_networks(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for network in given:
            try:
                ip_network(network)
            except ValueError as error:
                message = f"addresses or networks such as 10.0.0.0/8 are expected, not {network!r}"
                raise ValueError(message) from error
        return given
