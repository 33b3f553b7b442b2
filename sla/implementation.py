"""Reading the implementation of a service description: its steps and its limits (IMP-1, IMP-3)."""

from collections.abc import Iterable

from sla.catalogue import Scope, Step
from sla.document import KEY, Node
from sla.price_list import NO_SUBSCRIPTION, NONE, read_words

FLAGS = ("activates", "needs_activation")


def read_steps(
    node: Node, subscriptions: frozenset[str]
) -> tuple[tuple[Step, ...], tuple[Scope, ...]]:
    """Return the steps of the implementation, and what it leaves out. Source: IMP-1, IMP-3."""
    fields = node.fields(frozenset({"steps"}), frozenset({"extras"}))
    nodes = list(fields["steps"].items()) if "steps" in fields else []
    steps = tuple(_step(entry, subscriptions) for entry in nodes)
    others = list(fields["extras"].items()) if "extras" in fields else []
    extras = tuple(_extra(entry) for entry in others)
    if "steps" in fields and isinstance(fields["steps"].value, list):
        _check_activation(fields["steps"], nodes, steps)
    _check_keys(nodes, (step.key for step in steps))
    _check_keys(others, (extra.key for extra in extras))
    return steps, extras


def _step(node: Node, subscriptions: frozenset[str]) -> Step:
    fields = node.fields(frozenset({"key", "name"}), frozenset({"subscriptions", *FLAGS}))
    named = list(fields["subscriptions"].items()) if "subscriptions" in fields else []
    for entry in named:
        if not isinstance(entry.value, str) or entry.value not in subscriptions:
            entry.fault(NO_SUBSCRIPTION)
    if "subscriptions" in fields and fields["subscriptions"].value == []:
        fields["subscriptions"].fault("names no subscription: leave it out for all of them")
    flags = {name: fields[name].flag() or False for name in FLAGS if name in fields}
    return Step(
        key=_key(fields.get("key")),
        name=read_words(fields["name"]) if "name" in fields else {},
        subscriptions=tuple(str(entry.value) for entry in named),
        activates=flags.get("activates", False),
        needs_activation=flags.get("needs_activation", False),
    )


def _extra(node: Node) -> Scope:
    fields = node.fields(frozenset({"key", "name"}), NONE)
    name = read_words(fields["name"]) if "name" in fields else {}
    return Scope(_key(fields.get("key")), name)


def _key(node: Node | None) -> str:
    key = node.text() if node else None
    if node and key and not KEY.fullmatch(key):
        node.fault("must be small letters, digits and _, at most 40")
    return key or ""


def _check_activation(node: Node, entries: list[Node], steps: tuple[Step, ...]) -> None:
    """Note steps that would leave a service never activated, or the activation waiting for it."""
    if sum(step.activates for step in steps) != 1:
        node.fault("exactly one step activates the service")
        return
    for entry, step in zip(entries, steps, strict=True):
        if step.activates and step.subscriptions:
            entry.fault("the step that activates the service is for every subscription")
        if step.activates and step.needs_activation:
            entry.fault("the step that activates the service cannot wait for its activation")


def _check_keys(entries: list[Node], keys: Iterable[str]) -> None:
    seen = set()
    for entry, key in zip(entries, keys, strict=True):
        if key and key in seen:
            Node(None, f"{entry.path}.key", entry.faults).fault(f"a second {key}")
        seen.add(key)
