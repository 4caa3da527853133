"""A public name of Keras's that is not here is answered by what to use instead (tests/test_keras_surface.py walks them all)."""

import importlib
import pickle
import subprocess
import sys

import keras
import pytest
from helpers.keras_surface import is_here

import dragonet
from dragonet import activations, layers, losses, metrics, optimizers
from dragonet.core.keras_names import absent_names


def test_what_is_here_is_not_said_to_be_absent():
    assert [path for path in absent_names.names() if is_here(path)] == []
    assert [path for path in absent_names.MODULES if is_here(path)] == []


SAID = [
    (lambda: layers.Conv3D, r"^dragonet.layers has no 'Conv3D'. Layers of volumes \(3D\) are not in dragonet"),
    (lambda: layers.conv3d, r"Layers of volumes"),
    (lambda: layers.Conv3DTranspos, r"^dragonet.layers has no 'Conv3DTranspos'. 'Conv3DTranspose': Layers of volumes"),
    (lambda: layers.TextVectorization, r"Text is not in dragonet yet"),
    (lambda: layers.Conv3D, r"Layers of volumes \(3D\) are not in dragonet"),
    (lambda: layers.Densee, r"^dragonet.layers has no 'Densee'. Did you mean 'Dense'\?$"),
    (lambda: dragonet.applications, r"^dragonet has no 'applications'. Pretrained networks are not in dragonet"),
    (lambda: dragonet.tree, r"jax.tree has the same"),
    (lambda: dragonet.Function, r"Write Model\(inputs, outputs\)."),
    (
        lambda: dragonet.ops.linalg,
        r"^dragonet.ops has no 'linalg'. Its functions are in dragonet.ops itself \(ops.qr, ops.svd\)",
    ),
    (lambda: dragonet.ops.nn, r"dragonet.ops has no 'nn'. Keras's functions of arrays are in dragonet.ops"),
    (lambda: dragonet.ops.layer_normalization, r"the layers have it"),
    (lambda: dragonet.utils.plot_model, r"dragonet.plots.draw\(model\) draws it"),
    (lambda: dragonet.utils.np_utils, r"dragonet.utils has to_categorical"),
    (lambda: dragonet.datasets.fashion_mnist, r"dragonet downloads nothing: dragonet.datasets has mnist"),
    (lambda: dragonet.datasets.mnst, r"Did you mean 'mnist'\?"),
    (lambda: dragonet.saving.KerasFileEditor, r"It is not in dragonet."),
    (lambda: dragonet.backend.set_session, r"there is nothing to set"),
    (lambda: dragonet.preprocessing.sequence, r"numpy.pad pads rows"),
    (lambda: optimizers.legacy, r"It is not in today's Keras either"),
    (
        lambda: optimizers.Adafactor,
        r"an Optax transformation is taken as an optimizer: compile\(optax.adafactor\(1e-3\)\)",
    ),
    (lambda: layers.Nothing, r"There are 'Activation', .* and \d+ more.$"),
]


@pytest.mark.parametrize(("run", "message"), SAID)
def test_a_name_that_is_not_here_is_answered_by_what_to_use(run, message):
    with pytest.raises(AttributeError, match=message):
        run()


BY_NAME = [
    (lambda: optimizers.get("muon"), r"^There is no optimizer 'muon'. It is not in dragonet; an Optax transformation"),
    (lambda: losses.get("ctc"), r"^There is no loss 'ctc'. It is not in dragonet."),
    (lambda: losses.get("msee"), r"^There is no loss 'msee'. Did you mean 'mse'\?"),
    (lambda: metrics.get("acuracy"), r"Did you mean '"),
    (lambda: activations.get("rleu"), r"^There is no activation 'rleu'. Did you mean 'relu'\?"),
]


@pytest.mark.parametrize(("run", "message"), BY_NAME)
def test_so_is_a_name_in_words(run, message):
    with pytest.raises(ValueError, match=message):
        run()


def test_so_is_an_import():
    for line, message in [
        ("from dragonet.layers import Conv3D", "dragonet.layers has no 'Conv3D'. Layers of volumes"),
        ("from dragonet import applications", "dragonet has no 'applications'. Pretrained networks"),
        ("from dragonet.applications.vgg16 import VGG16", "dragonet has no 'applications'. Pretrained networks"),
        ("import dragonet.mixed_precision", "dragonet computes in float32 throughout"),
        ("from dragonet.layers import Densee", "Did you mean 'Dense'?"),
    ]:
        with pytest.raises(ImportError) as failure:
            exec(line, {})
        assert message in str(failure.value)
    assert importlib.import_module("dragonet.layers.core.dense").Dense is layers.Dense
    assert not hasattr(dragonet, "applications") and not hasattr(layers, "Conv3D")


def test_a_file_with_an_absent_layer_says_so(tmp_path):
    model = keras.Sequential([keras.Input((4, 4, 4, 1)), keras.layers.Conv3D(2, 2)])
    model.save(tmp_path / "volumes.keras")
    with pytest.raises(ValueError, match=r"dragonet.layers has no 'Conv3D'. Layers of volumes"):
        dragonet.models.load_model(tmp_path / "volumes.keras")


def test_a_method_of_older_keras_is_answered_and_others_as_python_does():
    model = dragonet.Sequential([dragonet.Input((2,)), layers.Dense(1)])
    for name, message in [
        (
            "fit_generator",
            r"'Sequential' object has no attribute 'fit_generator'. It is not in today's Keras either: write fit\(generator\).",
        ),
        ("make_train_function", r"dragonet's compiled loop has no such step"),
        ("anything", r"'Sequential' object has no attribute 'anything'$"),
    ]:
        with pytest.raises(AttributeError, match=message):
            getattr(model, name)
    assert not hasattr(model, "add_metric")
    with pytest.raises(AttributeError):
        pickle.dumps(model).nothing  # noqa: B018


def test_an_import_stays_light():
    code = (
        "import sys, dragonet; assert not {'jax', 'numpy', 'dragonet.core.keras_names.absent_names'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
