"""The models of a ladder, one file each, behind one protocol; a new one is a file and a call of `register`."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "protocol": "Candidate Settings Trained EPOCHS",
        "split": "Split",
        "registry": "register registered unregister find",
        "fitted": "FittedModel",
    },
)
