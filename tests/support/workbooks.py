"""Workbooks written by hand: what no spreadsheet program makes, and what some do."""

import io
import zipfile

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def workbook(rows: str, *, strings: str = "", place="xl/worksheets/sheet1.xml", **more) -> bytes:
    """A workbook of one sheet: `rows` and shared `strings` as XML, the sheet at any place."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/></Types>',
        )
        package.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
            f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        package.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
            f'<sheet name="1" sheetId="1"{more.get("state", "")} r:id="r1"/></sheets></workbook>',
        )
        package.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="r1" Type="{_RELATIONS}/worksheet" Target="/{place}"/>'
            f'<Relationship Id="r2" Type="{_RELATIONS}/sharedStrings" '
            'Target="sharedStrings.xml"/></Relationships>',
        )
        package.writestr("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}">{strings}</sst>')
        package.writestr(
            place,
            f'{more.get("head", "")}<worksheet xmlns="{_MAIN}">{more.get("columns", "")}'
            f"<sheetData>{rows}</sheetData></worksheet>",
        )
    return target.getvalue()


def text_cell(place: str, text: str, *, named="r") -> str:
    """A cell with a text; `named`: how the attribute of its place is written."""
    return f'<c {named}="{place}" t="inlineStr"><is><t>{text}</t></is></c>'
