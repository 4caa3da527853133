"""scikit-learn's MLPClassifier, one `partial_fit` an epoch (its Adam goes on from call to call).

It reports the loss only; its default weight decay (alpha 1e-4) is set to zero, as nobody else decays.
"""

from sklearn.neural_network import MLPClassifier


def prepare(model, x, y, threads):
    others = sorted({kind for kind, _ in model.layers} - {"Dense"})
    if others:
        raise NotImplementedError("MLPClassifier has no " + ", ".join(others))
    hidden = [args for _, args in model.layers[:-1]]
    net = MLPClassifier(
        hidden_layer_sizes=[args["units"] for args in hidden],
        activation=hidden[0]["activation"] if hidden else "identity",
        solver="adam",
        alpha=0.0,
        batch_size=model.batch_size,
        learning_rate_init=model.learning_rate,
        random_state=0,
    )
    classes = sorted(set(y.tolist()))

    def train(epochs):
        for _ in range(epochs):
            net.partial_fit(x, y, classes=classes)
        return {"loss": float(net.loss_), "accuracy": None}

    return train
