"""Reading workbooks: what `tables` lets the confined process do, and nothing else imports.

The answer is the rows of the first sheet as JSON, a list of lists of texts, or null for what is no
workbook or has more cells than a campaign could have.
"""

import json
from io import BytesIO

from python_calamine import load_workbook

MAX_CELLS = 2_000_000


def read(data: bytes) -> bytes:
    """The job that reads a workbook's first sheet."""
    try:
        rows = load_workbook(BytesIO(data)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a panic of the reader's Rust code is no Exception
        return b"null"
    if sum(map(len, rows)) > MAX_CELLS:
        return b"null"
    return json.dumps([[_text(cell) for cell in row] for row in rows], ensure_ascii=False).encode()


def _text(value: object) -> str:
    """A cell as text. Numbers come as floats: a whole one is written without its fraction."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)
