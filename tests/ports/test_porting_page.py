"""docs/porting.md shows the substitutions as the ports use them."""

from pathlib import Path

import pytest
from helpers.substitutions import KERAS, OTHERS, PYTORCH, table, translated

PAGE = Path(__file__).parents[2] / "docs" / "porting.md"


@pytest.mark.parametrize("rows", [KERAS, PYTORCH, OTHERS], ids=["keras", "pytorch", "others"])
def test_the_page_has_every_row(rows):
    assert table(rows) in PAGE.read_text(encoding="utf-8")


def test_a_line_is_translated_by_all_that_apply():
    theirs = "tf.keras.layers.Dense(5, activation=tf.nn.relu)"
    assert translated(theirs) == "keras.layers.Dense(5, activation=keras.activations.relu)"
