"""What somebody says of a server of hashes, held against what its kind asks for."""

from casework.domain.errors import ExchangeOptionsError
from casework.exchange.servers.base import Field


def given(fields: tuple[Field, ...], found: dict[str, str], what: str) -> dict[str, str]:
    """
    Take what was given, if it is what a server asks for.

    Args:
        fields: What it asks for.

        found: What was given, by name.

        what: ``"option"`` or ``"secret"``.

    Raises:
        ExchangeOptionsError: Naming what is missing, or unknown.
    """
    lacking = [one for one in fields if one.needed and not found.get(one.name)]
    unknown = sorted(set(found) - {one.name for one in fields})
    if lacking or unknown:
        wanted = "; ".join(f"{one.name}: {one.description}" for one in fields) or "none is"
        message = (
            f"{what} {(unknown or [lacking[0].name])[0]}: {'unknown' if unknown else 'missing'}; asked for: {wanted}"
        )
        raise ExchangeOptionsError(message)
    return found
