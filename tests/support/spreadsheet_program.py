"""LibreOffice without a screen: workbooks computed by it, and read back as values."""

import io
import subprocess

from python_calamine import CalamineWorkbook

# Formulas are computed when a file is loaded, whatever values the file says they have.
_ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


def computed(books, folder, *, timeout=300):
    """Workbooks by name, loaded, computed and saved again: {name: {sheet: rows of values}}."""
    profile, made = folder / "profile", folder / "made"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_ALWAYS, encoding="utf-8")
    given = []
    for name, body in books.items():
        given.append(folder / f"{name}.xlsx")
        given[-1].write_bytes(body)
    command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless"]
    command += ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(made)]
    subprocess.run([*command, *map(str, given)], check=True, capture_output=True, timeout=timeout)
    return {name: values((made / f"{name}.xlsx").read_bytes()) for name in books}


def values(body):
    """Every sheet's rows as they are stored."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    return {
        name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for name in book.sheet_names
    }
