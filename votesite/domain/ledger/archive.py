"""The archive of a finished campaign: all that strangers need to recount it by themselves."""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO

from votesite import files
from votesite.clock import Clock, now
from votesite.domain import audit
from votesite.domain.ledger import disclosure, entries, publication
from votesite.domain.ledger.head import read_head
from votesite.errors import BeingMade, NotFound
from votesite.extensions import site, writing
from votesite.store import Statement, Transaction

VERIFIER = Path(__file__).parents[3] / "tools" / "verify.py"
COSIGNER = VERIFIER.with_name("cosign.py")
_NOTES = Statement("SELECT COUNT(*) FROM checkpoints WHERE campaign_id = :campaign_id")
_COSIGNATURES = Statement("SELECT COUNT(*) FROM cosignatures WHERE campaign_id = :campaign_id")
_DATE = (1980, 1, 1, 0, 0, 0)  # the same log gives the same bytes
_README = """公评账本存档 · {title}

这里有这次活动公开账本的全部内容。任何人都可以核对，不需要本网站：

    python3 verify.py

（Python 3.11 或更新版本，不需要安装其他软件。该查的都查过、全部相符时打印“核对无误”，退出码为 0；
有一项不符时打印是哪一项，退出码为 1；没有不符、但有的检查缺少材料做不了时逐项写明，退出码为 2。）

{contents}

verify.py 的 SHA-256：{digest}
核对程序也是本网站给的。不放心的，从软件的发布包里另取一份 verify.py，比较 SHA-256，
或者按 docs/ledger.md 自己写一个。

This archive holds the whole public ledger of one selection. Run `python3 verify.py` in this folder.
Its outcome is 0 if every check was made and holds, 1 if one fails, 2 if some could not be made.
The release of the software has the same verify.py: compare the SHA-256 above, or write your own
from docs/ledger.md.
"""
_ALWAYS = {
    "README.txt": "本说明",
    "verify.py": "核对程序",
    "vkey": "核对账本签名用的公钥",
    "auditors": "核对审计方联署用的公钥；没有人登记时是空文件",
    "candidates.json": "开账时的候选名单",
    "results/": "历次公布的计票结果，文件名是记录编号",
    "result.json": "最后一次公布的计票结果",
    "checkpoints/": "历次签名的账本状态和审计方的联署，文件名是记录条数",
    "log.jsonl": "账本全部记录，一行一条",
}
_OPENED = {
    "open.key": "打开每张选票的钥匙",
    "openings.jsonl": "每张选票的编号和内容",
}
_SHUFFLED = {"ballots.jsonl": "全部选票内容，已打乱，看不出是哪一张"}
_HONOURS = {
    "data/": "录入的各张数据表（或抽出的数），文件名是记录编号",
    "answers/": "满意度所依据的全部问卷答案，文件名是录入它的记录编号",
    "rankings/": "公示过的和更早的各次综合结果，文件名是记录编号",
    "sheet.key": "打开评分表的钥匙",
    "sheets.jsonl": "历次综合结果里算数的每份评分表：编号、评委号、各项得分",
    "panel.json": "评委名单：编号、姓名、单位",
}
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

    That has sheets from the first ranking on, and answers, in all modes. The archive of a campaign
    that recounts in public always has key and openings. All members are
    of one state of the ledger, whatever is written meanwhile. Raises NotFound before `close`.
    """
    with site().store.snapshot() as tx:
        _write(tx, campaign_id, file, openings=openings)


def _write(tx: Transaction, campaign_id: int, file: IO[bytes], *, openings: bool) -> None:
    opening = entries.read_entry(tx, campaign_id, 0)
    is_public = opening["rules"]["recount"] == "public"
    is_opened = openings or is_public
    result = publication.result(tx, campaign_id)
    honours = dict(_honours(tx, campaign_id, for_auditor=openings))
    contents = _ALWAYS | (_OPENED if is_opened else {}) | ({} if is_public else _SHUFFLED)
    contents |= {
        part: meaning
        for part, meaning in _HONOURS.items()
        if any(name.startswith(part) for name in honours)
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "README.txt", _readme(opening["title"], contents))
        _put(archive, "verify.py", VERIFIER.read_bytes())
        _put(archive, "vkey", publication.verifier_keys(tx, campaign_id).encode())
        _put(archive, "auditors", publication.auditor_keys(tx, campaign_id).encode())
        _put(archive, "candidates.json", publication.candidates(tx, campaign_id))
        for n in publication.counted(tx, campaign_id):
            _put(archive, f"results/{n}.json", _json(publication.result(tx, campaign_id, n)))
        _put(archive, "result.json", _json(result))
        for size, note in publication.checkpoint_notes(campaign_id, tx):
            _put(archive, f"checkpoints/{size}.note", note.encode())
        size = entries.size_of(tx, campaign_id)
        _stream(archive, "log.jsonl", publication.entry_lines(campaign_id, 0, size, tx))
        if is_opened:
            _put(archive, "open.key", publication.opening_key(campaign_id))
            _stream(archive, "openings.jsonl", publication.opening_lines(campaign_id, tx))
        if not is_public:
            _put(archive, "ballots.jsonl", _ballots(tx, campaign_id))
        for name, content in honours.items():
            _put(archive, name, content)


def _honours(
    tx: Transaction, campaign_id: int, *, for_auditor: bool
) -> Iterator[tuple[str, bytes]]:
    """Yields what lies between the count and the list of honours: members by name."""
    shown = disclosure.disclosed(tx, campaign_id, for_auditor=for_auditor)
    for folder, name, numbers in (
        ("data", "data", shown.data),
        ("answers", "answers", shown.answers),
        ("rankings", "ranking", shown.rankings),
    ):
        for n in numbers:
            yield f"{folder}/{n}.json", publication.table(tx, campaign_id, n, name)
    if shown.shows_sheets:
        yield "sheet.key", disclosure.sheet_key(campaign_id)
        lines = disclosure.sheet_lines(tx, campaign_id, shown.counted)
        yield "sheets.jsonl", b"".join(lines)
    if shown.shows_panel:
        yield "panel.json", disclosure.panel(tx, campaign_id)


def verifier_sha256() -> str:
    """Returns the SHA-256 of the program that checks a ledger, in hex."""
    return hashlib.sha256(VERIFIER.read_bytes()).hexdigest()


def _folder(slug: str) -> Path:
    return site().settings.instance / "archives" / slug


def _digest(tx: Transaction, campaign_id: int) -> str:
    """Returns a name for all that the archive holds; raises NotFound before `close`.

    Log, checkpoints and cosignatures only grow, so their number says which they are.
    """
    head = read_head(tx, campaign_id)
    if head.close_n is None:
        raise NotFound
    parts = (
        head.close_n,
        head.size,
        tx.value(_NOTES, {"campaign_id": campaign_id}),
        tx.value(_COSIGNATURES, {"campaign_id": campaign_id}),
        publication.verifier_keys(tx, campaign_id),
        publication.auditor_keys(tx, campaign_id),
        _README,
        verifier_sha256(),
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _drop_superseded(path: Path, now: datetime) -> None:
    """Delete the archives of earlier states that nobody can be about to open any more."""
    before = (now - _SUPERSEDED).timestamp()
    for other in path.parent.glob("*.zip"):
        if other != path and other.stat().st_mtime < before:
            other.unlink(missing_ok=True)


def _readme(title: str, contents: Mapping[str, str]) -> bytes:
    lines = "\n".join(f"{name:<18}{meaning}" for name, meaning in contents.items())
    return _README.format(title=title, contents=lines, digest=verifier_sha256()).encode()


def _ballots(tx: Transaction, campaign_id: int) -> bytes:
    """Returns all choices without numbers, sorted: nothing leads from a ballot to its entry."""
    ballots = sorted(
        json.loads(choices) for _, choices in publication.opened_choices(tx, campaign_id)
    )
    lines = (json.dumps(choices, separators=(",", ":")) + "\n" for choices in ballots)
    return "".join(lines).encode()


def _json(value: dict[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _stream(archive: zipfile.ZipFile, name: str, content: Iterable[bytes]) -> None:
    with archive.open(_member(name), "w", force_zip64=True) as member:
        for piece in content:
            member.write(piece)


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(_member(name), content)


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _DATE)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    return member
