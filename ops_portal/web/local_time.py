"""Times people type: local, without offset; refused when there is no such time, asked when two."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import get_timezone
from flask_babel import gettext as _
from markupsafe import Markup
from wtforms import Field
from wtforms.widgets import DateTimeLocalInput

TYPED = "%Y-%m-%dT%H:%M"


class Which(StrEnum):
    """Which of two equal local times is meant, when the clock is put back."""

    FIRST = "first"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class LocalTime:
    """What a typed local time can mean: no instant, one, or two."""

    typed: datetime
    instants: tuple[datetime, ...]

    @property
    def is_ambiguous(self) -> bool:
        """Whether the clock shows this time twice."""
        return len(self.instants) > 1

    def instant(self, which: str = "") -> datetime | None:
        """Return the instant meant; None when there is none, or when it was not said which."""
        if not self.is_ambiguous:
            return self.instants[0] if self.instants else None
        first, second = self.instants
        return {Which.FIRST.value: first, Which.SECOND.value: second}.get(which)


def read_local(text: str, zone: ZoneInfo) -> LocalTime:
    """Return what a local time such as `2026-03-29T02:30` can mean in a zone.

    Raises:
        ValueError: the text is no local time.

    Source: sla-cases T26.
    """
    typed = datetime.fromisoformat(text.strip())
    if typed.tzinfo is not None:
        message = "a typed time has no offset"
        raise ValueError(message)
    found = {typed.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    real = (at for at in found if at.astimezone(zone).replace(tzinfo=None, fold=0) == typed)
    return LocalTime(typed, tuple(sorted(real)))


class LocalTimeInput(DateTimeLocalInput):
    """The input, and, where the time comes twice, the question which of the two is meant."""

    def __call__(self, field: Field, **kwargs: object) -> Markup:
        """Render both."""
        control = super().__call__(field, **kwargs)
        if not isinstance(field, LocalTimeField) or field.local is None:
            return control
        return control + field.question() if field.local.is_ambiguous else control


class LocalTimeField(Field):
    """A typed local time; `data` is the aware instant (UTC), None when the field was left empty."""

    widget = LocalTimeInput()

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (handed on to WTForms)
        """Start without a typed time."""
        super().__init__(*args, **kwargs)
        self.local: LocalTime | None = None
        self.typed = ""
        self.which = ""

    def process(
        self,
        formdata: Any,  # noqa: ANN401 (a MultiDict, as WTForms hands it on)
        data: object = None,
        extra_filters: Sequence[Any] | None = None,
    ) -> None:
        """Read the answer to the question as well."""
        self.which = (formdata.get(f"{self.name}-which") or "") if formdata else ""
        super().process(formdata, data, extra_filters)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the typed time in the reader's zone."""
        self.data: datetime | None = None
        self.typed = valuelist[0].strip() if valuelist else ""
        if not self.typed:
            return
        try:
            self.local = read_local(self.typed, ZoneInfo(str(get_timezone())))
        except ValueError:
            raise ValueError(_("Type a date and a time.")) from None
        self.data = self.local.instant(self.which)
        if not self.local.instants:
            raise ValueError(_("This time does not exist: the clock was put forward over it."))
        if self.data is None:
            raise ValueError(_("The clock shows this time twice. Say which one you mean."))

    def _value(self) -> str:
        if self.typed or self.data is None:
            return self.typed
        return self.data.astimezone(ZoneInfo(str(get_timezone()))).strftime(TYPED)

    def question(self) -> Markup:
        """Return the choice between the two instants, each with its offset."""
        words = {Which.FIRST: _("before the clock was put back"), Which.SECOND: _("after it")}
        choices = Markup("").join(
            Markup(
                '<label class="form-check"><input class="form-check-input" type="radio"'
                ' name="{name}-which" value="{which}"{checked}> {words}</label>'
            ).format(
                name=self.name,
                which=which,
                checked=Markup(" checked") if self.which == which else "",
                words=text,
            )
            for which, text in words.items()
        )
        return Markup('<span class="local-time-which">{}</span>').format(choices)
