#!/usr/bin/env python3
"""联署程序 · Signs a checkpoint of a public vote ledger as an auditor, with openssl's Ed25519.

cosign.py key NAME: 生成私钥，打印要登记的公钥 · makes a key, prints the verifier key to register
cosign.py sign FILE: 在核对过的 checkpoint 上加一行签名 · adds your line to a checkpoint, on stdout
The private key lies in cosign.pem beside NAME in cosign.name; keep both, show nobody the first.
Verify before you sign: verify.py does it. Notes are C2SP signed notes.
"""

import argparse
import base64
import hashlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

KEY, NAME = Path("cosign.pem"), Path("cosign.name")
CHECKPOINT = re.compile(r"[^\n]+\n[0-9]+\n[A-Za-z0-9+/]{43}=\n\n(— [^\n]+\n)+")


def openssl(*words: str) -> bytes:
    """What openssl answers; it must be version 1.1.1 or newer."""
    return subprocess.run(["openssl", *words], check=True, capture_output=True).stdout  # noqa: S603, S607


def public_key() -> bytes:
    """The algorithm's byte and the 32 bytes of the public key."""
    return b"\x01" + openssl("pkey", "-in", str(KEY), "-pubout", "-outform", "DER")[-32:]


def key_id(name: str) -> bytes:
    """The first four bytes of SHA-256 over name and key."""
    return hashlib.sha256(name.encode() + b"\n" + public_key()).digest()[:4]


def make_key(name: str) -> str:
    """A new private key in this folder; gives the line to register."""
    if not re.fullmatch(r"[^\s+]{1,100}", name):
        sys.exit("名字里不能有空格和加号 · no blanks and no + in the name")
    if KEY.exists():
        sys.exit(f"{KEY} 已经存在 · exists already")
    KEY.touch(mode=0o600)
    KEY.write_bytes(openssl("genpkey", "-algorithm", "ed25519"))
    NAME.write_text(name, encoding="utf-8")
    return f"{name}+{key_id(name).hex()}+{base64.b64encode(public_key()).decode()}"


def signed(note: str) -> str:
    """The checkpoint with one line more, over the text before its empty line."""
    if not CHECKPOINT.fullmatch(note):
        sys.exit("这不是账本的 checkpoint · this is not a checkpoint")
    name = NAME.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "text"
        text.write_bytes((note.partition("\n\n")[0] + "\n").encode())
        signature = openssl("pkeyutl", "-sign", "-inkey", str(KEY), "-rawin", "-in", str(text))
    return f"{note}— {name} {base64.b64encode(key_id(name) + signature).decode()}\n"


def main() -> None:
    """Read the words of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("act", choices=("key", "sign"))
    parser.add_argument("what", metavar="NAME|FILE")
    given = parser.parse_args()
    if given.act == "key":
        sys.stdout.write(make_key(given.what) + "\n")
    else:
        note = Path(given.what).read_text(encoding="utf-8").replace("\r\n", "\n")
        sys.stdout.write(signed(note.rstrip("\n") + "\n"))


if __name__ == "__main__":
    main()
