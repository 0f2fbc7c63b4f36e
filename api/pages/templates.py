"""
HTML from templates, with everything escaped.

    page(request, "console/waiting/queue.html", cases=…)   <- api/console/templates/waiting/queue.html

Invariant: a template escapes what it is given, and a name that it was not given is an error, not an empty place. No
template marks anything as safe.
"""

from functools import cache

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from api.pages.addresses import is_translated
from api.pages.assets import API, PACKAGES, assets
from api.pages.languages import ENGLISH, LANGUAGES, Language, language_for, translations_of
from api.pages.moments import FILTERS

LANGUAGE_COOKIE = "language"


def page(request: Request, template: str, *, status: int = 200, **shown: object) -> HTMLResponse:
    """
    Answer with a page.

    Args:
        request: What is answered; it says in which language.

        template: Package and file: ``"console/waiting/queue.html"``.

        status: HTTP status.

        shown: What the template shows, by the names it uses.
    """
    return HTMLResponse(render(language_of(request), template, path=request.url.path, **shown), status_code=status)


def render(language: Language, template: str, **shown: object) -> str:
    """Write a template in a language."""
    return environment_in(language).get_template(template).render(**shown)


def language_of(request: Request) -> Language:
    """Return the language a person chose, by `?language=` or once before, or that their browser asks for."""
    if not is_translated(request.url.path):
        return ENGLISH
    chosen = request.query_params.get("language") or request.cookies.get(LANGUAGE_COOKIE)
    return language_for(request.headers.get("accept-language"), chosen=chosen)


@cache
def environment_in(language: Language) -> Environment:
    """Make the environment of a language, once a process."""
    loaders = {name: FileSystemLoader(API / name / "templates") for name in PACKAGES}
    environment = Environment(
        loader=PrefixLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    translations = translations_of(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        translations.gettext, translations.ngettext, newstyle=True, pgettext=translations.pgettext
    )
    environment.filters |= {name: made(language) for name, made in FILTERS.items()}
    environment.globals |= {"asset": assets().address, "language": language, "languages": LANGUAGES}
    return environment
