"""What a page leads to: its links, and its forms with ways to fill them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

LINKS = ("href", "src", "action", "formaction", "poster", "data-verify")
TYPED = {
    "email": "compare@example.gov.cn",
    "url": "https://example.gov.cn/compare",
    "tel": "0800-1234567",
    "number": "1",
    "date": "2026-12-01",
    "time": "09:00",
    "datetime-local": "2026-12-01T09:00",
    "password": "not-the-password",
    "color": "#1b4f8c",
}
WORDS = "比对所填的文字"
UNTYPED = ("hidden", "submit", "button", "image", "reset", "file")


@dataclass(frozen=True)
class Field:
    """A field of a form as it stands on the page."""

    name: str
    kind: str
    value: str
    is_checked: bool = False
    options: tuple[str, ...] = ()


@dataclass
class Form:
    """A form that is posted."""

    action: str
    in_parts: bool = False
    fields: list[Field] = field(default_factory=list)

    def blank(self) -> list[tuple[str, str]]:
        """What is sent when nothing is typed: hidden fields, and each other one empty."""
        return [
            (one.name, one.value if one.kind == "hidden" else "")
            for one in self.fields
            if one.kind not in ("checkbox", "radio", "file", "submit", "button")
        ] + self._pressed()

    def filled(self) -> list[tuple[str, str]]:
        """Something in every field, what stood there already where there is such."""
        chosen: list[tuple[str, str]] = []
        radios: set[str] = set()
        for one in self.fields:
            if one.kind in ("submit", "button", "file", "reset", "image"):
                continue
            if one.kind == "radio" and one.name in radios:
                continue
            radios |= {one.name} if one.kind == "radio" else set()
            chosen.append((one.name, _typed(one)))
        return chosen + self._pressed()

    def _pressed(self) -> list[tuple[str, str]]:
        return [(one.name, one.value) for one in self.fields if one.kind == "submit"][:1]


def _typed(one: Field) -> str:
    if one.kind == "select":
        return next((value for value in (one.value, *one.options) if value), "")
    if one.kind in ("checkbox", "radio"):
        return one.value or "on"
    return one.value or ("" if one.kind in UNTYPED else TYPED.get(one.kind, WORDS))


@dataclass
class Page:
    """Links in the order of the page, and the forms that are posted."""

    links: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)

    @classmethod
    def read(cls, text: str) -> Page:
        """The page that an HTML text is."""
        reader = _Reader()
        reader.feed(text)
        reader.close()
        return reader.page


class _Reader(HTMLParser):
    """Gathers links and forms."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._form: Form | None = None
        self._text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag leads to or asks for."""
        given = {name: value or "" for name, value in attrs}
        is_posted = tag == "form" and given.get("method", "get").lower() == "post"
        for name in LINKS:
            if given.get(name) and not is_posted:
                self.page.links.append(given[name])
        for one in given.get("srcset", "").split(","):
            self.page.links += one.split()[:1]
        if is_posted:
            in_parts = given.get("enctype", "").startswith("multipart")
            self._form = Form(given.get("action", ""), in_parts)
            self.page.forms.append(self._form)
        elif self._form is not None:
            self._note_field(self._form, tag, given)

    def handle_endtag(self, tag: str) -> None:
        """Close forms and text areas."""
        if tag == "form":
            self._form = None
        elif tag == "textarea" and self._form is not None and self._text is not None:
            last = self._form.fields[-1]
            self._form.fields[-1] = Field(last.name, last.kind, "".join(self._text).lstrip("\n"))
            self._text = None

    def handle_data(self, data: str) -> None:
        """Keep what stands in a text area."""
        if self._text is not None:
            self._text.append(data)

    def _note_field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "option" and form.fields and form.fields[-1].kind == "select":
            last = form.fields[-1]
            chosen = value if "selected" in given else last.value
            form.fields[-1] = Field(last.name, "select", chosen, options=(*last.options, value))
        if not name or "disabled" in given:
            return
        if tag == "input":
            kind = given.get("type", "text").lower()
            form.fields.append(Field(name, kind, value, "checked" in given))
        elif tag == "button":
            form.fields.append(Field(name, "submit", value))
        elif tag == "select":
            form.fields.append(Field(name, "select", ""))
        elif tag == "textarea":
            form.fields.append(Field(name, "textarea", ""))
            self._text = []
