"""What every way to a destination does alike: it is closed at the end of an `async with` block."""

from abc import ABC, abstractmethod
from typing import Self


class ClosedAtTheEnd(ABC):
    """Base of the rows of `DESTINATIONS`; each says what closing is."""

    @abstractmethod
    async def close(self) -> None:
        """Give back what it holds."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
