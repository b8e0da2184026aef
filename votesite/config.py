"""Settings: read once from the environment (prefix `VOTESITE_`), checked, never changed after."""

import base64
import binascii
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from votesite import secret_faults
from votesite.errors import Misconfigured

MODES = ("production", "test", "demo")
OFFICIAL_API = "https://api.weixin.qq.com"
OFFICIAL_OPEN = "https://open.weixin.qq.com"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MAX_PORT = 1 << 16
SECRETS = ("SECRET_KEY", "MASTER_KEY", "WECHAT_APP_ID", "WECHAT_APP_SECRET", "WECHAT_TOKEN")


@dataclass(frozen=True)
class Settings:
    """Every setting, typed. Secrets are left out of the representation."""

    mode: str
    base_url: str
    secret_key: str
    master_key: bytes
    old_master_key: bytes
    instance: Path
    database_url: str
    redis_url: str
    bind: str
    wechat_app_id: str
    wechat_app_secret: str
    wechat_token: str
    wechat_aes_key: str
    wechat_api_base: str
    wechat_open_base: str
    trusted_proxies: int
    limit_ballot_voter: str
    limit_ballot_address: str
    body: str
    icp: str
    police: str
    site_code: str
    mp_verify: tuple[str, ...]
    cipher: str

    def __repr__(self) -> str:
        return f"Settings(mode={self.mode!r}, base_url={self.base_url!r})"

    @property
    def is_demo(self) -> bool:
        """Whether this is the demo, which makes its own secrets and votes through the sandbox."""
        return self.mode == "demo"

    @property
    def serves_sandbox(self) -> bool:
        """Whether the WeChat simulator answers on this site's own port: never in production."""
        return self.mode in ("demo", "test")

    @property
    def host(self) -> str:
        """The authority of the base URL, lower case, without a default port: the ledger's HOST."""
        parts = urlsplit(self.base_url)
        default = {"http": 80, "https": 443}[parts.scheme]
        name = (parts.hostname or "").lower()
        name = f"[{name}]" if ":" in name else name
        return name if parts.port in (None, default) else f"{name}:{parts.port}"

    @property
    def is_https(self) -> bool:
        """Whether citizens reach the site over TLS: then cookies are `Secure`."""
        return self.base_url.startswith("https:")


def read(values: Mapping[str, Any], *, port: str | None = None) -> Settings:
    """Returns the settings that the environment describes; raises Misconfigured with every fault.

    `values` are the variables without their prefix, as `Config.from_prefixed_env` leaves them.
    `port` is the demo's. Creates the instance folder.
    """
    text = {key: str(value).strip() for key, value in values.items() if isinstance(value, str)}
    faults: list[str] = []
    mode = text.get("MODE") or "production"
    if mode not in MODES:
        raise Misconfigured([f"VOTESITE_MODE is {mode!r}: it must be one of {', '.join(MODES)}."])
    instance = Path(text.get("INSTANCE") or "instance").absolute()
    instance.mkdir(parents=True, exist_ok=True)
    if mode == "demo":
        text = _demo_defaults(instance, port or "8000") | text
    faults += [
        f"VOTESITE_{name} is missing: the site does not start without it."
        for name in SECRETS
        if not text.get(name)
    ]
    base_url = text.get("PUBLIC_BASE_URL", "").rstrip("/")
    faults += _base_url_faults(base_url, mode)
    faults += _wechat_faults(text, mode)
    faults += _database_faults(text.get("DATABASE_URL", ""))
    faults += _bind_faults(text.get("BIND", ""))
    master_key = _master_key(text, "MASTER_KEY", faults)
    faults += secret_faults.faults(text, master_key)
    settings = Settings(
        mode=mode,
        base_url=base_url,
        secret_key=text.get("SECRET_KEY", ""),
        master_key=master_key,
        old_master_key=_master_key(text, "MASTER_KEY_OLD", faults),
        instance=instance,
        database_url=text.get("DATABASE_URL") or f"sqlite:///{instance / 'votesite.db'}",
        redis_url=text.get("REDIS_URL", ""),
        bind=text.get("BIND") or f"127.0.0.1:{port or 8000}",
        wechat_app_id=text.get("WECHAT_APP_ID", ""),
        wechat_app_secret=text.get("WECHAT_APP_SECRET", ""),
        wechat_token=text.get("WECHAT_TOKEN", ""),
        wechat_aes_key=text.get("WECHAT_AES_KEY", ""),
        wechat_api_base=text.get("WECHAT_API_BASE", OFFICIAL_API).rstrip("/"),
        wechat_open_base=text.get("WECHAT_OPEN_BASE", OFFICIAL_OPEN).rstrip("/"),
        trusted_proxies=_whole(text, "TRUSTED_PROXIES", 0, faults),
        limit_ballot_voter=text.get("LIMIT_BALLOT_VOTER") or "30/minute",
        limit_ballot_address=text.get("LIMIT_BALLOT_ADDRESS") or "3000/minute",
        body=text.get("BODY", ""),
        icp=text.get("ICP", ""),
        police=text.get("POLICE", ""),
        site_code=text.get("SITE_CODE", ""),
        mp_verify=tuple(
            part.strip() for part in text.get("MP_VERIFY", "").split(",") if part.strip()
        ),
        cipher=text.get("CIPHER") or "aes",
    )
    if settings.cipher not in ("aes", "sm"):
        faults.append(f"VOTESITE_CIPHER is {settings.cipher!r}: it must be aes or sm.")
    if faults:
        raise Misconfigured(faults)
    return settings


