"""Layered: where to put the boxes of a directed graph, so that all arrows point down and few of them cross.

After Sugiyama, Tagawa & Toda (1981): every box gets a level, by the longest way to it; an arrow over several levels gets a
thin stand-in on each of those between; the order within the levels is swept by barycentres, down and up; and then places
are found in which neighbours keep their distance, lines are straight and joins stand in the middle of their branches.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_SWEEPS = 12
_LIGHT, _TIGHT = 0.02, 0.001  # how much it counts that an arrow's way around is short, and that boxes stand close


@dataclass(frozen=True)
class Layout:
    """Where the middle of each box is, and the points that each arrow passes.

    A route begins at the foot of its first box and ends at the head of its last; where it passes other levels it comes in at
    their top and leaves at their bottom, straight below. size: width and height of it all.
    """

    place: dict[int, tuple[float, float]]
    routes: dict[tuple[int, int], list[tuple[float, float]]]
    levels: list[list[int]]
    size: tuple[float, float]


def layered(
    sizes: Sequence[tuple[float, float]], arrows: Sequence[tuple[int, int]], gap: float = 24.0, drop: float = 34.0
) -> Layout:
    """The layout of boxes of these (width, height), for arrows (from, to) without a cycle; gap beside boxes, drop between levels.

    >>> layout = layered([(10, 10)] * 4, [(0, 1), (0, 2), (1, 3), (2, 3)], gap=6, drop=5)
    >>> [layout.place[i] for i in range(4)]
    [(13.0, 5.0), (5.0, 20.0), (21.0, 20.0), (13.0, 35.0)]
    """
    arrows = sorted(set(arrows))
    level = _levels(len(sizes), arrows)
    nodes = list(range(len(sizes)))
    chains: dict[tuple[int, int], list[int]] = {}
    short = []  # arrows from one level to the next
    for a, b in arrows:
        chain = [a]
        for between in range(level[a] + 1, level[b]):
            node = len(nodes)
            nodes.append(node)
            level[node] = between
            chain.append(node)
        chain.append(b)
        chains[a, b] = chain
        short += itertools.pairwise(chain)
    up: dict[int, list[int]] = {node: [] for node in nodes}
    down: dict[int, list[int]] = {node: [] for node in nodes}
    for a, b in short:
        down[a].append(b)
        up[b].append(a)

    rows = _ordered(nodes, level, up, down)
    x = _across(rows, up, down, sizes, gap)
    half = {node: sizes[node][0] / 2 if node < len(sizes) else 0.0 for node in nodes}
    left = min(x[node] - half[node] for node in nodes)
    x = {node: round(x[node] - left, 2) for node in nodes}
    tall = [max(sizes[node][1] for node in row if node < len(sizes)) for row in rows]
    top = list(itertools.accumulate((height + drop for height in tall), initial=0.0))

    def way(node: int) -> list[tuple[float, float]]:
        height = sizes[node][1] if node < len(sizes) else tall[level[node]]
        middle = top[level[node]] + tall[level[node]] / 2
        return [(x[node], middle - height / 2), (x[node], middle + height / 2)]

    routes = {arrow: [point for node in chain for point in way(node)][1:-1] for arrow, chain in chains.items()}
    boxes = range(len(sizes))
    return Layout(
        place={node: (x[node], top[level[node]] + tall[level[node]] / 2) for node in boxes},
        routes=routes,
        levels=[[node for node in row if node in boxes] for row in rows],
        size=(max(x[node] + half[node] for node in nodes), top[-1] - drop),
    )


def _levels(n: int, arrows: Sequence[tuple[int, int]]) -> dict[int, int]:
    """The longest way to each box; boxes without an arrow into them are brought down to just above where they are needed."""
    into: dict[int, list[int]] = {node: [] for node in range(n)}
    out: dict[int, list[int]] = {node: [] for node in range(n)}
    for a, b in arrows:
        into[b].append(a)
        out[a].append(b)
    level: dict[int, int] = {}
    waits = {node: len(into[node]) for node in range(n)}
    ready = [node for node in range(n) if not waits[node]]
    order = []
    while ready:
        node = ready.pop(0)
        order.append(node)
        level[node] = max((level[before] + 1 for before in into[node]), default=0)
        for after in out[node]:
            waits[after] -= 1
            if not waits[after]:
                ready.append(after)
    for node in reversed(order):
        if not into[node] and out[node]:
            level[node] = min(level[after] for after in out[node]) - 1
    return level


def _ordered(nodes: list[int], level: Mapping[int, int], up: Mapping, down: Mapping) -> list[list[int]]:
    """The nodes of each level from left to right, in the best of several sweeps by the neighbours' mean place."""
    rows: list[list[int]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for node in _by_depth(nodes, level, down):
        rows[level[node]].append(node)
    best, fewest = [list(row) for row in rows], _crossings(rows, down)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        downwards = sweep % 2 == 0
        beside, order = (up, rows[1:]) if downwards else (down, rows[-2::-1])
        place = {node: i for row in rows for i, node in enumerate(row)}
        for row in order:
            key = {node: _mean([place[other] for other in beside[node]], place[node]) for node in row}
            row.sort(key=key.__getitem__)
            place |= {node: i for i, node in enumerate(row)}
        _exchange(rows, up, down)
        now = _crossings(rows, down)
        if now < fewest:
            best, fewest = [list(row) for row in rows], now
    return best


def _by_depth(nodes: list[int], level: Mapping[int, int], down: Mapping) -> list[int]:
    """First met first, walking down from the top: branches start out side by side."""
    met: dict[int, None] = {}
    stack = sorted((node for node in nodes if level[node] == 0), reverse=True)
    stack = sorted((node for node in nodes if level[node] > 0 and node not in stack), reverse=True) + stack
    while stack:
        node = stack.pop()
        if node not in met:
            met[node] = None
            stack += [other for other in reversed(down[node]) if other not in met]
    return list(met)


def _exchange(rows: list[list[int]], up: Mapping, down: Mapping) -> None:
    """Neighbours change places where that leaves fewer crossings."""
    for i, row in enumerate(rows):
        above = {node: k for k, node in enumerate(rows[i - 1])} if i else {}
        below = {node: k for k, node in enumerate(rows[i + 1])} if i + 1 < len(rows) else {}
        for k in range(len(row) - 1):
            a, b = row[k], row[k + 1]
            now = _pairs(up[a], up[b], above) + _pairs(down[a], down[b], below)
            then = _pairs(up[b], up[a], above) + _pairs(down[b], down[a], below)
            if then < now:
                row[k], row[k + 1] = b, a


def _pairs(left: list[int], right: list[int], place: Mapping[int, int]) -> int:
    """How many arrows of a node cross those of the node at its right."""
    return sum(place[a] > place[b] for a in left for b in right)


def _crossings(rows: list[list[int]], down: Mapping) -> int:
    count = 0
    for row, below in itertools.pairwise(rows):
        place = {node: i for i, node in enumerate(below)}
        count += sum(_pairs(down[a], down[b], place) for i, a in enumerate(row) for b in row[i + 1 :])
    return count


# --- from left to right -----------------------------------------------------------------------------------------------


def _across(
    rows: list[list[int]], up: Mapping, down: Mapping, sizes: Sequence[tuple[float, float]], gap: float
) -> dict[int, float]:
    """The middles: boxes under the mean of those that lead to them and above the mean of those that follow, and not too near.

    Nodes that belong in one line are a column with one place. The places make the sum of all distances from those means the
    least that leaves every gap: a linear program.
    """
    width = {node: sizes[node][0] if node < len(sizes) else 0.0 for row in rows for node in row}
    solid = _solid(rows, up, down, len(sizes))
    column = _columns(rows, up, down, solid)
    terms: list[tuple[float, dict[int, float]]] = []  # weight, coefficients: weight · |Σ coefficient · x|

    def near(weight: float, node: int, others: list[int]) -> None:
        away: dict[int, float] = {column[node]: 1.0}
        for other in others:
            away[column[other]] = away.get(column[other], 0.0) - 1 / len(others)
        if any(abs(part) > 1e-9 for part in away.values()):
            terms.append((weight, away))

    for node in solid:
        for beside in (up[node], down[node]):
            others = [other for other in beside if other in solid]
            if others:
                near(1.0, node, others)
    for node in column:
        if node not in solid:
            near(_LIGHT, node, up[node])
            near(_LIGHT, node, down[node])
    apart = {}
    for row in rows:
        for a, b in itertools.pairwise(row):
            pair = column[a], column[b]
            apart[pair] = max(apart.get(pair, 0.0), (width[a] + width[b]) / 2 + gap)
    places = _least(len(set(column.values())), terms, apart)
    return {node: places[column[node]] for node in column}


def _solid(rows: list[list[int]], up: Mapping, down: Mapping, boxes: int) -> set[int]:
    """The boxes, and the stand-ins of an arrow that is its box's only one: a branch, not a way around."""
    solid = set(range(boxes))
    for row in rows:
        solid |= {node for node in row if node >= boxes and up[node][0] in solid and len(down[up[node][0]]) == 1}
    return solid


def _columns(rows: list[list[int]], up: Mapping, down: Mapping, solid: set[int]) -> dict[int, int]:
    """The number of each node's column: nodes one below the other that have no other neighbours to stand between."""
    column: dict[int, int] = {}
    count = 0
    for i, row in enumerate(rows):
        above = {node: k for k, node in enumerate(rows[i - 1])} if i else {}
        straight: dict[int, int] = {}
        for node in row:
            kind = [other for other in up[node] if (other in solid) == (node in solid)]
            if len(kind) == 1 and len([other for other in down[kind[0]] if (other in solid) == (node in solid)]) == 1:
                straight[node] = kind[0]
        last = -1  # a line that would cross another is not kept straight
        for node in row:
            if node in straight and above[straight[node]] > last:
                last = above[straight[node]]
                column[node] = column[straight[node]]
            else:
                column[node], count = count, count + 1
    return column


def _least(n: int, terms: list[tuple[float, dict[int, float]]], apart: Mapping[tuple[int, int], float]) -> list[float]:
    """The n places with the least Σ weight · |Σ coefficient · x| for which x[b] − x[a] is at least apart[a, b]."""
    if not apart:
        return [0.0] * n
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    cost = [0.0] * n + [weight for weight, _ in terms]
    rows, bounds = [], []
    for (a, b), least in apart.items():
        rows.append({a: 1.0, b: -1.0})
        bounds.append(-least)
        cost[a] -= _TIGHT
        cost[b] += _TIGHT
    for k, (_, parts) in enumerate(terms):  # its absolute value is below the variable n + k
        for sign in (1, -1):
            rows.append({**{i: sign * part for i, part in parts.items()}, n + k: -1.0})
            bounds.append(0.0)
    at = [(i, j, part) for i, row in enumerate(rows) for j, part in row.items()]
    i, j, parts = zip(*at, strict=True)
    A = csr_array((parts, (i, j)), shape=(len(rows), len(cost)))
    free = [(0.0, 0.0)] + [(None, None)] * (n - 1) + [(0.0, None)] * len(terms)
    return linprog(cost, A_ub=A, b_ub=bounds, bounds=free, method="highs").x[:n].tolist()


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
