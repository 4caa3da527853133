"""Files of other programs, read as data and never run: Keras's `.keras` and `.weights.h5`."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "keras_file": "",
        "weights_h5": "",
        "untrusted": "",
    },
)
