"""Layered graph layout: positions for the boxes of a directed graph, so that arrows point down and few of them cross.

After Sugiyama, Tagawa & Toda (1981): every box gets a level, by the longest path to it; an arrow over several levels gets a
dummy node of width 0 on each level between; the order within each level is improved by sweeps that sort by the mean position of
the neighbours; then horizontal positions are computed in which neighbours keep their distance and lines are straight.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from dragonet.plots.structure.horizontal_positions import horizontal_positions
from dragonet.plots.structure.level_order import Neighbours, assign_levels, order_levels


@dataclass(frozen=True)
class Layout:
    """The center of each box, and the points of each arrow.

    A route begins at the bottom of its first box and ends at the top of its last. On the levels between it runs straight down,
    from the level's top to its bottom. size: width and height of the whole.
    """

    centers: dict[int, tuple[float, float]]
    routes: dict[tuple[int, int], list[tuple[float, float]]]
    levels: list[list[int]]
    size: tuple[float, float]


def layered(
    sizes: Sequence[tuple[float, float]], arrows: Sequence[tuple[int, int]], gap: float = 24.0, drop: float = 34.0
) -> Layout:
    """The layout of boxes with these (width, height), for arrows (from, to) without a cycle.

    gap: the distance between neighbouring boxes of a level. drop: the distance between levels.

    >>> layout = layered([(10, 10)] * 4, [(0, 1), (0, 2), (1, 3), (2, 3)], gap=6, drop=5)
    >>> [layout.centers[i] for i in range(4)]
    [(13.0, 5.0), (5.0, 20.0), (21.0, 20.0), (13.0, 35.0)]
    """
    arrows = sorted(set(arrows))
    boxes = range(len(sizes))
    level = assign_levels(len(sizes), arrows)
    chains = _insert_dummies(len(sizes), arrows, level)
    up: Neighbours = {node: [] for node in level}
    down: Neighbours = {node: [] for node in level}
    for chain in chains.values():
        for a, b in itertools.pairwise(chain):
            down[a].append(b)
            up[b].append(a)

    rows = order_levels(list(level), level, up, down)
    widths = {node: sizes[node][0] if node in boxes else 0.0 for node in level}
    x = horizontal_positions(rows, up, down, widths, len(sizes), gap)
    left = min(x[node] - widths[node] / 2 for node in level)
    x = {node: round(x[node] - left, 2) for node in level}
    heights = [max(sizes[node][1] for node in row if node in boxes) for row in rows]
    tops = list(itertools.accumulate((height + drop for height in heights), initial=0.0))
    middles = [top + height / 2 for top, height in zip(tops, heights, strict=False)]

    def ends(node: int) -> list[tuple[float, float]]:
        """The top and the bottom of a node; a dummy is as high as its level."""
        height = sizes[node][1] if node in boxes else heights[level[node]]
        middle = middles[level[node]]
        return [(x[node], middle - height / 2), (x[node], middle + height / 2)]

    return Layout(
        centers={node: (x[node], middles[level[node]]) for node in boxes},
        routes={arrow: [point for node in chain for point in ends(node)][1:-1] for arrow, chain in chains.items()},
        levels=[[node for node in row if node in boxes] for row in rows],
        size=(max(x[node] + widths[node] / 2 for node in level), tops[-1] - drop),
    )


def _insert_dummies(
    boxes: int, arrows: Sequence[tuple[int, int]], level: dict[int, int]
) -> dict[tuple[int, int], list[int]]:
    """For each arrow its nodes from level to level, of which those between the boxes are new. Adds their levels to `level`."""
    chains = {}
    node = boxes
    for a, b in arrows:
        chain = [a]
        for between in range(level[a] + 1, level[b]):
            level[node] = between
            chain.append(node)
            node += 1
        chains[a, b] = [*chain, b]
    return chains
