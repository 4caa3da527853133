"""The variables of a layer: a cell with their current values, which the formula never reads."""

import dataclasses
from typing import Any, cast

import jax

from dragonet.graph.variable import Variable
from dragonet.graph.variable_owner import VariableOwner


@dataclasses.dataclass
class Cell:
    """The current variables of one layer: two dicts, possibly nested, with a Variable at each leaf."""

    params: dict[str, Any]
    state: dict[str, Any]


class LayerVariables(VariableOwner):
    """The part of a layer that owns its variables."""

    _cell: Cell | None = None  # a Cell once built

    @property
    def variables(self) -> list[Variable]:
        """All variables: the weights, then the running statistics, in the order in which they were made."""
        return self.own_variables

    @property
    def own_variables(self) -> list[Variable]:
        """The variables that are in the layer's own cell, without those of layers that it holds."""
        cell = self._cell
        return [] if cell is None else _leaves(cell.params) + _leaves(cell.state)

    def owners(self) -> list[Any]:
        """The layers whose variables the formula uses: the layer itself, then those that it holds."""
        return [self]

    def gather(self) -> tuple[dict, dict]:
        """The current (params, state) as trees of arrays, for the pure functions."""
        cell = self._cell
        return (_arrays(cell.params), _arrays(cell.state)) if cell else ({}, {})

    def scatter(self, params: dict | None, state: dict | None) -> None:
        """Put arrays back into the variables; None leaves them."""
        cell = cast(Any, self._cell)
        for variables, arrays in ((cell.params, params), (cell.state, state)):
            if arrays is not None:
                _put_back(variables, arrays)

    def _variables(self, tree: dict, trainable: bool) -> dict:
        """A tree of variables for a tree of arrays. Keeps the order of the dicts, in which get_weights lists them."""
        leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
        by_path = {
            jax.tree_util.keystr(path): Variable.of_layer(
                array, "/".join(str(step.key) for step in path), self, trainable
            )
            for path, array in leaves
        }

        def rebuild(part: Any, prefix: tuple) -> Any:
            if isinstance(part, dict):
                return {name: rebuild(item, (*prefix, jax.tree_util.DictKey(name))) for name, item in part.items()}
            return by_path[jax.tree_util.keystr(prefix)]

        return cast(dict, rebuild(tree, ()))

    def __getattr__(self, name: str) -> Any:
        cell = type(self)._cell if name == "_cell" else self.__dict__.get("_cell")
        if cell is not None and not name.startswith("_"):
            for variables in (cell.params, cell.state):
                if isinstance(variables.get(name), Variable):
                    return variables[name]
        hint = (
            ""
            if cell is not None or name.startswith("_")
            else " It has no variables yet: it is built by its first call."
        )
        raise AttributeError(
            f"{type(self).__name__} {self.__dict__.get('name', '')!r} has no attribute {name!r}.{hint}"
        )


def _leaves(tree: dict) -> list[Variable]:
    """The variables of a tree; names that begin with _ are the package's own and no weights."""
    out = []
    for name, item in tree.items():
        if not name.startswith("_"):
            out += _leaves(item) if isinstance(item, dict) else [item]
    return out


def _arrays(tree: dict) -> dict:
    return {name: _arrays(item) if isinstance(item, dict) else item.current for name, item in tree.items()}


def _put_back(variables: dict, arrays: dict) -> None:
    for name, item in variables.items():
        if isinstance(item, dict):
            _put_back(item, arrays[name])
        else:
            item.replace(arrays[name])
