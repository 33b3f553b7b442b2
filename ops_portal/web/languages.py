"""Which language and zone a page speaks, or a mail."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from babel.support import NullTranslations
from flask import Flask, g, request
from flask_babel import Babel, Domain, refresh
from flask_babel.speaklater import LazyString
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from ops_portal.web.translations import messages_of

LANGUAGES = ("fr", "nl", "en")
NAMES = {"fr": "Français", "nl": "Nederlands", "en": "English"}
COOKIE = "language"


class Catalogue(Domain):
    """The messages, read once per process and looked up once per request."""

    def get_translations(self) -> NullTranslations:
        """Return the messages of the request's language."""
        try:
            found: NullTranslations = g.messages
        except (AttributeError, RuntimeError):  # not asked for yet, or asked outside of a request
            found = messages_of(chosen_language())
            if g:
                g.messages = found
        return found


CATALOGUE = Catalogue()


class Speech(Babel):
    """Babel with one catalogue per application; its own is read anew for each request."""

    @cached_property
    def domain_instance(self) -> Domain:
        """The catalogue."""
        return CATALOGUE


def install(app: Flask) -> None:
    """Attach Babel with our choice of language and zone."""
    app.config["BABEL_DEFAULT_LOCALE"] = "en"
    Speech(app, locale_selector=chosen_language, timezone_selector=chosen_zone)
    _speak_quickly(app)


def _speak_quickly(app: Flask) -> None:
    """Let templates ask the catalogue itself: a page has hundreds of words."""
    words: Any = app.jinja_env
    words.install_gettext_callables(
        gettext,
        lambda one, more, number: CATALOGUE.get_translations().ungettext(one, more, number),
        newstyle=True,
    )
    words.globals["_"] = _in_template


def gettext(sentence: str, **values: object) -> str:
    """Return a sentence in the language of the request, for lists that say hundreds of them."""
    found: str = CATALOGUE.get_translations().gettext(sentence)
    return found % values if values else found


def lazy_gettext(sentence: str) -> Any:  # noqa: ANN401 (stands for a text)
    """Return a sentence that finds its language when it is written."""
    return LazyString(gettext, sentence)


@pass_eval_context
def _in_template(page: EvalContext, sentence: str, **values: object) -> str:
    """Return a sentence with its places filled; on a page, what fills them is escaped."""
    found: str = CATALOGUE.get_translations().gettext(sentence)
    if page.autoescape:
        found = Markup(found)  # noqa: S704 # nosec B704 (ours)
    return found % values if "%" in found else found


def chosen_language() -> str:
    """Return the language: the person's, else the cookie's, else the browser's."""
    if "receiver" in g:
        return str(g.receiver[0])
    actor = g.get("actor")
    if actor is not None:
        return str(actor.language)
    cookie = request.cookies.get(COOKIE) if request else None
    if cookie in LANGUAGES:
        return cookie
    return request.accept_languages.best_match(LANGUAGES, "fr") if request else "en"


def chosen_zone() -> str:
    """Return the zone times are shown in."""
    if "receiver" in g:
        return str(g.receiver[1])
    actor = g.get("actor")
    return actor.zone if actor is not None else "Europe/Brussels"


@contextmanager
def speaking_to(language: str, zone: str) -> Iterator[None]:
    """Speak a receiver's language and zone within the block: a mail is not for who asks."""
    before = g.get("receiver")
    g.receiver = (language, zone)
    _forget()
    try:
        yield
    finally:
        g.pop("receiver")
        if before is not None:
            g.receiver = before
        _forget()


def _forget() -> None:
    """Let the language be chosen anew."""
    g.pop("messages", None)
    refresh()
