"""docs/deploy.md, typed block by block on a fresh machine: every step works as it stands there."""

import re
import shlex
import subprocess

import pytest

from tests.support.fresh_machine import ROOT, repository, type_commands

pytestmark = pytest.mark.services

PAGE = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "docs/deploy.zh-CN.md").read_text(encoding="utf-8")
DOMAIN = "vote.example.gov.cn"
EXAMPLE_BACKUP = "/var/backups/votesite/votesite-20261124-030000.tar.gz"

# What a person does between the blocks: types settings, takes the newest backup, waits for an
# upgrade to be published.
BEFORE = {
    "make install": "packages_of_pypi\n",
    "db upgrade": """
        show secret grep -cE '^VOTESITE_SECRET_KEY=[0-9a-f]{64}$' .env
        sed -i -e 's/^VOTESITE_WECHAT_APP_ID=.*/VOTESITE_WECHAT_APP_ID=wx0123456789abcdef/' \
            -e 's/^VOTESITE_WECHAT_APP_SECRET=.*/&0123456789abcdef0123456789abcdef/' \
            -e 's/^VOTESITE_WECHAT_TOKEN=.*/&abcdefghijklmnopqrstuvwxyz012345/' \
            -e 's/^VOTESITE_WECHAT_AES_KEY=.*/&abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG/' .env
    """,
    "git pull": """
        show first curl -sk --resolve DOMAIN:443:127.0.0.1 https://DOMAIN/readyz -w '\\n%{http_code}\\n'
        show page curl -sk --resolve DOMAIN:443:127.0.0.1 https://DOMAIN/ -o /dev/null -w '%{http_code}\\n'
        show plain curl -s --resolve DOMAIN:80:127.0.0.1 http://DOMAIN/a -o /dev/null -w '%{redirect_url}\\n'
        newer_version
    """.replace("DOMAIN", DOMAIN),
    "restore": f"""
        show upgraded git -C /opt/votesite log -1 --format=%s
        show backups stat -c '%a %U' /var/backups/votesite/votesite-*.tar.gz
        mv /var/backups/votesite/votesite-*.tar.gz {EXAMPLE_BACKUP}
    """,
}
AFTER = f"""
show last curl -sk --resolve {DOMAIN}:443:127.0.0.1 https://{DOMAIN}/readyz -w '\\n%{{http_code}}\\n'
show writable runuser -u votesite -- find /opt/votesite -writable -not -type l -not -path '*/.venv/*'
show settings stat -c '%a %U %G' /opt/votesite/.env
show strangers sh -c 'runuser -u nobody -- cat /opt/votesite/.env /var/lib/votesite/votesite.db 2>&1 | wc -l'
show instance stat -c '%a %U' /var/lib/votesite
show roles python3 -c 'import sqlite3; print(*(":".join(map(str, row)) for row in sqlite3.connect(
    "/var/lib/votesite/votesite.db").execute(
    "SELECT role, count(DISTINCT staff_id) FROM staff_grants GROUP BY role ORDER BY role")))'
show former cmp /etc/nginx/nginx.conf.before /etc/nginx/nginx.conf.of-debian
show rotation grep -E 'daily|weekly|rotate [0-9]' /etc/logrotate.d/nginx
show units sh -c 'ls /etc/systemd/system | grep votesite'
systemctl stop votesite
show away curl -sk --resolve {DOMAIN}:443:127.0.0.1 https://{DOMAIN}/ -o /dev/null -w '%{{http_code}}\\n'
nginx -s stop
"""


def blocks(page):
    """Every block of commands (indented by four), with its section's number."""
    found, section = [], ""
    for part in re.split(r"(?m)^(?=## )", page):
        number = re.match(r"## (\d+)\.", part)
        section = number[1] if number else ""
        found += [
            (section, "\n".join(line[4:] for line in block.rstrip("\n").split("\n")))
            for block in re.findall(r"(?m)(?:^ {4}\S.*\n(?:^ {4}.*\n)*)", part)
        ]
    return found


@pytest.fixture(scope="module")
def typed(tmp_path_factory):
    """The whole page, typed once in its order."""
    folder = tmp_path_factory.mktemp("machine")
    source = repository(folder)
    newer = ["git", "--git-dir", str(source), "-c", "user.name=a", "-c", "user.email=a@example.cn"]
    commit = [*newer, "commit-tree", "-p", "main", "-m", "A newer version", "main^{tree}"]
    update = [*newer, "update-ref", "refs/heads/main"]
    script = [
        "cp /etc/nginx/nginx.conf /etc/nginx/nginx.conf.of-debian",
        f'newer_version() {{ {shlex.join(update)} "$({shlex.join(commit)})"; }}',
    ]
    seen = set()
    for section, block in blocks(PAGE):
        for moment, act in BEFORE.items():
            if moment in block and moment not in seen:
                seen.add(moment)
                script.append(act)
        script += [f"echo '== section {section}'", block]
    assert seen == set(BEFORE)
    return type_commands(folder, "\n".join([*script, AFTER]))


