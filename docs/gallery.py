"""Makes the pictures of docs/gallery.md, and the page: `python docs/gallery.py` (a minute or two; nothing is downloaded)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import dragonet as keras
from dragonet import datasets, inspect, layers, perceptrons, plots

HERE = Path(__file__).parent
PICTURES: list[tuple[str, str, Callable[[], Any]]] = []


def picture(title: str, text: str) -> Callable:
    """A decorator for functions that draw a picture of the page."""

    def add(draw: Callable[[], Any]) -> Callable[[], Any]:
        PICTURES.append((title, text, draw))
        return draw

    return add


def once(function: Callable[[], Any]) -> Callable[[], Any]:
    """A function that is called once, with seed 0, so that its result does not depend on the pictures before."""
    results: list[Any] = []

    def call() -> Any:
        if not results:
            keras.utils.set_random_seed(0)
            results.append(function())
        return results[0]

    return call


@once
def digits() -> tuple:
    """The small digits, 0 to 1, and a network for them, with the history of its training."""
    (x, y), (x_test, y_test) = datasets.digits.load_data()
    x, x_test = x.astype("float32") / 16, x_test.astype("float32") / 16
    model = keras.Sequential(
        [
            layers.Reshape((8, 8, 1), input_shape=(8, 8)),
            layers.Conv2D(8, 3, padding="same", activation="relu", name="edges"),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 3, padding="same", activation="relu", name="parts"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="digits",
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=12, validation_split=0.1, verbose=0)
    return x, y, x_test, y_test, model, history


@once
def dragons() -> tuple:
    """The dragons by colour, standardised within the network."""
    (x, y), (x_test, y_test) = datasets.dragons.load_data("color")
    scale = layers.Normalization(mean=x.mean(0).tolist(), variance=x.var(0).tolist(), input_shape=(2,))
    hidden = [layers.Dense(20, activation="relu"), layers.Dense(20, activation="relu")]
    model = keras.Sequential([scale, *hidden, layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, epochs=60, verbose=0)
    return x, y, x_test, y_test, model


NAMES = ("number of toes", "body length")


@picture("A look at the data", "`plots.grid(x, y, predictions=model.predict(x))`")
def grid() -> Any:
    """Images with labels and predictions."""
    _, _, x, y, model, _ = digits()
    return plots.grid(x, y, rows=3, cols=8, predictions=model.predict(x))


@picture("The rows that it is least sure of", "`plots.most_confusing(inspect.most_confusing(model, x, y), x)`")
def confusing() -> Any:
    """The images with the largest second-best probability."""
    _, _, x, y, model, _ = digits()
    return plots.most_confusing(inspect.most_confusing(model, x, y, k=10), x)


@picture("Uncertainty over the data", "`plots.confusion_by_index(inspect.most_confusing(model, x, y, k=None))`")
def by_index() -> Any:
    """The measure of every row."""
    _, _, x, y, model, _ = digits()
    return plots.confusion_by_index(inspect.most_confusing(model, x, y, k=None))


@picture("The confusion matrix", "`plots.confusion_matrix(inspect.confusion_matrix(y, model.predict(x)))`")
def matrix() -> Any:
    """Counts and shares."""
    _, _, x, y, model, _ = digits()
    return plots.confusion_matrix(inspect.confusion_matrix(y, model.predict(x)))


@picture("Rates with their intervals", "`plots.rates(inspect.rates(y == 8, predictions == 8))`")
def rates() -> Any:
    """How well eights are detected."""
    _, _, x, y, model, _ = digits()
    return plots.rates(inspect.rates(y == 8, model.predict(x).argmax(1) == 8))


@picture("Learning curves", "`plots.learning_curves(history)`; `history.diagnose()` describes them in sentences")
def curves() -> Any:
    """Loss and accuracy."""
    return plots.learning_curves(digits()[-1])


@picture("Many seeds", "`plots.learning_curves(keras.Fleet(model, seeds=5).fit(x, y))`")
def fleet() -> Any:
    """Bands over seeds."""
    x, y, *_, model, _ = digits()
    return plots.learning_curves(keras.Fleet(model, seeds=5).fit(x, y, epochs=8, validation_split=0.1, verbose=0))


@picture("Decision regions", "`plots.decision_regions(inspect.decision_regions(model, x), x, y)`")
def regions() -> Any:
    """Of a network of two features."""
    _, _, x, y, model = dragons()
    return plots.decision_regions(inspect.decision_regions(model, x), x, y, NAMES, classes=datasets.dragons.COLORS)


@picture(
    "The exact lines of a linear model",
    "the same, for a `MulticlassPerceptron`; "
    "`plots.animate_regions(inspect.regions_over_path(model, x), x, y)` shows how they change in training",
)
def lines() -> Any:
    """Of three perceptrons."""
    x, y, x_test, y_test, _ = dragons()
    model = perceptrons.MulticlassPerceptron(max_iter=1500).fit(x, y)
    result = inspect.decision_regions(model, x_test)
    return plots.decision_regions(result, x_test, y_test, NAMES, classes=datasets.dragons.COLORS)


@picture("Truth beside predictions", "`plots.truth_and_predictions(x, y, model.predict(x))`")
def truth() -> Any:
    """Wrong predictions have a ring."""
    _, _, x, y, model = dragons()
    return plots.truth_and_predictions(x, y, model.predict(x), NAMES, classes=datasets.dragons.COLORS)


@picture("The model", "`plots.draw(model)`; a notebook shows this for `model`")
def drawing() -> Any:
    """A residual block."""
    x = keras.Input((28, 28, 1), name="image")
    h = layers.Conv2D(16, 3, padding="same", activation="relu", name="first")(x)
    branch = layers.Conv2D(16, 3, padding="same", name="inner")(h)
    branch = layers.BatchNormalization(name="level")(branch)
    h = layers.Activation("relu", name="bend")(layers.add([h, branch]))
    h = layers.GlobalAveragePooling2D(name="mean")(h)
    return plots.draw(keras.Model(x, layers.Dense(10, activation="softmax", name="digit")(h), name="residual"))


@picture("What the filters look like", "`plots.filters(inspect.filters(model, 'edges'))`")
def filters() -> Any:
    """Kernels of the first convolution."""
    return plots.filters(inspect.filters(digits()[4], "edges"))


@picture("The outputs of the layers for an image", "`plots.activations(inspect.activations(model, x))`")
def activations() -> Any:
    """Feature maps."""
    _, _, x, _, model, _ = digits()
    return plots.activations(inspect.activations(model, x[:1]))


@picture(
    "Which pixels the prediction depends on",
    "`plots.saliency(inspect.saliency(model, x, method='integrated_gradients'), x)`; also gradients, "
    "Grad-CAM and `occlusion`, each with what it cannot show",
)
def saliency() -> Any:
    """Integrated gradients."""
    _, _, x, _, model, _ = digits()
    return plots.saliency(inspect.saliency(model, x[:4], method="integrated_gradients"), x[:4])


@picture("Which features it needs", "`plots.permutation_importance(inspect.permutation_importance(model, x, y))`")
def importance() -> Any:
    """Of toes and length."""
    _, _, x, y, model = dragons()
    return plots.permutation_importance(inspect.permutation_importance(model, x, y, names=NAMES))


@picture("A convolution is equivariant", "`plots.equivariance(inspect.equivariance(model, x))`")
def moves() -> Any:
    """A shifted input gives a shifted output."""
    _, _, x, _, model, _ = digits()
    return plots.equivariance(inspect.equivariance(model, x[:1]), layer="edges")


@picture("Activations", "`plots.activation_curves(inspect.activation_curves())`")
def shapes() -> Any:
    """Value and slope."""
    return plots.activation_curves(inspect.activation_curves())


@picture("Gradients that vanish", "`plots.gradient_norms({'ten sigmoids': ..., 'ten ReLUs': ...})`")
def norms() -> Any:
    """Ten layers of each."""
    x, y, *_ = digits()
    results = {}
    for name in ("sigmoid", "relu"):
        keras.utils.set_random_seed(0)
        hidden = [layers.Dense(32, activation=name) for _ in range(10)]
        model = keras.Sequential([layers.Flatten(input_shape=(8, 8)), *hidden, layers.Dense(10, activation="softmax")])
        model.compile("adam", "sparse_categorical_crossentropy")
        results[f"ten layers of {name}"] = inspect.gradient_norms(model, x[:256], y[:256])
    return plots.gradient_norms(results)


@picture("Small batches have noisy gradients", "`plots.gradient_noise(inspect.gradient_noise(model, x, y))`")
def noise() -> Any:
    """1/√B."""
    x, y, *_ = dragons()
    return plots.gradient_noise(inspect.gradient_noise(dragons()[-1], x, y))


@picture("Three kinds of gradient descent", "`plots.loss_paths(inspect.loss_paths(model, x, y))`")
def paths() -> Any:
    """Batch, mini-batch, stochastic."""
    x, y, *_ = dragons()
    scale = layers.Normalization(mean=x.mean(0).tolist(), variance=x.var(0).tolist(), input_shape=(2,))
    model = keras.Sequential([scale, layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy")
    return plots.loss_paths(inspect.loss_paths(model, x, y, epochs=15))


@picture("When the response can be predicted", "`plots.decode_over_time(inspect.decode_over_time(x, y))`")
def decoding() -> Any:
    """Made-up trials with a response from 0.1 s on."""
    rng = np.random.default_rng(0)
    y, times = rng.integers(0, 2, 120), np.linspace(-0.2, 0.4, 61)
    x = rng.normal(size=(120, 12, 61))
    x[:, 0] += np.outer(2 * y - 1, 0.9 * (times > 0.1))
    return plots.decode_over_time(inspect.decode_over_time(x, y, times=times, permutations=100))


def main() -> None:
    """Write the pictures and the page."""
    folder = HERE / "gallery"
    folder.mkdir(exist_ok=True)
    lines = [
        "# The gallery",
        "",
        "One example of every picture of `plots`, made by `python docs/gallery.py`. Each function draws the result of a",
        "function of `inspect`, into a new figure or into your own axes (`ax=`).",
        "",
    ]
    for title, text, draw in PICTURES:
        result = draw()
        name = f"{draw.__name__}.{'svg' if hasattr(result, 'svg') else 'png'}"
        if hasattr(result, "svg"):
            result.save(folder / name)
        else:
            result.savefig(folder / name, dpi=90, metadata={"Software": "dragonet"})
        lines += [f"## {title}", "", f"{text}", "", f"![{title}](gallery/{name})", ""]
    (HERE / "gallery.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
