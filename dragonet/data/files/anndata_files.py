"""AnnData files: cells × genes in an .h5ad file."""

import importlib.util
from pathlib import Path
from typing import Any

from dragonet.core import errors

ENDINGS = (".h5ad",)


def read_anndata(path: Path) -> Any:
    """The AnnData in an .h5ad file; raises ImportError, naming the extra, where anndata is not installed."""
    if importlib.util.find_spec("anndata") is None:
        raise ImportError(
            f"{path.name} is read by anndata, which is not installed. Write: pip install 'dragonet[anndata]'."
        )
    anndata = importlib.import_module("anndata")
    try:
        return anndata.read_h5ad(path)
    except (MemoryError, PermissionError):
        raise
    except Exception as failure:  # of h5py, of anndata, of what they call
        raise errors.value_error(
            f"{path.name}", "an AnnData object", f"something else ({errors.reason(failure)})"
        ) from None
