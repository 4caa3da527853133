"""From a user's files to arrays."""

from dragonet.lazy import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "dataset": "Data Column",
        "encoding": "Encoder",
        "partition": "parts Parts",
        "reading": "read read_table",
        "sequences": "one_hot_dna read_fasta log_scaled",
        "streams": "batches Batches",
        "splitting": "split",  # not split.py: the loaded file would hide the function
    },
)
