# What we use of Flask-Babel, which brings no types.

from collections.abc import Callable
from datetime import timedelta, tzinfo

from babel import Locale
from babel.support import NullTranslations, Translations
from flask import Flask

class Babel:
    def __init__(
        self,
        app: Flask | None = None,
        *,
        locale_selector: Callable[[], str] | None = None,
        timezone_selector: Callable[[], str] | None = None,
    ) -> None: ...

class Domain:
    def __init__(
        self, translation_directories: list[str] | None = None, domain: str = "messages"
    ) -> None: ...
    def get_translations(self) -> Translations | NullTranslations: ...

def gettext(string: str, **variables: object) -> str: ...
def ngettext(singular: str, plural: str, num: int, **variables: object) -> str: ...

# Lazy texts act as texts wherever they are shown; WTForms takes them for labels.
def lazy_gettext(string: str, **variables: object) -> str: ...
def format_timedelta(
    datetime_or_timedelta: timedelta, granularity: str = "second", *, threshold: float = 0.85
) -> str: ...
def get_locale() -> Locale | None: ...
def get_timezone() -> tzinfo: ...
def refresh() -> None: ...
