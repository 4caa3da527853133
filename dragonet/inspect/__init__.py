"""What a network has learned, as plain arrays and small dataclasses; `plots` draws them."""

from dragonet.lazy import contents

__getattr__, __dir__, __all__ = contents(__name__, {
    "confusion": "Confusing most_confusing",
    "intervals": "Rate wilson",
    "labels": "as_labels",
    "scores": "Rates confusion_matrix rates",
})
