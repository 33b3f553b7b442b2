"""The receipt: how a figure came about, line by line; one shape for clocks, credits and fees."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One line: what it is, when, and how much; already in the reader's words."""

    label: str
    detail: str = ""
    value: str = ""
    is_counted: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Lines, their sum, the target, the verdict, and the rules that made it (SLA-6)."""

    title: str
    lines: tuple[ReceiptLine, ...]
    total_label: str
    total: str
    target_label: str = ""
    target: str = ""
    verdict_kind: str = "none"
    """on_track, attention, breached, paused, closed, met or none (`components/state.html`)."""
    verdict: str = ""
    ahead: tuple[str, ...] = ()
    """What will not count any more until then, in sentences (MNT-3, SLA-7)."""
    rules: tuple[str, ...] = ()
