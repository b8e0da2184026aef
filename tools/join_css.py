"""Join the style sheets into the bundles that pages load; `make install` calls it.

bundles.toml says which sheets make a bundle, in which order. Comments and indentation are left out.
"""

import re
import sys
import tomllib
from pathlib import Path

CSS = Path(__file__).parents[1] / "votesite" / "static" / "css"


def joined(css: Path = CSS) -> dict[str, str]:
    """Returns the text of each bundle by its name."""
    bundles = tomllib.loads((css / "bundles.toml").read_text(encoding="utf-8"))
    texts = {
        sheet: squeezed((css / f"{sheet}.css").read_text(encoding="utf-8"))
        for sheets in bundles.values()
        for sheet in sheets
    }
    return {name: "".join(texts[sheet] for sheet in sheets) for name, sheets in bundles.items()}


def squeezed(text: str) -> str:
    """Returns the same rules without comments, indentation and empty lines."""
    lines = (line.strip() for line in re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).splitlines())
    return "".join(f"{line}\n" for line in lines if line)


def main() -> None:
    """Write the bundles into the folder built/, and remove those that are no longer listed."""
    built = CSS / "built"
    built.mkdir(exist_ok=True)
    try:
        bundles = joined()
    except FileNotFoundError as missing:
        sys.exit(f"bundles.toml names a sheet that is not there: {missing.filename}")
    for name, text in bundles.items():
        (built / f"{name}.css").write_text(text, encoding="utf-8")
    for path in built.glob("*.css"):
        if path.stem not in bundles:
            path.unlink()


if __name__ == "__main__":
    main()
