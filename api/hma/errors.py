"""
What goes wrong here, in the words of HMA.

    HmaError    a status and a message, answered as {"message": …}
"""


class HmaError(Exception):
    """
    Something a client is told.

    Args:
        status: Of the answer.

        message: As HMA words it, where its clients look for that.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
