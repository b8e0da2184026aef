"""What is wrong with the secrets of the settings: too short, guessable, or not of WeChat's form."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import log2

MIN_BYTES = 32
MIN_DIFFERENT = 10  # bytes
MIN_BITS = 96  # by how often each byte occurs
MIN_STEPS = 8  # different distances from one byte to the next: counting has one

WECHAT_FORMS = {
    "WECHAT_APP_ID": (r"wx[0-9a-f]{16}", "wx and 16 digits or letters a to f"),
    "WECHAT_APP_SECRET": (r"[0-9A-Za-z]{32}", "32 letters and digits"),
    "WECHAT_TOKEN": (r"[0-9A-Za-z]{3,32}", "3 to 32 letters and digits"),
    "WECHAT_AES_KEY": (r"[0-9A-Za-z+/]{43}", "43 letters and digits"),
}


def faults(text: Mapping[str, str], master_key: bytes) -> Iterator[str]:
    """Yields a sentence for each secret that is there and unfit; none of them repeats a value."""
    secret_key = text.get("SECRET_KEY", "")
    if secret_key and (why := guessable(secret_key.encode())):
        yield (
            f"VOTESITE_SECRET_KEY {why}, sessions could be forged: make another one with"
            " `openssl rand -hex 32`."
        )
    if len(master_key) == MIN_BYTES and (why := guessable(master_key)):
        yield (
            f"VOTESITE_MASTER_KEY {why}, every other key could be opened: make another one with"
            " `openssl rand -base64 32` (on a site in use as docs/deploy.md, section 9 says)."
        )
    for name, (form, words) in WECHAT_FORMS.items():
        value = text.get(name, "")
        if value and not re.fullmatch(form, value):
            yield f"VOTESITE_{name} must be {words}, as 公众平台 shows it."


def guessable(secret: bytes) -> str:
    """Returns why a secret could be guessed, as the end of a sentence; empty for a random one."""
    if len(secret) < MIN_BYTES:
        return f"is {len(secret)} bytes long and must be at least {MIN_BYTES}"
    counts = Counter(secret)
    bits = -sum(count * log2(count / len(secret)) for count in counts.values())
    if len(counts) < MIN_DIFFERENT or bits < MIN_BITS:
        return "is of too few different characters"
    if any(_has_period(secret, length) for length in range(1, len(secret) // 2 + 1)):
        return "repeats itself"
    if len({(after - before) % 256 for before, after in pairwise(secret)}) < MIN_STEPS:
        return "only counts"
    return ""


def _has_period(secret: bytes, length: int) -> bool:
    return secret[length:] == secret[:-length]
