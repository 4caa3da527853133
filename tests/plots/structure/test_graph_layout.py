"""layered: arrows point down, nothing overlaps, few arrows cross, lines are straight, whatever the graph."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from dragonet.plots.structure.graph_layout import layered

GAP, DROP = 10.0, 20.0


def crossings(layout):
    """Pairs of pieces of arrows, between two levels, that change sides."""
    by_level = {}
    for route in layout.routes.values():
        for (x0, y0), (x1, y1) in itertools.pairwise(route):
            if x0 != x1 or y1 - y0 == DROP:
                by_level.setdefault((y0, y1), set()).add((x0, x1))
    return sum(
        (a[0] - b[0]) * (a[1] - b[1]) < 0 for lines in by_level.values() for a, b in itertools.combinations(lines, 2)
    )


def layout_of(n, arrows, width=40.0):
    return layered([(width, 10.0)] * n, arrows, GAP, DROP)


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 12))
    pairs = [(a, b) for b in range(n) for a in range(b)]
    return n, draw(st.lists(st.sampled_from(pairs), max_size=20, unique=True)) if pairs else []


@settings(max_examples=60, deadline=None, derandomize=True)
@given(graphs())
def test_arrows_point_down_and_boxes_keep_their_distance(graph):
    n, arrows = graph
    layout = layout_of(n, arrows)
    assert sorted(node for row in layout.levels for node in row) == list(range(n))
    for a, b in arrows:
        assert layout.centers[a][1] < layout.centers[b][1]
        route, (x, y), (z, w) = layout.routes[a, b], layout.centers[a], layout.centers[b]
        assert route[0] == (x, y + 5) and route[-1] == (z, w - 5)
        assert all(y < z for (_, y), (_, z) in itertools.pairwise(route))
    for row in layout.levels:
        xs = [layout.centers[node][0] for node in row]
        assert all(b - a >= 40 + GAP - 0.1 for a, b in itertools.pairwise(xs))
        for route in layout.routes.values():  # no arrow runs through a box
            for (x, y), (z, w) in itertools.pairwise(route):
                if x == z and (y, w) == (layout.centers[row[0]][1] - 5, layout.centers[row[0]][1] + 5):
                    assert all(abs(x - middle) >= 20 + GAP - 0.1 for middle in xs)
    width, height = layout.size
    assert all(20 - 0.1 <= x <= width - 20 + 0.1 and 0 <= y <= height for x, y in layout.centers.values())
    assert layout_of(n, arrows) == layout


def test_a_chain_is_a_straight_line():
    layout = layout_of(6, [(i, i + 1) for i in range(5)])
    assert {x for x, _ in layout.centers.values()} == {20.0}
    assert [y for _, y in layout.centers.values()] == [5 + 30 * i for i in range(6)]


def test_a_residual_block_stays_straight_and_the_arrow_goes_around_it():
    layout = layout_of(5, [(0, 1), (1, 2), (2, 3), (0, 3), (3, 4)])
    assert {x for x, _ in layout.centers.values()} == {20.0}
    around = layout.routes[0, 3][1:-1]
    assert {x for x, _ in around} == {50.0} and len(around) == 4


def test_branches_stand_side_by_side_under_the_middle_without_crossings():
    arrows = [(0, 1), (0, 2), (0, 3), (0, 4), (2, 5), (3, 6), (4, 7), (1, 8), (5, 8), (6, 8), (7, 8)]
    layout = layout_of(9, arrows)
    x = {node: place[0] for node, place in layout.centers.items()}
    assert crossings(layout) == 0
    assert x[1] < x[2] == x[5] < x[3] == x[6] < x[4] == x[7]
    assert abs(x[0] - (x[1] + x[4]) / 2) < 0.1 and abs(x[8] - x[0]) < 0.1


def test_arrows_that_need_not_cross_do_not():
    assert crossings(layout_of(7, [(0, 4), (0, 5), (1, 3), (2, 3), (3, 6), (2, 4), (4, 6), (5, 6)])) == 0
    grid = [(0, 5), (1, 4), (2, 3), (0, 4), (1, 3)]  # in the order given, all of them cross
    assert crossings(layout_of(6, grid)) == 0


def test_an_input_stands_just_above_where_it_is_needed():
    layout = layout_of(5, [(0, 1), (1, 2), (2, 4), (3, 4)])
    assert layout.centers[3][1] == layout.centers[2][1]


def test_an_arrow_that_passes_many_levels_is_one_straight_line():
    chain = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7)]
    layout = layout_of(
        10, [*chain, (0, 5), (0, 7), (0, 8), (2, 9), (3, 9)]
    )  # boxes beside it that are not all in a line
    for arrow, levels in (((0, 5), 4), ((0, 7), 6)):
        passed = layout.routes[arrow][1:-1]
        assert len({x for x, _ in passed}) == 1 and len(passed) == 2 * levels
