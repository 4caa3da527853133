"""Each public name of Keras's is here with Keras's parameters, or answered, or to come; docs/coverage-keras.md says which."""

import pytest
from helpers import keras_surface
from helpers.keras_surface import OPTIONS_LEFT_OUT, REASONS, deviates, is_here, missing_options, reason, status, surface

from dragonet.core.keras_names import absent_names

PATHS = surface()
HERE = [path for path in PATHS if is_here(path)]


def test_no_name_is_absent():
    assert len(PATHS) > 1400  # Keras 3.15 has 1,439, with those of sub-modules
    assert [path for path in PATHS if status(path) == "absent"] == []


def test_every_deviation_from_keras_s_parameters_has_a_reason():
    assert [path for path in HERE if deviates(path) and not reason(path)] == []


def test_every_reason_is_of_a_deviation():
    used = {reason(path) for path in HERE if deviates(path)}
    assert [pattern for pattern, text in REASONS.items() if text not in used] == []


def test_every_option_of_an_op_is_taken_by_name_or_written_down():
    known = {name for names in OPTIONS_LEFT_OUT for name in names.split()}
    lacking = {name for path in HERE if path.startswith("ops.") for name in missing_options(path)}
    assert lacking - known == known - lacking == set()


@pytest.mark.parametrize("name", ["layers.TextVectorization", "layers.StringLookup"])
def test_what_is_to_come_says_yet(name):
    assert status(name) == "to come" and " yet" in absent_names.advice(name)


def test_the_page_is_up_to_date():
    assert keras_surface.PAGE.read_text(encoding="utf-8") == keras_surface.page(), (
        "run python tests/helpers/keras_surface.py"
    )
