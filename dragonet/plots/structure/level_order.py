"""The levels of a layered graph, and the order of the nodes within each level."""

import itertools
from collections.abc import Mapping, Sequence

_SWEEPS = 12

Neighbours = dict[int, list[int]]  # node -> its neighbours on the level above, or below


def assign_levels(n: int, arrows: Sequence[tuple[int, int]]) -> dict[int, int]:
    """The level of each box: the longest path to it. A box without arrows into it is placed just above the first box after it."""
    before: Neighbours = {node: [] for node in range(n)}
    after: Neighbours = {node: [] for node in range(n)}
    for a, b in arrows:
        before[b].append(a)
        after[a].append(b)
    level: dict[int, int] = {}
    waiting_for = {node: len(before[node]) for node in range(n)}
    ready = [node for node in range(n) if not waiting_for[node]]
    order = []
    while ready:
        node = ready.pop(0)
        order.append(node)
        level[node] = max((level[other] + 1 for other in before[node]), default=0)
        for other in after[node]:
            waiting_for[other] -= 1
            if not waiting_for[other]:
                ready.append(other)
    for node in reversed(order):
        if not before[node] and after[node]:
            level[node] = min(level[other] for other in after[node]) - 1
    return level


def order_levels(nodes: list[int], level: Mapping[int, int], up: Neighbours, down: Neighbours) -> list[list[int]]:
    """The nodes of each level from left to right: of several sweeps that sort by the neighbours' mean index, the best."""
    rows: list[list[int]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for node in _depth_first(nodes, level, down):
        rows[level[node]].append(node)
    best, fewest = [list(row) for row in rows], _count_crossings(rows, down)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        is_downwards = sweep % 2 == 0
        neighbours, order = (up, rows[1:]) if is_downwards else (down, rows[-2::-1])
        index = {node: i for row in rows for i, node in enumerate(row)}
        for row in order:
            key = {node: _mean([index[other] for other in neighbours[node]], index[node]) for node in row}
            row.sort(key=key.__getitem__)
            index |= {node: i for i, node in enumerate(row)}
        _exchange_neighbours(rows, up, down)
        crossings = _count_crossings(rows, down)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return best


def _depth_first(nodes: list[int], level: Mapping[int, int], down: Neighbours) -> list[int]:
    """The nodes in depth-first order from the top, so that the nodes of a branch are next to each other."""
    visited: dict[int, None] = {}
    stack = sorted((node for node in nodes if level[node] == 0), reverse=True)
    stack = sorted((node for node in nodes if level[node] > 0 and node not in stack), reverse=True) + stack
    while stack:
        node = stack.pop()
        if node not in visited:
            visited[node] = None
            stack += [other for other in reversed(down[node]) if other not in visited]
    return list(visited)


def _exchange_neighbours(rows: list[list[int]], up: Neighbours, down: Neighbours) -> None:
    """Exchange neighbours of a level where that reduces the crossings."""
    for i, row in enumerate(rows):
        above = {node: k for k, node in enumerate(rows[i - 1])} if i else {}
        below = {node: k for k, node in enumerate(rows[i + 1])} if i + 1 < len(rows) else {}
        for k in range(len(row) - 1):
            a, b = row[k], row[k + 1]
            current = _crossings(up[a], up[b], above) + _crossings(down[a], down[b], below)
            exchanged = _crossings(up[b], up[a], above) + _crossings(down[b], down[a], below)
            if exchanged < current:
                row[k], row[k + 1] = b, a


def _crossings(left: list[int], right: list[int], index: Mapping[int, int]) -> int:
    """How many arrows of a node, to the nodes in `left`, cross those of the node at its right."""
    return sum(index[a] > index[b] for a in left for b in right)


def _count_crossings(rows: list[list[int]], down: Neighbours) -> int:
    count = 0
    for row, below in itertools.pairwise(rows):
        index = {node: i for i, node in enumerate(below)}
        count += sum(_crossings(down[a], down[b], index) for i, a in enumerate(row) for b in row[i + 1 :])
    return count


def _mean(values: list[int], default: float) -> float:
    return sum(values) / len(values) if values else default
