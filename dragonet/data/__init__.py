"""From a user's files to arrays."""

from dragonet.core.lazy_exports import contents

__getattr__, __dir__, __all__ = contents(
    __name__,
    {
        "dataset": "Data Column",
        "pipelines.pipeline": "AUTOTUNE Dataset",
        "columns.encoder": "Encoder",
        "partition": "parts Parts",
        "files.reading": "read read_table",
        "files.sequences": "one_hot_dna read_fasta log_scaled",
        "files.streams": "batches Batches",
        "splitting": "split",  # not split.py: the loaded file would hide the function
    },
)
