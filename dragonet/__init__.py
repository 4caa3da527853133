"""dragonet: neural networks for people who have data and a question.

`import dragonet as keras` runs code written for Keras. Nothing is loaded before it is used.
"""

from dragonet.core.lazy_exports import contents

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "models": "",
        "layers": "",
        "losses": "",
        "metrics": "",
        "optimizers": "",
        "activations": "",
        "initializers": "",
        "regularizers": "",
        "constraints": "",
        "callbacks": "",
        "datasets": "",
        "data": "",
        "preprocessing": "",
        "inspect": "",
        "plots": "",
        "saving": "",
        "utils": "",
        "backend": "",
        "config": "",
        "random": "",
        "ops": "",
        "perceptrons": "",
        "sklearn": "",
        "training": "",
        "models.model": "Model",
        "models.sequential": "Sequential",
        "models.fleet": "Fleet",
        "studies.one_call": "study",
        "comparison.comparing": "compare",
        "interop.keras_alias": "as_keras version",
        "core.errors": "DragonetError DragonetWarning",
        "layers.base": "Layer",
        "graph.tensors": "KerasTensor",
        "layers.core.input": "Input",
        "graph.variable": "Variable",
        "losses.base": "Loss",
        "metrics.base": "Metric",
        "optimizers.base": "Optimizer",
        "initializers.base": "Initializer",
        "regularizers.base": "Regularizer",
    },
)
