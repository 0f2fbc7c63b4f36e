"""
Moments, spans and numbers as a language writes them: the filters of templates.

    {{ case.deadline | moment }}    5 Mar 2026, 14:05 UTC
    {{ 9100 | span }}               3 hours: two and a half of a unit are needed before it is used
    {{ 120000 | number }}           120,000
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent

from api.pages.languages import Language

Filter = Callable[[Language], Callable[..., str]]


def _moment(language: Language) -> Callable[[datetime], str]:
    def moment(at: datetime) -> str:
        return f"{format_datetime(at, 'd MMM y, HH:mm', locale=language.locale)} UTC"

    return moment


def _span(language: Language) -> Callable[[float | timedelta], str]:
    def span(seconds: float | timedelta) -> str:
        whole = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
        return format_timedelta(timedelta(seconds=abs(whole)), locale=language.locale, threshold=2.5)

    return span


def _number(language: Language) -> Callable[[float], str]:
    def number(value: float) -> str:
        return format_decimal(value, locale=language.locale)

    return number


def _percent(language: Language) -> Callable[[float], str]:
    def percent(share: float) -> str:
        return format_percent(share, locale=language.locale)

    return percent


FILTERS: Final[dict[str, Filter]] = {"moment": _moment, "span": _span, "number": _number, "percent": _percent}
