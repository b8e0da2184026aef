"""The archive of a finished campaign: all that strangers need to recount it by themselves."""

import json
import zipfile
from pathlib import Path
from typing import IO

from votesite.clock import Clock, now
from votesite.domain import audit, keys
from votesite.domain.ledger import entries, publication
from votesite.extensions import site, writing

VERIFIER = Path(__file__).parents[3] / "tools" / "verify.py"
COSIGNER = VERIFIER.with_name("cosign.py")
_DATE = (1980, 1, 1, 0, 0, 0)  # the same log gives the same bytes
_README = """公评账本存档 · {title}

这里有这次活动公开账本的全部内容。任何人都可以核对，不需要本网站：

    python3 verify.py

（Python 3.11 或更新版本，不需要安装其他软件。全部相符时打印“核对无误”，退出码为 0；
不相符时打印没有通过的检查编号，退出码为 1。）

log.jsonl          账本全部记录，一行一条
checkpoints/       历次签名的账本状态，文件名是记录条数
vkey  auditors     核对签名用的公钥
result.json        公布的计票结果
open.key  openings.jsonl    公开重计时：打开每张选票的钥匙和内容
ballots.jsonl      审计重计时：全部选票内容，已打乱对应关系
verify.py          核对程序

This archive holds the whole public ledger of one selection. Run `python3 verify.py` in this folder.
"""


def path_of(campaign_id: int, slug: str) -> Path:
    """Returns the public archive's file, which it writes when the ledger has grown.

    Raises NotFound before `close`.
    """
    publication.final_result(campaign_id)
    with site().store.reading() as tx:
        size = entries.size_of(tx, campaign_id)
        note = publication.latest_checkpoint(campaign_id)
    folder = site().settings.instance / "archives"
    folder.mkdir(exist_ok=True)
    archive = folder / f"{slug}-{size}-{len(note)}.zip"  # a note grows when auditors sign it
    if not archive.exists():
        draft = archive.with_suffix(".draft")
        with draft.open("wb") as file:
            write_archive(campaign_id, file, openings=False)
        draft.replace(archive)
    return archive


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

    The archive of a campaign that recounts in public always has key and openings. Raises NotFound
    before `close`.
    """
    with site().store.snapshot() as tx:
        size = entries.size_of(tx, campaign_id)
        opening = entries.read_entry(tx, campaign_id, 0)
        vkey = publication.verifier_keys(tx, campaign_id)
        auditors = publication.auditor_keys(tx, campaign_id)
    is_public = opening["rules"]["recount"] == "public"
    result = json.dumps(publication.final_result(campaign_id), separators=(",", ":"))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "README.txt", _README.format(title=opening["title"]).encode())
        _put(archive, "verify.py", VERIFIER.read_bytes())
        _put(archive, "vkey", vkey.encode())
        _put(archive, "auditors", auditors.encode())
        _put(archive, "result.json", result.encode() + b"\n")
        _write_log(archive, campaign_id, size)
        if openings or is_public:
            key = keys.campaign_key(campaign_id, "opening").hex()
            _put(archive, "open.key", f"{key}\n".encode())
            _write_openings(archive, campaign_id)
        if not is_public:
            _write_ballots(archive, campaign_id)


def _write_log(archive: zipfile.ZipFile, campaign_id: int, size: int) -> None:
    """Write the first `size` entries and the checkpoints that cover no more."""
    for checkpoint in publication.checkpoint_notes(campaign_id):
        if checkpoint.size <= size:
            _put(archive, f"checkpoints/{checkpoint.size}.note", checkpoint.note.encode())
    with archive.open(_member("log.jsonl"), "w", force_zip64=True) as member:
        for lines in publication.entry_lines(campaign_id, 0, size):
            member.write(lines)


def _write_openings(archive: zipfile.ZipFile, campaign_id: int) -> None:
    with archive.open(_member("openings.jsonl"), "w", force_zip64=True) as member:
        for n, choices in publication.opened_choices(campaign_id):
            member.write(f'{{"n":{n},"choices":{choices}}}\n'.encode())


def _write_ballots(archive: zipfile.ZipFile, campaign_id: int) -> None:
    """Write all choices without numbers, sorted: nothing leads from a ballot to its entry."""
    ballots = sorted(json.loads(choices) for _, choices in publication.opened_choices(campaign_id))
    lines = "".join(json.dumps(choices, separators=(",", ":")) + "\n" for choices in ballots)
    _put(archive, "ballots.jsonl", lines.encode())


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(_member(name), content)


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _DATE)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    return member