def port_from_environment() -> str | None:
    """Returns `PORT`, which `make demo` passes on: the only variable without the prefix."""
    return os.environ.get("PORT") or None


def database_in_environment(*, of_file: bool = False) -> str:
    """Returns where the environment says the database is, without a password, for a sentence.

    What lies in files, as the rate limits do, is always in the instance folder.
    """
    url = os.environ.get("VOTESITE_DATABASE_URL", "")
    if url and not (of_file and not url.startswith("sqlite")):
        return "of VOTESITE_DATABASE_URL"
    return f"in {instance_in_environment()}"


def environment_of_commands() -> dict[str, str]:
    """Returns the environment in which this site's own commands run: the one it began with."""
    return {"FLASK_APP": "wsgi", **os.environ, "FLASK_SKIP_DOTENV": "1"}


def instance_in_environment() -> Path:
    """Returns the folder of the site's data, as the environment names it."""
    return Path(os.environ.get("VOTESITE_INSTANCE") or "instance").absolute()


def _base_url_faults(base_url: str, mode: str) -> list[str]:
    try:
        parts = urlsplit(base_url)
        well_formed = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        well_formed = False
    if not well_formed or parts.path or parts.query or parts.fragment or parts.username:
        return [
            f"VOTESITE_PUBLIC_BASE_URL is {base_url!r}: it must look like https://vote.example.gov.cn."
        ]
    if mode == "production" and parts.scheme != "https":
        return ["VOTESITE_PUBLIC_BASE_URL must begin with https:// in production."]
    return []


def _database_faults(url: str) -> list[str]:
    if not url or url.startswith("sqlite:"):
        return []
    if not url.startswith(("postgresql:", "postgresql+psycopg:")):
        return ["VOTESITE_DATABASE_URL must begin with postgresql: (or sqlite:)."]
    if find_spec("psycopg") is None:
        file = "requirements-postgresql.lock"
        return [f"VOTESITE_DATABASE_URL names PostgreSQL: pip install --require-hashes -r {file}"]
    return []


def _bind_faults(bind: str) -> list[str]:
    named = re.fullmatch(r"(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})", bind, re.ASCII)
    if not bind or (named and 0 < int(named[1]) < MAX_PORT):
        return []
    return [f"VOTESITE_BIND is {bind!r}: it must look like 127.0.0.1:8000."]


def _wechat_faults(text: Mapping[str, str], mode: str) -> list[str]:
    faults = []
    for name, official in (("API_BASE", OFFICIAL_API), ("OPEN_BASE", OFFICIAL_OPEN)):
        value = text.get(f"WECHAT_{name}", official)
        if value.rstrip("/") == official:
            continue
        if mode == "production":
            faults.append(f"VOTESITE_WECHAT_{name} must be left out in production.")
        elif urlsplit(value).hostname not in LOOPBACK:
            faults.append(
                f"VOTESITE_WECHAT_{name} may only point to this machine outside production."
            )
    return faults


def _master_key(text: Mapping[str, str], name: str, faults: list[str]) -> bytes:
    written = text.get(name, "")
    try:
        key = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if written and len(key) != 32:
        faults.append(f"VOTESITE_{name} must be 32 bytes in base64 (openssl rand -base64 32).")
    return key


def _whole(text: Mapping[str, str], name: str, default: int, faults: list[str]) -> int:
    value = text.get(name) or str(default)
    if not (value.isascii() and value.isdigit()):
        faults.append(f"VOTESITE_{name} is {value!r}: it must be a whole number.")
        return default
    return int(value)


def _demo_defaults(instance: Path, port: str) -> dict[str, str]:
    """Returns what the demo needs.

    Its secrets are made once and stored beside its data, so that a second run continues.
    """
    stored = instance / "demo-secrets.json"
    base_url = f"http://localhost:{port}"
    if not stored.exists():
        fresh = {
            "SECRET_KEY": secrets.token_hex(32),
            "MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "WECHAT_APP_ID": "wx" + secrets.token_hex(8),
            "WECHAT_APP_SECRET": secrets.token_hex(16),
            "WECHAT_TOKEN": secrets.token_hex(16),
            "WECHAT_AES_KEY": base64.b64encode(secrets.token_bytes(32)).decode().rstrip("="),
        }
        draft = stored.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(fresh))
        try:
            os.link(draft, stored)  # the first of several starting workers wins, the others read it
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return {
        "PUBLIC_BASE_URL": base_url,
        "BIND": f"127.0.0.1:{port}",
        "WECHAT_API_BASE": f"http://127.0.0.1:{port}/sandbox/api",
        "WECHAT_OPEN_BASE": f"{base_url}/sandbox/open",
        "BODY": "云岭市",
        "ICP": "云ICP备00000000号",
        "POLICE": "云公网安备 00000000000000号",
        "SITE_CODE": "5300000000",
        **json.loads(stored.read_text()),
    }
