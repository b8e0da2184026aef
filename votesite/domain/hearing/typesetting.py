"""Typesetting the notice: what `papers` lets the confined process do, and nothing else imports.

The question is JSON: the typst file, the folders with fonts, the data that the file reads, and the
second that the PDF names as its date. So the same notice gives the same bytes.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import typst


def make(question: bytes) -> bytes:
    """The job that makes a PDF."""
    asked = json.loads(question)
    template = Path(asked["template"])
    pdf: bytes = typst.compile(
        template.read_bytes(),
        root=str(template.parent),
        font_paths=asked["fonts"],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(asked["data"], ensure_ascii=False)},
        pdf_standards=["a-2b"],
        timestamp=datetime.fromtimestamp(asked["seconds"], UTC),
    )
    return pdf
