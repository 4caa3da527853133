"""The main job on a user's own data: a question, a ladder of models, a verdict, and a report."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "sources": "read",
        "question": "Question",
        "ladder_training": "train_ladder",
        "ladder": "Ladder",
        "candidates": "",
        "run_study": "Study",
    },
)
