"""The archive of a finished campaign: all that strangers need to recount it by themselves."""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO

from votesite import files
from votesite.clock import Clock, now
from votesite.domain import audit, keys
from votesite.domain.ledger import entries, publication
from votesite.domain.ledger.head import read_head
from votesite.errors import BeingMade, NotFound
from votesite.extensions import site, writing
from votesite.store import Statement, Transaction

VERIFIER = Path(__file__).parents[3] / "tools" / "verify.py"
COSIGNER = VERIFIER.with_name("cosign.py")
_NOTES = Statement("SELECT COUNT(*) FROM checkpoints WHERE campaign_id = :campaign_id")
_DATE = (1980, 1, 1, 0, 0, 0)  # the same log gives the same bytes
_README = """公评账本存档 · {title}

这里有这次活动公开账本的全部内容。任何人都可以核对，不需要本网站：

    python3 verify.py

（Python 3.11 或更新版本，不需要安装其他软件。全部相符时打印“核对无误”，退出码为 0；
不相符时打印没有通过的检查编号，退出码为 1。）

{contents}

This archive holds the whole public ledger of one selection. Run `python3 verify.py` in this folder.
"""
_ALWAYS = {
    "README.txt": "本说明",
    "verify.py": "核对程序",
    "vkey": "核对账本签名用的公钥",
    "auditors": "核对审计方联署用的公钥；没有人登记时是空文件",
    "result.json": "公布的计票结果",
    "checkpoints/": "历次签名的账本状态，文件名是记录条数",
    "log.jsonl": "账本全部记录，一行一条",
}
_OPENED = {
    "open.key": "打开每张选票的钥匙",
    "openings.jsonl": "每张选票的编号和内容",
}
_SHUFFLED = {"ballots.jsonl": "全部选票内容，已打乱，看不出是哪一张"}
_SUPERSEDED = timedelta(days=1)  # a reader who asked for an older file has it by then


def path_of(campaign_id: int, slug: str, *, clock: Clock = now) -> Path:
    """Returns the public archive's file, which is made once for each state of the ledger.

    Raises NotFound before `close`, BeingMade where another process has not finished it.
    """
    with site().store.snapshot() as tx:
        path = _folder(slug) / f"{_digest(tx, campaign_id)}.zip"
        if not path.exists():
            files.made_once(path, partial(_write, tx, campaign_id, openings=False))
            _drop_superseded(path, clock())
    return path


def prepare(campaign_id: int, slug: str, *, clock: Clock = now) -> None:
    """Make the public archive before anybody asks for it; nothing before `close`.

    Where it cannot be made now, whoever asks for it meets the fault.
    """
    with suppress(NotFound, BeingMade, OSError):
        path_of(campaign_id, slug, clock=clock)


def write_for_auditor(
    campaign_id: int, slug: str, file: IO[bytes], *, by: int, clock: Clock = now
) -> None:
    """Write the archive with its openings, whatever the mode of recounting, and note who took it.

    Raises NotFound before `close`.
    """
    publication.final_result(campaign_id)
    with writing():
        audit.note(by, "openings", "sealed_choices", slug, (), campaign_id, now=clock())
    write_archive(campaign_id, file, openings=True)


def write_archive(campaign_id: int, file: IO[bytes], *, openings: bool) -> None:
    """Write archive.zip as ledger.md section 4 lists it; with `openings` the auditors' one.

    The archive of a campaign that recounts in public always has key and openings. All members are
    of one state of the ledger, whatever is written meanwhile. Raises NotFound before `close`.
    """
    with site().store.snapshot() as tx:
        _write(tx, campaign_id, file, openings=openings)


def _write(tx: Transaction, campaign_id: int, file: IO[bytes], *, openings: bool) -> None:
    opening = entries.read_entry(tx, campaign_id, 0)
    is_public = opening["rules"]["recount"] == "public"
    is_opened = openings or is_public
    contents = _ALWAYS | (_OPENED if is_opened else {}) | ({} if is_public else _SHUFFLED)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "README.txt", _readme(opening["title"], contents))
        _put(archive, "verify.py", VERIFIER.read_bytes())
        _put(archive, "vkey", publication.verifier_keys(tx, campaign_id).encode())
        _put(archive, "auditors", publication.auditor_keys(tx, campaign_id).encode())
        _put(archive, "result.json", _result(tx, campaign_id))
        _write_log(archive, tx, campaign_id)
        if is_opened:
            key = keys.campaign_key(campaign_id, "opening").hex()
            _put(archive, "open.key", f"{key}\n".encode())
            _write_openings(archive, tx, campaign_id)
        if not is_public:
            _write_ballots(archive, tx, campaign_id)


def _folder(slug: str) -> Path:
    return site().settings.instance / "archives" / slug


def _digest(tx: Transaction, campaign_id: int) -> str:
    """Returns a name for all that the archive holds; raises NotFound before `close`.

    The head's version grows when an auditor signs; keys are added and retired without it.
    """
    head = read_head(tx, campaign_id)
    parts = (
        publication.final_result(campaign_id, tx),
        head.size,
        head.version,
        tx.value(_NOTES, {"campaign_id": campaign_id}),
        publication.verifier_keys(tx, campaign_id),
        publication.auditor_keys(tx, campaign_id),
        _README,
        VERIFIER.read_text(encoding="utf-8"),
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _drop_superseded(path: Path, now: datetime) -> None:
    """Delete the archives of earlier states that nobody can be about to open any more."""
    before = (now - _SUPERSEDED).timestamp()
    for other in path.parent.glob("*.zip"):
        if other != path and other.stat().st_mtime < before:
            other.unlink(missing_ok=True)


def _readme(title: str, contents: Mapping[str, str]) -> bytes:
    lines = "\n".join(f"{name:<16}{meaning}" for name, meaning in contents.items())
    return _README.format(title=title, contents=lines).encode()


def _result(tx: Transaction, campaign_id: int) -> bytes:
    result = publication.final_result(campaign_id, tx)
    return json.dumps(result, separators=(",", ":")).encode() + b"\n"


def _write_log(archive: zipfile.ZipFile, tx: Transaction, campaign_id: int) -> None:
    for checkpoint in publication.checkpoint_notes(campaign_id, tx):
        _put(archive, f"checkpoints/{checkpoint.size}.note", checkpoint.note.encode())
    size = entries.size_of(tx, campaign_id)
    with archive.open(_member("log.jsonl"), "w", force_zip64=True) as member:
        for lines in publication.entry_lines(campaign_id, 0, size, tx):
            member.write(lines)


def _write_openings(archive: zipfile.ZipFile, tx: Transaction, campaign_id: int) -> None:
    with archive.open(_member("openings.jsonl"), "w", force_zip64=True) as member:
        for n, choices in publication.opened_choices(tx, campaign_id):
            member.write(f'{{"n":{n},"choices":{choices}}}\n'.encode())


def _write_ballots(archive: zipfile.ZipFile, tx: Transaction, campaign_id: int) -> None:
    """Write all choices without numbers, sorted: nothing leads from a ballot to its entry."""
    ballots = sorted(
        json.loads(choices) for _, choices in publication.opened_choices(tx, campaign_id)
    )
    lines = "".join(json.dumps(choices, separators=(",", ":")) + "\n" for choices in ballots)
    _put(archive, "ballots.jsonl", lines.encode())


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(_member(name), content)


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _DATE)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    return member
