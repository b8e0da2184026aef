#!/usr/bin/env python3
"""联署程序 · Signs a checkpoint of a public vote ledger as an auditor, with openssl's Ed25519.

cosign.py key NAME [--timed]: 生成私钥，打印要登记的公钥 · makes a key, prints the verifier key
cosign.py sign FILE: 在核对过的 checkpoint 上加一行签名 · adds your line to a checkpoint, on stdout
--timed: 签名里带上签字的时间（C2SP cosignature/v1） · lines that bear the time of signing
The private key lies in cosign.pem, its name and type in cosign.name; show nobody the first.
Verify before you sign: verify.py does it. Notes are C2SP signed notes, read strictly.
"""

import argparse
import base64
import binascii
import hashlib
import subprocess
import sys
import tempfile
import time
import unicodedata
from pathlib import Path

KEY, NAME = Path("cosign.pem"), Path("cosign.name")
PLAIN, TIMED = b"\x01", b"\x04"  # Ed25519 over the text; over the time and the text
MAX_NAME = 100


def require(is_right: object, fault: str) -> None:
    """Stop with a sentence unless something is right."""
    if not is_right:
        sys.exit(fault)


def openssl(*words: str) -> bytes:
    """What openssl answers; it must be version 1.1.1 or newer."""
    return subprocess.run(["openssl", *words], check=True, capture_output=True).stdout  # noqa: S603, S607


def public_key() -> bytes:
    """The 32 bytes of the public key."""
    return openssl("pkey", "-in", str(KEY), "-pubout", "-outform", "DER")[-32:]


def key_id(name: str, kind: bytes) -> bytes:
    """The first four bytes of SHA-256 over name, type and key."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public_key()).digest()[:4]


def encoded(raw: bytes) -> str:
    """Bytes in standard base64."""
    return base64.b64encode(raw).decode()


def is_word(text: str) -> bool:
    """Whether a text can name a signer: characters that are seen, no blank, no plus."""
    return bool(text) and text.isprintable() and " " not in text and "+" not in text


def is_base64(text: str) -> bool:
    """Whether a text is the one spelling of some bytes in base64."""
    try:
        return encoded(base64.b64decode(text, validate=True)) == text
    except (binascii.Error, ValueError):
        return False


def is_checkpoint(note: str) -> bool:
    """Whether a text is a signed checkpoint: three lines, an empty one, lines of signatures."""
    text, _, lines = note.partition("\n\n")
    parts = text.split("\n")
    if len(parts) != 3 or not lines.endswith("\n"):
        return False
    origin, size, root = parts
    is_size = size.isascii() and size.isdigit() and str(int(size[:15])) == size
    is_root = is_base64(root) and len(base64.b64decode(root)) == 32
    return is_word(origin) and is_size and is_root and all(map(is_line, lines[:-1].split("\n")))


def is_line(line: str) -> bool:
    """Whether a text is a signature line."""
    dash, name, body = (*line.split(" "), "", "", "")[:3]
    return line == f"— {name} {body}" and dash == "—" and is_word(name) and is_base64(body)


def make_key(name: str, kind: bytes) -> str:
    """A new private key in this folder; gives the line to register."""
    is_name = is_word(name) and len(name) <= MAX_NAME and unicodedata.is_normalized("NFC", name)
    require(is_name, "名字里不能有空格和加号 · no blanks and no + in the name")
    require(not KEY.exists(), f"{KEY} 已经存在 · exists already")
    KEY.touch(mode=0o600)
    KEY.write_bytes(openssl("genpkey", "-algorithm", "ed25519"))
    NAME.write_text(f"{name}\n{kind.hex()}\n", encoding="utf-8")
    return f"{name}+{key_id(name, kind).hex()}+{encoded(kind + public_key())}\n"


def signed(note: str, now: int) -> str:
    """The checkpoint with one line more, over the text before its empty line."""
    require(is_checkpoint(note), "这不是账本的 checkpoint · this is not a checkpoint")
    name, hexadecimal, *_ = NAME.read_text(encoding="utf-8").split("\n")
    kind, text = bytes.fromhex(hexadecimal), note.partition("\n\n")[0] + "\n"
    body = key_id(name, kind)
    if kind == TIMED:
        text = f"cosignature/v1\ntime {now}\n{text}"
        body += now.to_bytes(8, "big")
    with tempfile.TemporaryDirectory() as folder:
        words = Path(folder) / "text"
        words.write_bytes(text.encode())
        body += openssl("pkeyutl", "-sign", "-inkey", str(KEY), "-rawin", "-in", str(words))
    return f"{note}— {name} {encoded(body)}\n"


def main() -> None:
    """Read the words of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("act", choices=("key", "sign"))
    parser.add_argument("what", metavar="NAME|FILE")
    parser.add_argument("--timed", action="store_true", help="带签字时间 · lines bear the time")
    given = parser.parse_args()
    if given.act == "key":
        answer = make_key(given.what, TIMED if given.timed else PLAIN)
    else:
        note = Path(given.what).read_bytes().decode(errors="surrogateescape").replace("\r\n", "\n")
        answer = signed(note.rstrip("\n") + "\n", int(time.time()))
    sys.stdout.buffer.write(answer.encode())


if __name__ == "__main__":
    main()
