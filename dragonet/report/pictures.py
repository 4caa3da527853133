"""Pictures of a report: a figure as a vector drawing inside the file, or as pixels where it has very many points, with words."""

import base64
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.text import Text

_POINTS = 4000  # from which on a vector drawing would be large and slow


@dataclass(frozen=True)
class Picture:
    """A drawing as the bytes of a file of this name; alt says in words what is to be seen, for who cannot see it."""

    name: str
    content: bytes
    alt: str
    width: int  # pixels, at most

    @property
    def source(self) -> str:
        """For an <img>: all of it, so that no file is asked for."""
        kind = "png" if self.name.endswith(".png") else "svg+xml"
        return f"data:image/{kind};base64,{base64.b64encode(self.content).decode('ascii')}"


def picture(name: str, figure: Figure, alt: str, points: int = 0, *, run: str) -> Picture:
    """The picture of a figure that has about so many points; the file says which run made it, '' for none."""
    ending = "png" if points > _POINTS else "svg"
    file = io.BytesIO()
    for words in figure.findobj(Text):
        words.set_parse_math(False)  # a column may be called $x$
    # The salt: the same figure, the same bytes. The warning: letters that the font lacks are shown as boxes.
    with rc_context({"svg.hashsalt": "dragonet"}), warnings.catch_warnings(action="ignore", category=UserWarning):
        made_by = {"Identifier": f"dragonet run {run}" if run else "dragonet"}
        figure.savefig(file, format=ending, metadata={"Date": None, **made_by} if ending == "svg" else made_by)
    return Picture(f"{name}.{ending}", file.getvalue(), alt, round(figure.get_size_inches()[0] * 105))


def short_names(names: Sequence[str], most: int = 18) -> list[str]:
    """Names short enough for the edge of a figure, still different."""
    cut = [name if len(name) <= most else name[: most - 1] + "…" for name in names]
    return cut if len(set(cut)) == len(cut) else [f"{i + 1} {name}" for i, name in enumerate(cut)]
