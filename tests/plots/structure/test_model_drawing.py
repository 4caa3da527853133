"""draw: what is written in the boxes, as SVG that any reader takes, for every kind of model; and what a notebook shows."""

import xml.etree.ElementTree as ET

import pytest

import dragonet
from dragonet import layers, plots

SVG = "{http://www.w3.org/2000/svg}"


def boxes(drawing):
    """The texts of each box."""
    root = ET.fromstring(drawing.svg)
    groups = [group for group in root.iter(f"{SVG}g") if group.find(f"{SVG}title") is not None]
    return [[text.text for text in group.findall(f"{SVG}text") if text.text] for group in groups]


def arrows(drawing):
    return sum(path.get("fill") == "none" for path in ET.fromstring(drawing.svg).iter(f"{SVG}path"))


def test_each_call_of_a_layer_is_a_box_with_kind_name_shape_and_parameters():
    model = dragonet.Sequential(
        [
            layers.Input((28, 28, 1), name="image"),
            layers.Conv2D(16, 5, activation="relu", name="see"),
            layers.Flatten(name="flat"),
            layers.Dense(10, name="say"),
        ],
        name="net",
    )
    drawing = plots.draw(model)
    assert boxes(drawing) == [
        ["Input", "image", "28 × 28 × 1"],
        ["Conv2D · relu", "see", "24 × 24 × 16", "416"],
        ["Flatten", "flat", "9216"],
        ["Dense", "say", "10", "92,170"],
    ]
    assert "net" in drawing.svg and "92,586 parameters" in drawing.svg and arrows(drawing) == 3


def test_several_inputs_and_outputs_shared_nested_and_frozen():
    inner = dragonet.Sequential([layers.Input((4,)), layers.Dense(3)], name="encoder")
    a, b = dragonet.Input((4,), name="a"), dragonet.Input((4,), name="b", dtype="int32")
    left = inner(a)
    frozen = layers.Dense(2, name="frozen", trainable=False)
    model = dragonet.Model([a, b], [layers.subtract([left, inner(b)], name="minus"), frozen(left)])
    drawing = plots.draw(model)
    assert sorted(boxes(drawing)) == sorted(
        [
            ["Input", "a", "4"],
            ["Input", "b", "4", "int32"],
            ["Sequential", "encoder", "3", "15"],
            ["Sequential", "encoder", "3", "shared"],
            ["Subtract → output", "minus", "3"],
            ["Dense → output", "frozen", "2", "8 frozen"],
        ]
    )
    assert arrows(drawing) == 5


def test_a_path_around_a_block_is_one_arrow_and_no_box():
    x = dragonet.Input((4,))
    h = layers.Dense(4)(layers.Dense(4)(x))
    model = dragonet.Model(x, layers.add([x, h]))
    assert len(boxes(plots.draw(model))) == 4 and arrows(plots.draw(model)) == 4


def test_names_are_text_and_nothing_else():
    name = '<script>alert("1")&\x07'
    model = dragonet.Sequential([layers.Input((1,)), layers.Dense(1, name=name.replace("/", ""))], name="a<b>&c")
    drawing = plots.draw(model)
    assert "<script" not in drawing.svg and "<b>" not in drawing.svg
    assert boxes(drawing)[1][1].startswith("<script>alert(")


def test_a_model_that_does_not_know_its_input_is_drawn_without_shapes():
    drawing = plots.draw(dragonet.Sequential([layers.Flatten(name="flat"), layers.Dense(3, name="out")]))
    assert boxes(drawing) == [["Flatten", "flat", "?"], ["Dense", "out", "?"]] and "not known yet" in drawing.svg
    assert boxes(plots.draw(dragonet.Sequential())) == []


def test_no_text_is_wider_than_its_box():
    """Measured in DejaVu Sans, one of the widest fonts that the picture asks for."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    model = dragonet.Sequential(
        [
            layers.Input((128, 128, 3)),
            layers.BatchNormalization(name="MMMMMMMMMMMMMMMM"),
            layers.GlobalAveragePooling2D(name="averages_over_all_of_the_image"),
            layers.Dense(1000),
        ]
    )
    for group in ET.fromstring(plots.draw(model).svg).iter(f"{SVG}g"):
        if group.find(f"{SVG}title") is None:
            continue
        left, right = {}, {}
        for text in group.findall(f"{SVG}text"):
            if text.text:
                font = FontProperties(family="DejaVu Sans", weight=int(text.get("font-weight")))
                width = TextPath((0, 0), text.text, size=float(text.get("font-size")), prop=font).get_extents().width
                side, x = (left, 1) if text.get("text-anchor") == "start" else (right, -1)
                side[text.get("y")] = float(text.get("x")) + x * width
        assert all(left[y] < right[y] for y in left if y in right), (left, right)


def test_a_notebook_shows_a_model_as_its_picture():
    model = dragonet.Sequential([layers.Input((2,)), layers.Dense(1)])
    assert plots.draw(model).svg in model._repr_html_()
    assert plots.draw(model)._repr_svg_() == plots.draw(model).svg
    assert "not known yet" in dragonet.Sequential([layers.Dense(1)])._repr_html_()


def test_it_is_saved_whole_and_only_as_svg(tmp_path):
    drawing = plots.draw(dragonet.Sequential([layers.Input((2,)), layers.Dense(1)]))
    drawing.save(tmp_path / "net.svg")
    assert ET.parse(tmp_path / "net.svg").getroot().tag == f"{SVG}svg" and [p.name for p in tmp_path.iterdir()] == [
        "net.svg"
    ]
    with pytest.raises(ValueError, match=r"a path that ends in \.svg, but got 'net\.png'\. For a PNG open"):
        drawing.save(tmp_path / "net.png")


def test_what_is_no_model_gets_a_sentence():
    with pytest.raises(TypeError, match="draw needs a Sequential or a Model, but got 3"):
        plots.draw(3)
