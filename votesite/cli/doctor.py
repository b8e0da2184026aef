"""`flask doctor`: what a deployer may have forgotten, in plain words."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from votesite import clock, rate_limits
from votesite.config import Settings
from votesite.domain.campaigns import listing, promises
from votesite.domain.operations import identity, readiness, restoring
from votesite.errors import WeChatUnavailable
from votesite.extensions import site

FONTS = Path("/usr/share/fonts")
MIN_FREE = 1 << 30  # bytes
OTHERS, WRITING_GROUP, READING_GROUP = 0o007, 0o020, 0o040  # bits of a file's mode

MISSING = {
    "database": (
        "The database cannot be read: run `flask --app wsgi db upgrade`, as the site's own user."
    ),
    "migrations": "The database is not at the newest migration: run `flask --app wsgi db upgrade`.",
    "guards": "The ledger's guards against change are missing: restore the database from a backup.",
    "keys": "VOTESITE_MASTER_KEY is not the one that the stored keys were wrapped with.",
}

WECHAT = {
    40001: "WeChat refuses VOTESITE_WECHAT_APP_SECRET: copy it again, or reset it (基本配置).",
    40013: "WeChat does not know VOTESITE_WECHAT_APP_ID: copy the AppID again (基本配置).",
    40125: "WeChat refuses VOTESITE_WECHAT_APP_SECRET: copy it again, or reset it (基本配置).",
    40164: "WeChat refuses this machine's address: put it on the IP 白名单 (基本配置).",
    40243: "VOTESITE_WECHAT_APP_SECRET is frozen: release it in 公众平台 (基本配置).",
}


@click.command("doctor")
@click.option("--online", is_flag=True, help="Ask WeChat too whether it accepts AppID and secret.")
@with_appcontext
def doctor(online: bool) -> None:
    """Check settings, database, keys and machine; exit 1 if something has to be repaired.

    Settings were validated when the app loaded; an incomplete configuration never gets this far.
    """
    settings = site().settings
    click.echo(f"ok    settings: {settings.mode} at {settings.base_url}")
    faults = [*_database_faults(), *_machine_faults(settings)]
    if online:
        faults += _wechat_faults()
    for fault in faults:
        click.echo(f"FAULT {fault}")
    hints = [*_hints(settings), *([] if faults else [*_ledger_hints(), *_signer_hints()])]
    for hint in hints:
        click.echo(f"hint  {hint}")
    if faults:
        raise SystemExit(1)
    click.echo("ok    database, keys and machine: the site can serve")


group = doctor  # every file here has a `group`, even if it is a single command


def _database_faults() -> Iterator[str]:
    missing = readiness.missing()
    yield from (MISSING[code] for code in missing if code in MISSING)
    if not {"database", "migrations", "keys"} & {*missing}:
        yield from (fault.sentence for fault in identity.faults())
    if missing:
        return
    for key in readiness.unreadable_keys():
        yield f"The key {key} cannot be opened with VOTESITE_MASTER_KEY."


def _machine_faults(settings: Settings) -> Iterator[str]:
    if not os.access(settings.instance, os.W_OK):
        yield f"The folder {settings.instance} is not writable for this user."
    env = Path(current_app.root_path).parent / ".env"
    if env.exists() and is_open_to_others(env, {os.getegid(), settings.instance.stat().st_gid}):
        yield (
            f"{env} holds every secret and is open to others on this machine: chmod 640, with the"
            " site's own group (docs/deploy.md, section 2)."
        )
    if shutil.disk_usage(settings.instance).free < MIN_FREE:
        yield f"Less than 1 GB is free where {settings.instance} lies."
    if not rate_limits.store_answers():
        where = "Redis (VOTESITE_REDIS_URL)" if settings.redis_url else "limits.db"
        yield f"The store of rate limits, {where}, does not answer: each worker counts alone."


def is_open_to_others(path: Path, own_groups: set[int]) -> bool:
    """Whether anybody may read a file but its owner and the site's own groups, or write it."""
    state = path.stat()
    if state.st_mode & (OTHERS | WRITING_GROUP):
        return True
    return bool(state.st_mode & READING_GROUP) and state.st_gid not in own_groups


def _wechat_faults() -> Iterator[str]:
    try:
        code = site().wechat.token_refusal()
    except WeChatUnavailable:
        yield "WeChat does not answer: is port 443 of api.weixin.qq.com open to this machine?"
        return
    if code:
        yield WECHAT.get(code, f"WeChat refuses to give this site a token: errcode {code}.")


def _signer_hints() -> Iterator[str]:
    """Campaigns about which nothing can be decided: a pause and a void take two people."""
    now = clock.now()
    for campaign in listing.published():
        if now < campaign.closes_at and not promises.can_decide(campaign.id, now):
            yield (
                f"{campaign.slug} has fewer than two people who can sign: nothing that takes two,"
                " like a pause or a void, can follow."
            )


def _ledger_hints() -> Iterator[str]:
    """A wrong ledger is no fault here: the site has to run, so that staff can say what happened."""
    for ledger in restoring.compare():
        if not ledger.agrees:
            yield (
                f"The ledger of {ledger.slug} is not the one that was published: no ballots until"
                " staff record an incident (docs/deploy.md, section 8)."
            )


def _hints(settings: Settings) -> Iterator[str]:
    """What does not stop the site, but should be known."""
    if settings.is_demo:
        yield "This is the demo: every browser votes through the WeChat simulator."
    if settings.mode == "test":
        yield "Mode test is not for citizens: it allows http and a simulated WeChat."
    if settings.is_https and not settings.trusted_proxies:
        yield "Behind nginx, set VOTESITE_TRUSTED_PROXIES=1, or all visitors share one address."
    if settings.old_master_key:
        yield "VOTESITE_MASTER_KEY_OLD can be removed after `rotate-keys --master`."
    if not settings.wechat_aes_key:
        yield "VOTESITE_WECHAT_AES_KEY is empty: only messages in plain mode can be received."
    if not any(FONTS.rglob("NotoS*CJK*")):
        yield "Posters need Chinese fonts: apt-get install fonts-noto-cjk."