def test_blocks_are_found_in_every_section_with_commands():
    assert [section for section, _ in blocks(PAGE)] == sorted(
        (section for section, _ in blocks(PAGE)), key=int
    )
    assert {section for section, _ in blocks(PAGE)} == {"1", "2", "4", "5", "6", "7", "8", "11"}


def test_every_command_of_the_page_succeeds(typed):
    assert typed.code == 0, typed.said[-4000:]


def test_site_serves_through_nginx_after_the_first_five_sections(typed):
    assert typed.shown("first").endswith("\n200")
    assert typed.shown("page") == "200"
    assert typed.shown("plain") == f"https://{DOMAIN}/a"


def test_after_upgrade_and_restore_it_serves_again(typed):
    assert typed.shown("upgraded") == "A newer version"
    assert typed.shown("last").endswith("\n200")
    assert typed.shown("away") == "503"


def test_code_is_out_of_the_services_hands_and_data_out_of_strangers(typed):
    assert typed.shown("writable") == ""
    assert typed.shown("settings") == "640 root votesite"
    assert typed.shown("strangers") == "2"
    assert typed.shown("instance") == "700 votesite"
    assert typed.shown("secret") == "1"


def test_two_who_decide_and_one_who_looks_after_accounts_have_accounts(typed):
    assert typed.shown("roles").split() == ["accounts:1", "owner:2"]
    assert len(re.findall(r"password \(shown only now\): \S{8,}", typed.said)) == 3


def test_first_backup_is_made_and_readable_by_the_site_alone(typed):
    assert typed.shown("backups") == "600 votesite"


def test_what_was_there_before_is_kept_and_logs_stay_six_months(typed):
    assert typed.shown("former") == ""
    assert typed.shown("rotation").split() == ["weekly", "rotate", "26"]


def test_clock_firewall_and_timers_are_set(typed):
    assert "timedatectl set-ntp true" in typed.calls
    assert typed.calls.index("ufw allow 22/tcp") < typed.calls.index("ufw --force enable")
    assert "systemctl enable --now votesite-daily.timer votesite-signals.timer" in typed.calls
    assert typed.shown("units").split() == sorted(
        file.name for file in (ROOT / "deploy").glob("votesite*")
    )


def test_every_program_that_is_typed_comes_with_the_first_packages():
    packages = re.search(r"apt-get install -y ((?:.|\\\n)*?[^\\])\n", PAGE)[1]
    named = set(packages.replace("\\\n", " ").split())

    assert {"python3", "python3-venv", "make", "git", "nginx", "openssl", "certbot"} <= named
    assert {"ufw", "systemd-timesyncd", "rsync", "fonts-noto-cjk"} <= named
    assert "sudo -u" not in PAGE + CHINESE


def test_chinese_page_has_the_same_commands_and_numbers():
    assert blocks(CHINESE) == blocks(PAGE)
    tables = [re.findall(r"\d[\d,]*", row) for row in _sizes(PAGE)]
    assert tables
    assert [re.findall(r"\d[\d,]*", row) for row in _sizes(CHINESE)] == tables
    for number in ("30", "90", "180", "26", "21 MB", "20 MB", "1 GB", "8000", "443"):
        assert number in CHINESE


def test_units_are_well_formed():
    units = sorted((ROOT / "deploy").glob("votesite*"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True
    )
    told = [
        line
        for line in done.stderr.splitlines()
        if "/deploy/votesite" in line and "is not executable" not in line
    ]

    assert told == []


@pytest.mark.parametrize("unit", sorted(path.name for path in (ROOT / "deploy").glob("*.service")))
def test_units_leave_little_open(unit):
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", ROOT / "deploy" / unit],
        capture_output=True,
        text=True,
    )
    found = re.search(r"Overall exposure level for .*?: ([\d.]+)", done.stdout)

    assert found, done.stderr
    assert float(found[1]) <= 2.0


def _sizes(page):
    table = page[: page.index("\n## ")]
    return [line for line in table.splitlines() if line.startswith("| ") and " GB |" in line]
