"""The one table of formats in which hash lists are passed on. A new one is a file in this folder and a row."""

from pathlib import PurePath

from casework.exchange.base import ExchangeFormat
from casework.exchange.ndjson import Ndjson
from casework.exchange.pdq_csv import PdqCsv
from casework.exchange.pdq_text import PdqText
from casework.exchange.threatexchange_json import ThreatExchangeJson
from casework.exchange.vpdq import Vpdq


def format_of(file_name: str) -> ExchangeFormat | None:
    """Guess a file's format from its name; None if nothing speaks for any."""
    suffix = PurePath(file_name).suffix.casefold()
    return next((one for one in EXCHANGE_FORMATS.values() if suffix in one.suffixes), None)


EXCHANGE_FORMATS: dict[str, ExchangeFormat] = {
    "pdq": PdqText(),
    "pdq-csv": PdqCsv(),
    "threatexchange-json": ThreatExchangeJson(),
    "vpdq": Vpdq(),
    "ndjson": Ndjson(),
}
