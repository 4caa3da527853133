"""A run's folder: recipe, training, scores, verification, and the environment it ran in."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "recipe": "Recipe",
        "run": "Run",
        "problems": "Problem",
        "scores": "Scores",
        "doctor": "",
    },
)
