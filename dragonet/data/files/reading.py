"""Reading: from a user's file, folder or Python object to Data."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dragonet.core import errors
from dragonet.data.columns.missing_codes import Codes
from dragonet.data.dataset import Data
from dragonet.data.files import excel, parquet, path_readers, python_objects, text_tables
from dragonet.data.read_options import Array, Names, ReadOptions

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

TEXT = text_tables.ENDINGS


def read(
    source: object,
    *,
    target: Names = None,
    groups: "str | ArrayLike | None" = None,
    time: "str | ArrayLike | None" = None,
    x: Array = None,
    y: Array = None,
    drop: Names = (),
    columns: Mapping[str, str] | None = None,
    missing: Codes = None,
    size: tuple[int, int] | None = None,
) -> Data:
    """A user's own data: what is learned from, what is to be predicted, and what was noticed about both.

    source: the path of a table (.csv, .tsv, .xlsx, .parquet), of arrays (.npz, .npy), of cells × genes (.h5ad), or of a folder
    with a sub folder of pictures for each class; or a DataFrame, a pair (x, y), an array with y=, a dict, an AnnData, MNE's Epochs.
    target: the column to predict, or several; groups: the column, key or array that says which rows belong together, such as
    all of one patient; time: the one to split by; x, y: keys in an .npz, or y the path of an .npy beside x; drop: columns to
    leave out; columns: {"zip": "category"} sets the kind of a column (number, category, yes/no, date, text, identifier);
    missing: values that stand for a missing one, such as -999, or {"age": 99} for one column;
    size: (height, width) for pictures.
    A target of words, of yes and no, or of at most 20 different whole numbers is classes, else a number.
    Raises ValueError, TypeError or ImportError, in one sentence, for what cannot be read or learned from.

    >>> import pandas as pd
    >>> data = read(pd.DataFrame({"size": [1.5, 2.5, 3.5, 4.5], "sex": ["f", "m", "f", "m"]}), target="sex")
    >>> print(data)
    table: 4 rows, 1 column to learn from
    to predict: sex (f 2, m 2)
      size: number, 1.5 to 4.5
      sex: category (target), 2 (f, m)
    """
    options = ReadOptions(target, groups, time, drop, columns, missing)
    if isinstance(source, str | os.PathLike):
        return path_readers.read_path(Path(os.fsdecode(source)), x, y, size, options)
    return python_objects.read_object(source, x, y, options)


def read_table(path: str | os.PathLike[str], *, words: tuple[str, ...] = ()) -> "pd.DataFrame":
    """The raw DataFrame in a CSV, TSV, Excel or Parquet file, for `model.predict`: cells as they are written, nothing left out.

    words: columns whose numbers are left as text, such as 00123. Raises ValueError, in a sentence, for what is no table.

    >>> from dragonet.datasets import dragons
    >>> read_table(dragons._FILE).shape
    (480, 6)
    """
    path = Path(path)
    text_tables.check_exists(path)
    ending = path.suffix.lower()
    if ending in parquet.ENDINGS:
        return parquet.read_frame(path)
    if ending in excel.ENDINGS and not path.is_dir():
        return excel.read_frame(path)
    if path.is_dir() or ending not in TEXT:
        endings = ", ".join([*TEXT, *excel.ENDINGS, *parquet.ENDINGS])
        raise errors.value_error("read_table", f"a file that ends in {endings}", repr(path.name))
    return text_tables.read_frame(path, words=words)
