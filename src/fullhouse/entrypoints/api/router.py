"""From a path to its operation: a tree of path segments, walked once a request."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fullhouse.entrypoints.api.operation import Operation
from fullhouse.entrypoints.api.refusals import MethodNotAllowed, NothingHere


@dataclass(slots=True)
class _Node:
    """What may follow at this point of a path."""

    named: dict[str, "_Node"] = field(default_factory=dict)
    any: "_Node | None" = None
    methods: dict[str, tuple[Operation, tuple[str, ...]]] = field(default_factory=dict)


class Routes:
    """All operations by method and path. A literal segment stands before a parameter."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        for operation in operations:
            self._add(operation)

    def find(self, method: str, path: str) -> tuple[Operation, Mapping[str, str]]:
        """The operation and its path parameters; raises `NothingHere`, `MethodNotAllowed`."""
        node = self._root
        values: list[str] = []
        for segment in path.split("/")[1:]:
            following = node.named.get(segment)
            if following is None:
                following = node.any
                values.append(segment)
            if following is None:
                raise NothingHere("There is nothing at this address.")
            node = following
        if not node.methods:
            raise NothingHere("There is nothing at this address.")
        found = node.methods.get(method)
        if found is None:
            allow = ", ".join(sorted(node.methods))
            raise MethodNotAllowed(f"This address takes {allow}.", allow=allow)
        operation, names = found
        return operation, dict(zip(names, values, strict=True))

    def _add(self, operation: Operation) -> None:
        node = self._root
        for segment in operation.path.split("/")[1:]:
            if segment.startswith("{"):
                node.any = node.any or _Node()
                node = node.any
            else:
                node = node.named.setdefault(segment, _Node())
        assert operation.method not in node.methods, f"{operation.method} {operation.path} twice"
        node.methods[operation.method] = operation, operation.path_parameters
