"""What every template may call: times, figures, texts, addresses of files."""

import hashlib
import re
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

import segno
from babel.dates import format_datetime
from flask import Flask, current_app, has_request_context, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from votesite import clock
from votesite.domain.candidates.searching import forms_in, found_by
from votesite.extensions import site
from votesite.web import drawing, telephones
from votesite.web.limits import LIMITS
from votesite.web.prose import markdown

LANGUAGES = {"zh-Hans": "zh_Hans_CN", "zh-Hant": "zh_Hant_TW", "en": "en"}
MODES = ("standard", "care")
IN_TEN_THOUSANDS = 100_000
A_MINUTE = timedelta(minutes=1)
PATTERNS = {
    "full": ("M月d日 HH:mm", "d MMM HH:mm"),
    "long": ("y年M月d日 HH:mm", "d MMM y, HH:mm"),
    "day": ("M月d日", "d MMM"),
    "date": ("y年M月d日", "d MMM y"),
    "short": ("MM-dd", "dd/MM"),
    "clock": ("HH:mm", "HH:mm"),
    "weekday": ("M月d日 EEE", "EEE d MMM"),
    "year": ("y", "y"),
}


def init_app(app: Flask) -> None:
    """Register the filters and globals of every template."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        beijing=beijing,
        when=when,
        soon=soon,
        figure=figure,
        number=number,
        markdown=markdown,
        phrases=phrases,
        short_title=short_title,
        in_fours=in_fours,
        without_empty=without_empty,
        found_by=found_by,
        forms_in=forms_in,
        telephones=telephones.pieces,
    )
    app.jinja_env.globals.update(
        asset=asset,
        picture=picture,
        video=video,
        ordinal=ordinal,
        variant=variant,
        written_lang=written_lang,
        ridges=drawing.ridges,
        landscape=drawing.landscape,
        cover_words=cover_words,
        has_page=has_page,
        limit=LIMITS,
        qr_svg=qr_svg,
    )
    app.context_processor(_page_context)


def variant() -> tuple[str, str]:
    """Language and mode of this page, which depend on their two cookies alone."""
    if not has_request_context():
        return "zh-Hans", "standard"
    language, mode = request.cookies.get("lang", ""), request.cookies.get("mode", "")
    return (
        language if language in LANGUAGES else "zh-Hans",
        mode if mode in MODES else "standard",
    )


def written_lang() -> Markup:
    """The `lang` attribute of what organisers and candidates have written, where pages differ."""
    return Markup() if variant()[0] == "zh-Hans" else Markup(' lang="zh-Hans"')


def page_locale() -> str:
    """The locale whose catalogue this page reads."""
    return LANGUAGES[variant()[0]]


def _page_context() -> dict[str, object]:
    language, mode = variant()
    settings = site().settings
    now = clock.now()
    return {
        "page_language": language,
        "mode": mode,
        "demo_time": (now, now - clock.real() >= A_MINUTE) if settings.is_demo else None,
        "settings": SimpleNamespace(
            body=settings.body,
            icp=settings.icp,
            police=settings.police,
            site_code=settings.site_code,
            base_url=settings.base_url,
            is_demo=settings.is_demo,
        ),
    }


def beijing(value: str | datetime, style: str = "full") -> str:
    """A moment in Beijing time, in words; `value` is a datetime or a ledger minute."""
    moment = clock.parse_minute(value) if isinstance(value, str) else value.astimezone(clock.CST)
    locale = page_locale()
    pattern = PATTERNS[style][locale == "en"]
    return format_datetime(moment, pattern, tzinfo=clock.CST, locale=locale)


def when(value: str | datetime, style: str = "full") -> Markup:
    """Like `beijing`, as a `time` element that never breaks over two lines."""
    stamp = value if isinstance(value, str) else clock.minute(value)
    return Markup('<time class="num" datetime="{}">{}</time>').format(stamp, beijing(value, style))


def soon(value: str | datetime) -> str:
    """A near moment as people say it: 今天 18:00, 明天 0:00, else day and time."""
    moment = clock.parse_minute(value) if isinstance(value, str) else value
    days = (clock.day(moment) - clock.day(clock.now())).days
    if days not in (0, 1):
        return beijing(moment)
    at = clock.hour_of_day(moment).removeprefix("0")
    return _("明天 %(at)s", at=at) if days else _("今天 %(at)s", at=at)


def number(count: int) -> str:
    """A count in full: 46,218."""
    return f"{count:,}"


def figure(count: int) -> Markup:
    """A count as it is shown: 46,218, from a hundred thousand on 12.8万."""
    text = number(count)
    if count >= IN_TEN_THOUSANDS and variant()[0] != "en":
        text = _("%(n)s万", n=f"{count // 1000 / 10:g}")
    return Markup('<span class="num">{}</span>').format(text)


def phrases(title: str) -> Markup:
    """A title that breaks between its phrases, so that a quoted name stays on one line."""
    parts = [part for part in re.split(r"(“[^”]{1,14}”)", title) if part]
    return Markup("").join(Markup('<span class="phrase">{}</span>').format(part) for part in parts)


def short_title(title: str) -> str:
    """The quoted name in a title, for beside the back arrow; without one the whole title."""
    quoted = re.search(r"“([^”]{3,})”", title)
    return quoted[1] if quoted else title


def in_fours(code: str) -> Markup:
    """A receipt code in groups of four that wraps only in its middle."""
    letters = re.sub(r"[^0-9A-Za-z]", "", code)
    fours = [letters[at : at + 4] for at in range(0, len(letters), 4)]
    half = (len(fours) + 1) // 2
    first, second = "-".join(fours[:half]), "-".join(fours[half:])
    return Markup('<span class="code"><span>{}-</span><span>{}</span></span>').format(first, second)


def without_empty(query: dict[str, object]) -> dict[str, object]:
    """The parameters of an address without the empty ones."""
    return {name: value for name, value in query.items() if value not in ("", None)}


def cover_words(name: str) -> str:
    """The words on a drawn cover: two characters of a name, one of a long name."""
    return str(escape(name[: 1 if len(name) >= 5 else 2]))


def asset(path: str) -> str:
    """The address of a static file, with the hash of its content."""
    hashes: dict[str, str] = current_app.extensions.setdefault("votesite.assets", {})
    if path not in hashes or current_app.debug:
        content = Path(current_app.static_folder or "", path).read_bytes()
        hashes[path] = hashlib.sha256(content).hexdigest()[:10]
    return url_for("static", filename=path, v=hashes[path])


def picture(token: str, size: int = 480, kind: str = "webp") -> str:
    """The address of a picture in one of its sizes, `webp` or `jpg`."""
    return f"/media/{token}-{size}.{kind}"


def video(token: str) -> str:
    """The address of a video."""
    return f"/media/{token}.mp4"


def has_page(endpoint: str) -> bool:
    """Whether this site has a page: a link is shown only when its page exists."""
    return endpoint in current_app.view_functions


@lru_cache(maxsize=64)
def qr_svg(text: str) -> Markup:
    """A QR code as inline SVG, one path, as large as its box."""
    return draw_qr(text)


def draw_qr(text: str) -> Markup:
    """Like `qr_svg`, without caching: for secrets."""
    drawn = segno.make(text, error="m").svg_inline(border=0, omitsize=True, svgclass=None)
    return Markup(drawn)  # noqa: S704 -- segno draws modules, the text itself is not in it


def ordinal(position: int) -> str:
    """The number of a chapter: 一、二、三, or plain figures in English."""
    if page_locale() == "en":
        return str(position)
    digits = "零一二三四五六七八九"
    if position < 10:
        return digits[position]
    tens, ones = divmod(position, 10)
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")
