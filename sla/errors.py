"""The errors of the engine; each fault names its field by a path such as `stops[1].to`."""

from collections.abc import Sequence
from typing import NamedTuple


class SlaError(Exception):
    """Anything the engine refuses."""


class Fault(NamedTuple):
    """One thing wrong with a document: where, and what."""

    path: str
    message: str

    def __str__(self) -> str:
        """Return `path: message`, or the message alone for a fault of the whole."""
        path = self.path if self.path.isprintable() else repr(self.path)
        return f"{path}: {self.message}" if path else self.message


class DocumentError(SlaError):
    """A document with faults; `faults` lists them in the order of the document."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Keep the faults; the text of the error has one line for each."""
        self.faults = list(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class DescriptionError(DocumentError):
    """A service description that cannot be used (CAT-1)."""


class FactsError(DocumentError):
    """Facts of a ticket, or breaches of a month, that contradict themselves or cannot be read."""


class ScheduleError(SlaError):
    """A calendar that never opens, or an instant outside the years it can be asked for."""
