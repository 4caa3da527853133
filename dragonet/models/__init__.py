"""Models: chains and graphs of layers that can be trained."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "sequential": "Sequential",
        "model": "Model",
        "cloning": "clone_model",
        "fleet": "Fleet",
        "files": "load_model model_from_json save_model",
    },
)
