"""The horizontal positions of the nodes of a layered graph, by a linear program."""

import itertools
from collections.abc import Mapping
from typing import NamedTuple

from dragonet.plots.structure.level_order import Neighbours

_DETOUR_WEIGHT = 0.02  # of short arrows around other boxes, compared with centred boxes
_WIDTH_WEIGHT = 0.001  # of boxes that are close to each other


class Term(NamedTuple):
    """A term weight · |Σ coefficient · x[column]| of the sum to minimize."""

    weight: float
    coefficients: dict[int, float]


def horizontal_positions(
    rows: list[list[int]], up: Neighbours, down: Neighbours, widths: Mapping[int, float], boxes: int, gap: float
) -> dict[int, float]:
    """The center x of each node: boxes are below the mean of the boxes before them and above the mean of those after them.

    The nodes from `boxes` on are dummies. Nodes of one straight line have one x, their column's. The positions minimize the sum
    of all distances from those means under the condition that neighbours of a level keep their gap.
    """
    solid = _solid_nodes(rows, up, down, boxes)
    column = _assign_columns(rows, up, down, solid)
    terms = []
    for node in solid:
        for neighbours in (up[node], down[node]):
            others = [other for other in neighbours if other in solid]
            if others:
                terms += _distance_term(1.0, node, others, column)
    for node in column:
        if node not in solid:
            terms += _distance_term(_DETOUR_WEIGHT, node, up[node], column)
            terms += _distance_term(_DETOUR_WEIGHT, node, down[node], column)
    distances: dict[tuple[int, int], float] = {}
    for row in rows:
        for a, b in itertools.pairwise(row):
            pair = column[a], column[b]
            distances[pair] = max(distances.get(pair, 0.0), (widths[a] + widths[b]) / 2 + gap)
    x = _minimize(len(set(column.values())), terms, distances)
    return {node: x[column[node]] for node in column}


def _distance_term(weight: float, node: int, others: list[int], column: Mapping[int, int]) -> list[Term]:
    """The distance of a node from the mean of others; empty where it is always 0."""
    coefficients: dict[int, float] = {column[node]: 1.0}
    for other in others:
        coefficients[column[other]] = coefficients.get(column[other], 0.0) - 1 / len(others)
    is_zero = all(abs(coefficient) <= 1e-9 for coefficient in coefficients.values())
    return [] if is_zero else [Term(weight, coefficients)]


def _solid_nodes(rows: list[list[int]], up: Neighbours, down: Neighbours, boxes: int) -> set[int]:
    """The boxes, and the dummies of an arrow that is the only one of its box: a branch, not a detour."""
    solid = set(range(boxes))
    for row in rows:
        solid |= {node for node in row if node >= boxes and up[node][0] in solid and len(down[up[node][0]]) == 1}
    return solid


def _assign_columns(rows: list[list[int]], up: Neighbours, down: Neighbours, solid: set[int]) -> dict[int, int]:
    """The number of each node's column. A node is in the column of the node above it where both have no other neighbour of their
    kind, solid or not, on the other's level.
    """
    column: dict[int, int] = {}
    count = 0
    for i, row in enumerate(rows):
        above = {node: k for k, node in enumerate(rows[i - 1])} if i else {}
        continues: dict[int, int] = {}  # node -> the node above it in the same straight line
        for node in row:
            is_solid = node in solid
            same_kind = [other for other in up[node] if (other in solid) == is_solid]
            if len(same_kind) == 1 and sum((other in solid) == is_solid for other in down[same_kind[0]]) == 1:
                continues[node] = same_kind[0]
        last = -1
        for node in row:
            if (
                node in continues and above[continues[node]] > last
            ):  # a line that would cross another one is not straight
                last = above[continues[node]]
                column[node] = column[continues[node]]
            else:
                column[node], count = count, count + 1
    return column


def _minimize(n: int, terms: list[Term], distances: Mapping[tuple[int, int], float]) -> list[float]:
    """The n positions with the smallest sum of terms for which x[b] − x[a] is at least distances[a, b]."""
    if not distances:
        return [0.0] * n
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    cost = [0.0] * n + [term.weight for term in terms]
    rows: list[dict[int, float]] = []
    bounds: list[float] = []
    for (a, b), distance in distances.items():
        rows.append({a: 1.0, b: -1.0})
        bounds.append(-distance)
        cost[a] -= _WIDTH_WEIGHT
        cost[b] += _WIDTH_WEIGHT
    for k, term in enumerate(terms):  # the absolute value of the term is at most the variable n + k
        for sign in (1, -1):
            rows.append({**{i: sign * part for i, part in term.coefficients.items()}, n + k: -1.0})
            bounds.append(0.0)
    entries = [(i, j, value) for i, row in enumerate(rows) for j, value in row.items()]
    i, j, values = zip(*entries, strict=True)
    A = csr_array((values, (i, j)), shape=(len(rows), len(cost)))
    variable_bounds = [(0.0, 0.0)] + [(None, None)] * (n - 1) + [(0.0, None)] * len(terms)
    return linprog(cost, A_ub=A, b_ub=bounds, bounds=variable_bounds, method="highs").x[:n].tolist()
