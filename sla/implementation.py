"""Reading the implementation of a service description: its steps and its limits (IMP-1, IMP-3)."""

from sla.catalogue import Scope, Step
from sla.document import Node
from sla.price_list import NONE, read_words


def read_steps(
    node: Node, subscriptions: frozenset[str]
) -> tuple[tuple[Step, ...], tuple[Scope, ...]]:
    """Return the steps of the implementation, and what it leaves out. Source: IMP-1, IMP-3."""
    fields = node.fields(frozenset({"steps"}), frozenset({"extras"}))
    steps = (
        tuple(_step(e, subscriptions) for e in fields["steps"].items()) if "steps" in fields else ()
    )
    extras = tuple(_extra(e) for e in fields["extras"].items()) if "extras" in fields else ()
    if steps and sum(step.activates for step in steps) != 1:
        fields["steps"].fault("exactly one step activates the service")
    return steps, extras


def _step(node: Node, subscriptions: frozenset[str]) -> Step:
    fields = node.fields(
        frozenset({"key", "name"}), frozenset({"subscriptions", "activates", "needs_activation"})
    )
    named = list(fields["subscriptions"].items()) if "subscriptions" in fields else []
    for entry in named:
        if entry.value not in subscriptions:
            entry.fault("is no subscription of this description")
    flags = {n: fields[n].flag() or False for n in ("activates", "needs_activation") if n in fields}
    return Step(
        key=(fields["key"].text() or "") if "key" in fields else "",
        name=read_words(fields["name"]) if "name" in fields else {},
        subscriptions=tuple(str(entry.value) for entry in named),
        activates=flags.get("activates", False),
        needs_activation=flags.get("needs_activation", False),
    )


def _extra(node: Node) -> Scope:
    fields = node.fields(frozenset({"key", "name"}), NONE)
    key = (fields["key"].text() or "") if "key" in fields else ""
    return Scope(key, read_words(fields["name"]) if "name" in fields else {})
