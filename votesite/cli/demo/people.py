"""Who runs the invented city's selections, and who judges them.

Seven people run them, for looking after accounts is apart; seven others judge.

The auditor's key stays in the instance folder, so that a visitor can cosign with tools/cosign.py.
The keys with which the others sign the finished campaign exist while it is seeded, and no longer.
"""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from votesite.domain.ledger.signed_notes import Signature
from votesite.domain.ledger.verifier_keys import COSIGNATURE, VerifierKey, key_id_of
from votesite.domain.staff import passwords

AUDITOR_FOLDER = "demo-auditor"
AUDITOR_NAME = "云岭市审计局"


@dataclass(frozen=True)
class DemoLogin:
    """A staff member of the demo, with the generated password; `post` tells two of a role apart."""

    name: str
    display_name: str
    role: str
    post: str
    password: str = field(default_factory=passwords.new_password)


def everybody() -> list[DemoLogin]:
    """The whole office; only 方蔚 looks after accounts, and decides nothing."""
    return [
        DemoLogin("zhoulan", "周岚", "owner", "owner"),
        DemoLogin("hetao", "何涛", "owner", "second-owner"),
        DemoLogin("linian", "李念", "editor", "editor"),
        DemoLogin("shenjing", "沈静", "reviewer", "reviewer"),
        DemoLogin("luming", "陆鸣", "supervisor", "supervisor"),
        DemoLogin("fangwei", "方蔚", "accounts", "accounts"),
        DemoLogin("baiyu", "白羽", "auditor", "auditor"),
    ]


@dataclass(frozen=True)
class DemoJudge:
    """A judge: who it is, how much more or less than the others they give, in points."""

    number: int
    login: DemoLogin
    unit: str
    severity: int


def _judge(number: int, name: str, display_name: str, unit: str, severity: int) -> DemoJudge:
    login = DemoLogin(name, display_name, "judge", f"judge-{number}")
    return DemoJudge(number, login, unit, severity)


PERSONA = 5  # the judge whom a visitor of the demo can be: half of the sheet is filled in
RECUSED = 7  # the one who has to do with a category of the finished campaign


def judges() -> list[DemoJudge]:
    """The seven who judge, in both campaigns."""
    return [
        _judge(1, "gumingyuan", "顾明远", "云岭大学公共管理学院", 0),
        _judge(2, "tianyu", "田雨", "云岭市委党校", -4),
        _judge(3, "luoshicheng", "罗世诚", "云岭市统计学会", -9),
        _judge(4, "xuwen", "许文", "云岭市人大代表", 5),
        _judge(5, "hanqing", "韩青", "云岭市消费者协会", 2),
        _judge(6, "yangzhaohe", "杨兆和", "云岭日报社评论部", 8),
        _judge(7, "linchunyan", "蔺春燕", "云岭市中小企业服务中心", -2),
    ]


class SigningBrowser:
    """A staff member's browser with its P-256 key, as long as the seeding runs."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public = base64.b64encode(point).decode()

    def sign(self, text: str) -> str:
        """Returns base64 of r ‖ s, as WebCrypto makes it."""
        r, s = decode_dss_signature(self._key.sign(text.encode(), ec.ECDSA(SHA256())))
        return base64.b64encode(r.to_bytes(32) + s.to_bytes(32)).decode()


class DemoAuditor:
    """The auditor's key, of the type whose signatures bear their time (C2SP cosignature v1)."""

    def __init__(self, name: str = AUDITOR_NAME) -> None:
        self._key = Ed25519PrivateKey.generate()
        public = self._key.public_key().public_bytes_raw()
        key_id = key_id_of(name, COSIGNATURE, public)
        self.key = VerifierKey(name, key_id, COSIGNATURE, public)

    def cosigned(self, note: str, at: datetime) -> str:
        """Returns a checkpoint with a line of this auditor under it, signed at a moment."""
        seconds = int(at.timestamp())
        text = note.partition("\n\n")[0] + "\n"
        body = self._key.sign(f"cosignature/v1\ntime {seconds}\n{text}".encode())
        line = Signature(self.key.name, self.key.key_id, seconds.to_bytes(8) + body)
        return note + line.line()

    def save(self, folder: Path) -> None:
        """Keep the key as tools/cosign.py reads it, for this user only."""
        folder.mkdir(exist_ok=True)
        pem = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path = folder / "cosign.pem"
        path.touch(mode=0o600)
        path.write_bytes(pem)
        (folder / "cosign.name").write_text(f"{self.key.name}\n{COSIGNATURE:02x}\n", "utf-8")
