"""Text that officials and nominators wrote, shown as they wrote it: Markdown that loses no line."""

import unicodedata
from collections.abc import Sequence
from typing import Any, Final

import nh3
from flask_babel import gettext as _
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml, isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

TAGS: Final = {
    *("p", "br", "hr", "em", "strong", "blockquote", "ul", "ol", "li", "a"),
    *("h2", "h3", "h4", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES: Final = {"a": {"href"}, "ol": {"start"}, "li": {"value"}}
SCHEMES: Final = {"http", "https", "mailto", "tel"}
# Blanks before a line, a line under a line and a note in brackets are how people lay out a text;
# CommonMark would make code, a heading and nothing at all of them, and one line of quoted code.
UNWANTED: Final = ("code", "fence", "backticks", "lheading", "reference")
HIGHEST_LEVEL, LOWEST_LEVEL = 2, 4


def markdown(text: str, level: int = 3) -> Markup:
    """Show untrusted Markdown, each of its lines on a line of its own.

    Args:
        text: What somebody wrote.
        level: The level of every heading in it, below those of the page.

    Returns:
        Safe HTML: no script, no picture, no address but of the web, of mail and of a telephone.
    """
    clean = nh3.clean(
        _reader.render(text, {"level": min(max(level, HIGHEST_LEVEL), LOWEST_LEVEL)}),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    # nh3 escapes what people typed, so that a tag here is a table of the text.
    box = (
        f'<div class="scroll-x" tabindex="0" role="group" aria-label="{escape(_("表格"))}"><table>'
    )
    clean = clean.replace("<table>", box).replace("</table>", "</table></div>")
    return Markup(clean)  # noqa: S704 -- nh3 has just cleaned it


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _is_blank(character: str) -> bool:
    return isWhiteSpace(ord(character))


def _is_mark(character: str) -> bool:
    return isMdAsciiPunct(ord(character)) or isPunctChar(character)


def _hugs(inner: str, outer: str) -> bool:
    """Whether stars between these two belong to the inner one.

    CommonMark looks for a blank beside a punctuation mark; Chinese is written without blanks, so
    that a wide neighbour counts as one and a wide mark counts as a letter.
    """
    if _is_blank(inner):
        return False
    if not _is_mark(inner) or _is_wide(inner):
        return True
    return _is_blank(outer) or _is_mark(outer) or _is_wide(outer)


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Mark stars and underscores as what may begin or end an emphasis."""
    first = state.pos
    sign = state.src[first]
    if silent or sign not in "_*":
        return False
    end = first
    while end < state.posMax and state.src[end] == sign:
        end += 1
    before = state.src[first - 1] if first else " "
    after = state.src[end] if end < state.posMax else " "
    begins, ends = _hugs(after, before), _hugs(before, after)
    may_open = begins and (sign == "*" or not ends or _is_mark(before))
    may_close = ends and (sign == "*" or not begins or _is_mark(after))
    for _each in range(first, end):
        state.push("text", "", 0).content = sign
        state.delimiters.append(
            Delimiter(
                marker=ord(sign),
                length=end - first,
                token=len(state.tokens) - 1,
                end=-1,
                open=may_open,
                close=may_close,
            )
        )
    state.pos = end
    return True


def _keep_numbers(state: StateCore) -> None:
    """Number each item of a list as its author did."""
    for token in state.tokens:
        if token.type == "list_item_open" and token.info:
            token.attrSet("value", token.info)


def _level_headings(state: StateCore) -> None:
    """Put every heading at the level that the page has room for."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{state.env['level']}"


def _words_of_a_picture(
    _renderer: RendererProtocol,
    tokens: Sequence[Token],
    at: int,
    _options: OptionsDict,
    _env: EnvType,
) -> str:
    """Show the words of a picture in its place: pictures of other sites are not shown."""
    return escapeHtml(tokens[at].content)


def _make_reader() -> MarkdownIt:
    options: dict[str, Any] = {"html": False, "breaks": True}
    reader = MarkdownIt("commonmark", options).enable("table").disable(UNWANTED)
    reader.inline.ruler.at("emphasis", _emphasis)
    reader.core.ruler.push("numbers", _keep_numbers)
    reader.core.ruler.push("levels", _level_headings)
    reader.add_render_rule("image", _words_of_a_picture)
    return reader


_reader: Final = _make_reader()
