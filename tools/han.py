"""Make votesite/domain/candidates/han.txt: Chinese characters by strokes, their forms and sounds.

    python tools/han.py [FOLDER]

FOLDER holds the Unihan files of Unicode as Debian's package unicode-data has them, by default
/usr/share/unicode. The characters of stroke_order.txt keep their order, that of the Unicode CLDR's
collation zh-u-co-stroke; every other one that Unihan knows the strokes of follows the last of these
that has as many.
"""

import bz2
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from pathlib import Path

HERE = Path(__file__).parent
KNOWN = HERE / "stroke_order.txt"
TARGET = HERE.parent / "votesite" / "domain" / "candidates" / "han.txt"
FILES = ("Unihan_IRGSources.txt.bz2", "Unihan_Variants.txt.bz2", "Unihan_Readings.txt.bz2")
PROPERTIES = ("kTotalStrokes", "kRSUnicode", "kSimplifiedVariant", "kMandarin")

HEAD = """\
# Made by tools/han.py: do not edit.
# Chinese characters in the order of their strokes; traditional and simplified forms in pairs; the
# characters of each syllable, by their first reading in Mandarin, without tones.
# From Unicode's data, changed: Unihan (kTotalStrokes, kRSUnicode, kSimplifiedVariant, kMandarin)
# and the CLDR's collation zh-u-co-stroke. Copyright Unicode, Inc.; see UNICODE-LICENSE.txt.
"""


def main(folder: Path) -> None:
    """Write the data file."""
    unihan = read(folder)
    known = KNOWN.read_text(encoding="utf-8").strip()
    strokes = {char: int(text.split()[0]) for char, text in unihan["kTotalStrokes"].items()}
    lines = [
        "[strokes]",
        ordered(known, strokes, unihan["kRSUnicode"]),
        "[forms]",
        "".join(forms(unihan["kSimplifiedVariant"])),
        "[sounds]",
        *sounds(unihan["kMandarin"]),
    ]
    TARGET.write_text(HEAD + "".join(f"{line}\n" for line in lines), encoding="utf-8")


def read(folder: Path) -> dict[str, dict[str, str]]:
    """Returns what Unihan says: by property and character."""
    found: dict[str, dict[str, str]] = {name: {} for name in PROPERTIES}
    for file in FILES:
        with bz2.open(folder / file, "rt", encoding="utf-8") as lines:
            for line in lines:
                point, *rest = line.rstrip("\n").split("\t")
                if len(rest) == 2 and rest[0] in found:
                    found[rest[0]][character(point)] = rest[1]
    return found


def character(point: str) -> str:
    """Returns the character of U+4E00."""
    return chr(int(point.removeprefix("U+"), 16))


def ordered(known: str, strokes: dict[str, int], radicals: dict[str, str]) -> str:
    """Returns all characters: the known ones as they are, the others behind those of their count.

    Others of one count stand by radical, then by code point.
    """
    rest = sorted(
        strokes.keys() - set(known), key=lambda char: (strokes[char], radical(radicals[char]), char)
    )
    behind = {
        count: "".join(chars) for count, chars in groupby(rest, key=lambda char: strokes[char])
    }
    ends = {count: end_of(count, [strokes.get(char, 0) for char in known]) for count in behind}
    parts, begun = [], 0
    for count in sorted(behind):
        end = max(begun, ends[count])
        parts += [known[begun:end], behind[count]]
        begun = end
    return "".join([*parts, known[begun:]])


def radical(text: str) -> int:
    """Returns the number of the radical in 38.6 or 212'.4."""
    return int(text.split()[0].partition(".")[0].rstrip("'"))


def end_of(count: int, counts: Sequence[int]) -> int:
    """Returns where characters of so many strokes end.

    The CLDR counts some characters otherwise than Unihan, so that the counts do not ascend without
    exception: the place is the one that has the fewest on its wrong side.
    """
    wrong = list(accumulate((-1 if found <= count else 1 for found in counts), initial=0))
    least = min(wrong)
    return max(place for place, here in enumerate(wrong) if here == least)


def forms(simplified: dict[str, str]) -> Iterator[str]:
    """Each traditional character, followed by its simplified form."""
    for char, text in sorted(simplified.items()):
        other = next((form for form in map(character, text.split()) if form != char), "")
        if other:
            yield char + other


def sounds(mandarin: dict[str, str]) -> Iterator[str]:
    """A line for each syllable, as it is typed, with its characters."""
    by_sound: dict[str, list[str]] = {}
    for char, text in sorted(mandarin.items()):
        by_sound.setdefault(typed(text.split()[0]), []).append(char)
    for sound, chars in sorted(by_sound.items()):
        yield f"{sound} {''.join(chars)}"


def typed(reading: str) -> str:
    """Returns a syllable as keyboards have it: lǚ is lv, other letters lose their marks."""
    plain = unicodedata.normalize("NFC", reading.lower()).translate(
        dict.fromkeys(map(ord, "üǖǘǚǜ"), "v")
    )
    return "".join(char for char in unicodedata.normalize("NFD", plain) if "a" <= char <= "z")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/unicode"))
