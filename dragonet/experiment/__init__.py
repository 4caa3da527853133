"""A run: data, model, training, scores, and the folder that records it; what `dragonet train` does."""

from dragonet.lazy import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "recipe": "Recipe",
        "run": "Run",
        "problems": "Problem",
        "scores": "Scores",
        "comparing": "compare",
        "comparison": "Comparison Difference",
        "sources": "read",
        "question": "Question",
        "climbing": "climb",
        "ladder": "Ladder",
        "study": "Study",
        "doctor": "",
    },
)
