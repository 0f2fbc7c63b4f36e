"""The one table of servers that hashes are exchanged with. A new one is a file in this folder and a row."""

from casework.exchange.servers.base import ExchangeServer
from casework.exchange.servers.ncmec import Ncmec
from casework.exchange.servers.stopncii import StopNcii
from casework.exchange.servers.threatexchange import ThreatExchange

EXCHANGES: dict[str, ExchangeServer] = {
    "stopncii": StopNcii(),
    "threatexchange": ThreatExchange(),
    "ncmec": Ncmec(),
}
