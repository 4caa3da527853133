"""The `dragonet` command: a thin skin, one file a verb."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(__name__, {"app": "main"})
