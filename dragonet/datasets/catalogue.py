"""The data sets in the package, what they hold, and their licences: a table that loads none of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One data set in words: what it holds, how much of it, its licence, its authors, the line that loads it."""

    about: str
    size: str
    licence: str
    source: str
    load: str


def _made_up(about: str, name: str) -> Entry:
    return Entry(about, "n points (x, y)", "none needed", "made up from a seed", f"datasets.{name}(n=300)")


# In the order in which a newcomer needs them.
CATALOGUE: dict[str, Entry] = {
    "mnist": Entry(
        about="handwritten digits 0 to 9",
        size="60,000 + 10,000 images, 28 × 28, 11.5 MB",
        licence="CC BY-SA 3.0",
        source="Y. LeCun and C. Cortes",
        load="datasets.mnist.load_data()",
    ),
    "digits": Entry(
        about="small handwritten digits 0 to 9, learned in a second",
        size="1,797 images, 8 × 8, 45 kB",
        licence="CC BY 4.0",
        source="E. Alpaydin and C. Kaynak, UCI Machine Learning Repository",
        load="datasets.digits.load_data()",
    ),
    "dragons": Entry(
        about="dragons: which of them breathe fire, and which colour are they?",
        size="480 rows, 6 columns, 24 kB",
        licence="CC BY-SA 4.0",
        source="Coding Club; columns added by the Methods Meetings' tutorial group",
        load="datasets.dragons.load_data()",
    ),
    "moons": _made_up("two half moons that reach into each other", "moons"),
    "circles": _made_up("a circle inside another", "circles"),
    "spirals": _made_up("spiral arms wound around each other", "spirals"),
    "xor": _made_up("exclusive or: opposite corners of a square belong together", "xor"),
    "checkerboard": _made_up("a checkerboard of two classes", "checkerboard"),
    "ring": _made_up("eight Gaussians on a ring: does a GAN find them all?", "ring"),
    "blobs": _made_up("a round Gaussian cloud for each class", "blobs"),
}
