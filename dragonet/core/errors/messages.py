"""What an error or a value says in one line of a message."""

import dis
from pathlib import Path
from typing import Any

_PACKAGE_FOLDER = Path(__file__).parents[2]


def reason(failure: BaseException) -> str:
    """An exception's message in one line; its name where the message is empty.

    >>> reason(ValueError("no.\\nmore")), reason(MemoryError())
    ('no', 'MemoryError')
    """
    lines = [line.strip() for line in str(failure).splitlines() if line.strip()]
    return lines[0].rstrip(".")[:300] if lines else type(failure).__name__


def is_sentence(failure: BaseException) -> bool:
    """Whether an error is one of dragonet's sentences, and not another library's message."""
    text = str(failure)
    return isinstance(failure, ValueError | TypeError | ImportError) and " needs " in text and text.endswith((".", "?"))


def short_repr(thing: Any, width: int = 60) -> str:
    """A value as a user would recognise it, short enough for one sentence.

    >>> short_repr([1, 2]), short_repr("a" * 100, width=10)
    ('[1, 2]', "'aaaaaa...")
    """
    if hasattr(thing, "shape") and hasattr(thing, "dtype"):
        return f"an array of shape {tuple(thing.shape)} and dtype {thing.dtype}"
    text = repr(thing)
    return text if len(text) <= width else text[: width - 3] + "..."


def is_refusal(failure: BaseException) -> bool:
    """Whether an error was raised by a `raise` of dragonet's own, and so has a sentence for the user.

    >>> is_refusal(ValueError("created, but not raised"))
    False
    """
    traceback = failure.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None or _PACKAGE_FOLDER not in Path(traceback.tb_frame.f_code.co_filename).parents:
        return False
    code = traceback.tb_frame.f_code.co_code
    return code[traceback.tb_lasti] == dis.opmap["RAISE_VARARGS"]
