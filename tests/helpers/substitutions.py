"""What code written for the tutorials' libraries needs to be changed to, all in one place; docs/porting.md shows it."""

# In this order, as text. What stands first is the longer of two that begin alike.
KERAS = (
    ("%tensorflow_version 1.x", "", "there is one version"),
    ("import tensorflow as tf", "import dragonet as keras", ""),
    (
        "from tensorflow import set_random_seed",
        "from dragonet.utils import set_random_seed",
        "not needed: the seed is 0",
    ),
    ("from tensorflow import keras", "import dragonet as keras", ""),
    ("from tensorflow.keras", "from dragonet", ""),
    ("import keras as K", "import dragonet as K", ""),
    ("from keras", "from dragonet", ""),
    ("tf.contrib.keras", "keras", ""),
    ("tf.keras", "keras", ""),
    ("tf.data.Dataset", "keras.data.Dataset", ""),
    ("tf.data.AUTOTUNE", "keras.data.AUTOTUNE", ""),
    ("tf.nn.", "keras.activations.", "or the name: activation='relu'"),
    ("tf.reset_default_graph()", "", "there is no graph to be reset"),
    ("%load_ext tensorboard", "", ""),
    ("%tensorboard --logdir", "!dragonet tensorboard", "or the same in a terminal, without the !"),
    ("batchsize=", "batch_size=", "a slip: fit names the right one"),
)

# These are read, not replaced: PyTorch's training loop is the user's own, here it is `fit` or `train_on_batch`.
PYTORCH = (
    ("nn.Linear(2, 10)", "layers.Dense(10)", "a model's first layer learns from Input((2,)) how wide its input is"),
    ("nn.ReLU(), nn.Softmax(dim=1)", 'activation="relu", activation="softmax"', "arguments of the layer before"),
    ("layer.weight", "layer.kernel", "transposed: (inputs, outputs)"),
    ("torch.tensor(x, dtype=torch.float32)", "x", "arrays go in as they are"),
    ("model(x).detach().numpy()", "model.predict(x)", ""),
    (
        "optimizer.zero_grad(); loss.backward(); optimizer.step()",
        "model.train_on_batch(x, y)",
        "or model.fit for all of them",
    ),
    ("Adam(parameters, lr=2e-4)", "model.compile(optimizers.Adam(2e-4), loss)", "compiling again starts Adam over"),
    (
        "torch.mean(-torch.log(probs[:, labels]))",
        'loss="sparse_categorical_crossentropy"',
        "probs[:, labels] takes every label's column for every row; right for one row only",
    ),
    ("torch.autograd.set_detect_anomaly(True)", "", "fit always stops at NaN, and says where"),
    ("torch.manual_seed(2021)", "keras.utils.set_random_seed(2021)", ""),
)

OTHERS = (
    ("drive.mount(...); pd.read_csv(...)", "datasets.dragons.load()", "the table is in the package"),
    (
        "sns.scatterplot(data, x='index', y='confusion', hue='label')",
        "plots.confusion_by_index(inspect.most_confusing(model, x, y, k=None))",
        "",
    ),
    ("a class perceptron() of one's own", "perceptrons.Perceptron(max_iter=1500)", "the same rule, and its path"),
    ("ax.scatter(...) for truth and predictions", "plots.truth_and_predictions(x, y, model.predict(x))", ""),
)


def translated(code: str) -> str:
    """Code for TensorFlow's or Keras's own package, as it runs here."""
    for theirs, ours, _ in KERAS:
        code = code.replace(theirs, ours)
    return code.replace("\n!", "\n# ")  # a notebook's commands


def run(code: str) -> dict:
    """What a translated script leaves behind."""
    names: dict = {}
    exec(compile(translated(code), "tutorial", "exec"), names)
    return names


def table(rows: tuple) -> str:
    """The rows as a page shows them."""

    def code(text: str) -> str:
        return f"`{text}`" if text else "(nothing)"

    lines = [f"| {code(theirs)} | {code(ours)} | {why} |" for theirs, ours, why in rows]
    return "\n".join(["| there | here | |", "| --- | --- | --- |", *lines])
