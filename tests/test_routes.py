"""Every address of the site, and whom it is for. A new one belongs in here before it works.

- everyone: the same bytes for every visitor, no cookie set
- own: what belongs to this session or this visit; nobody needs to be identified
- identified: needs a WeChat identity
- staff: needs a staff session (who of the staff: `tests/web/admin/test_role_matrix.py`)
- machines: WeChat, load balancers, metrics
- simulator: demo and test only
"""

import re

import pytest

from tests.support.factories import make_campaign
from tests.support.site import BASE_URL, make_app

EVERYONE = """
GET /
GET /MP_verify_<suffix>.txt
GET /accessibility
GET /c/<slug>/
GET /c/<slug>/candidates/<no>
GET /c/<slug>/candidates/<no>/changes/<k>
GET /c/<slug>/candidates/<no>/pictures/<k>
GET /c/<slug>/candidates/<no>/poster.jpg
GET /c/<slug>/clean-up
GET /c/<slug>/notice
GET /c/<slug>/notice.pdf
GET /c/<slug>/compare
GET /c/<slug>/ledger/
GET /c/<slug>/ledger/answers
GET /c/<slug>/ledger/archive.zip
GET /c/<slug>/ledger/auditors
GET /c/<slug>/ledger/candidates.json
GET /c/<slug>/ledger/checkpoint
GET /c/<slug>/ledger/checkpoints
GET /c/<slug>/ledger/consistency
GET /c/<slug>/ledger/data
GET /c/<slug>/ledger/entries
GET /c/<slug>/ledger/entry/<n>
GET /c/<slug>/ledger/log
GET /c/<slug>/ledger/log.jsonl
GET /c/<slug>/ledger/open.key
GET /c/<slug>/ledger/openings.jsonl
GET /c/<slug>/ledger/order
GET /c/<slug>/ledger/panel.json
GET /c/<slug>/ledger/proof
GET /c/<slug>/ledger/ranking.json
GET /c/<slug>/ledger/result.json
GET /c/<slug>/ledger/sheets.jsonl
GET /c/<slug>/ledger/tile/<level>/<path:path>
GET /c/<slug>/ledger/tile/entries/<path:path>
GET /c/<slug>/ledger/vkey
GET /c/<slug>/news
GET /c/<slug>/poster.jpg
GET /c/<slug>/privacy
GET /c/<slug>/process
GET /c/<slug>/report-pressure
GET /c/<slug>/results
GET /c/<slug>/results.json
GET /c/<slug>/rules
GET /c/<slug>/screen
GET /cosign.py
GET /favicon.ico
GET /media/<name>
GET /openapi.json
GET /problems/<name>
GET /robots.txt
GET /static/<path:filename>
GET /verify.py
"""

OWN = """
GET /admin/login
POST /admin/login
POST /admin/logout
GET /admin/join/<token>
POST /admin/join/<token>
GET /c/<slug>/ballot
GET /c/<slug>/code
GET /c/<slug>/me
GET /c/<slug>/nominate
GET /c/<slug>/objections/
GET /c/<slug>/objections/<code>
GET /c/<slug>/objections/new
GET /d/<token>
POST /d/<token>
GET /c/<slug>/receipts/
GET /c/<slug>/receipts/<code>
GET /c/<slug>/receipts/<code>/appeal
GET /c/<slug>/survey/<survey_id>
GET /my/
GET /my/nominations
GET /my/nominations/<int:nomination_id>/picture-480.jpg
POST /my/sign-out
GET /prefs
GET /wechat/callback
GET /wechat/js-config
GET /wechat/login
"""

IDENTIFIED = """
GET /my/delete
GET /my/export
POST /my/consent
POST /my/delete
POST /my/nominations/<int:nomination_id>/withdraw
POST /c/<slug>/ballot
POST /c/<slug>/ballot/confirm
POST /c/<slug>/code
POST /c/<slug>/receipts/<code>/appeal
POST /c/<slug>/nominate
POST /c/<slug>/objections/new
POST /c/<slug>/survey/<survey_id>
"""

STAFF = """
GET /admin/
GET /admin/accounts
GET /admin/accounts/<int:staff_id>
POST /admin/accounts/<int:staff_id>/grants
POST /admin/accounts/<int:staff_id>/grants/<int:grant_id>/revoke
POST /admin/accounts/<int:staff_id>/password
POST /admin/accounts/<int:staff_id>/second-factor/drop
POST /admin/accounts/<int:staff_id>/state
GET /admin/accounts/<int:staff_id>/acts/new
GET /admin/accounts/acts/<int:act_id>
POST /admin/accounts/acts/<int:act_id>/confirm
POST /admin/accounts/acts/<int:act_id>/stop
POST /admin/accounts/invitations
GET /admin/inbox
GET /admin/notices
POST /admin/notices
POST /admin/me/recovery-codes
GET /admin/audit
GET /admin/audit.<kind>
GET /admin/security
GET /admin/calendar
POST /admin/calendar
GET /admin/c/<slug>/
GET /admin/c/<slug>/notice-paper
POST /admin/c/<slug>/notice-paper
GET /admin/c/<slug>/candidates
GET /admin/c/<slug>/candidates/<no>
POST /admin/c/<slug>/candidates/<no>
POST /admin/c/<slug>/candidates/<no>/remove
GET /admin/c/<slug>/candidates/new
POST /admin/c/<slug>/candidates/new
GET /admin/c/<slug>/cosigning
GET /admin/c/<slug>/cosigning/archive.zip
POST /admin/c/<slug>/cosigning/key
POST /admin/c/<slug>/cosigning/note
GET /admin/c/<slug>/decisions
GET /admin/c/<slug>/decisions/<int:decision_id>
POST /admin/c/<slug>/decisions/<int:decision_id>/codes
POST /admin/c/<slug>/decisions/<int:decision_id>/confirm
POST /admin/c/<slug>/decisions/<int:decision_id>/confirm-here
POST /admin/c/<slug>/decisions/<int:decision_id>/sign
POST /admin/c/<slug>/decisions/<int:decision_id>/take-back
GET /admin/c/<slug>/decisions/new
POST /admin/c/<slug>/decisions/new
GET /admin/c/<slug>/incident
POST /admin/c/<slug>/incident
GET /admin/c/<slug>/dossiers
POST /admin/c/<slug>/dossiers
POST /admin/c/<slug>/dossiers/<int:link_id>/revoke
GET /admin/c/<slug>/integrity
GET /admin/c/<slug>/integrity/appeals/<int:appeal_id>
POST /admin/c/<slug>/integrity/appeals/<int:appeal_id>/reject
POST /admin/c/<slug>/integrity/appeals/<int:appeal_id>/restore
POST /admin/c/<slug>/integrity/area
GET /admin/c/<slug>/integrity/cases/<int:case_id>
POST /admin/c/<slug>/integrity/cases/<int:case_id>/hold
POST /admin/c/<slug>/integrity/cases/<int:case_id>/release
POST /admin/c/<slug>/integrity/cases/<int:case_id>/void
GET /admin/c/<slug>/jobs/<int:job_id>
GET /admin/c/<slug>/jobs/<int:job_id>/file
GET /admin/c/<slug>/judges
GET /admin/c/<slug>/judges/<int:number>/sheet
POST /admin/c/<slug>/judges/dossiers
POST /admin/c/<slug>/judges/dossiers/close
GET /admin/c/<slug>/nominations
GET /admin/c/<slug>/nominations/<int:nomination_id>
POST /admin/c/<slug>/nominations/<int:nomination_id>/contact
POST /admin/c/<slug>/nominations/<int:nomination_id>/decide
GET /admin/c/<slug>/nominations/<int:nomination_id>/picture-480.jpg
POST /admin/c/<slug>/nominations/<int:nomination_id>/reopen
GET /admin/c/<slug>/objections
POST /admin/c/<slug>/objections
GET /admin/c/<slug>/objections/<int:objection_id>
POST /admin/c/<slug>/objections/<int:objection_id>/accept
POST /admin/c/<slug>/objections/<int:objection_id>/concern
POST /admin/c/<slug>/objections/<int:objection_id>/concern/drop
POST /admin/c/<slug>/objections/<int:objection_id>/contact
POST /admin/c/<slug>/objections/<int:objection_id>/decline
POST /admin/c/<slug>/objections/<int:objection_id>/file
POST /admin/c/<slug>/objections/<int:objection_id>/hear
POST /admin/c/<slug>/objections/days
GET /admin/c/<slug>/results
GET /admin/c/<slug>/results.<kind>
GET /admin/c/<slug>/roster
POST /admin/c/<slug>/roster
GET /admin/c/<slug>/scores
POST /admin/c/<slug>/scores
GET /admin/c/<slug>/scores/compare
GET /admin/c/<slug>/scores/practice
POST /admin/c/<slug>/scores/practice
GET /admin/c/<slug>/scores/sheet
GET /admin/c/<slug>/setup
GET /admin/c/<slug>/setup/<step>
POST /admin/c/<slug>/setup/<step>
POST /admin/c/<slug>/setup/open-ledger
GET /admin/c/<slug>/setup/publish
POST /admin/c/<slug>/setup/publish
GET /admin/c/<slug>/surveys
GET /admin/c/<slug>/surveys/<survey_id>
GET /admin/c/<slug>/surveys/<survey_id>/answers.<kind>
GET /admin/campaigns/new
POST /admin/campaigns/new
GET /admin/me
GET /admin/me/key
POST /admin/me/key
POST /admin/me/key/<int:key_id>/remove
POST /admin/me/password
POST /admin/me/second-factor
POST /admin/me/second-factor/confirm
POST /admin/me/second-factor/drop
POST /admin/me/sessions/<int:session_id>/end
"""

MACHINES = """
GET /healthz
GET /metrics
GET /readyz
GET /wechat/push
POST /wechat/push
"""

SIMULATOR = re.compile(r"(GET|POST) /sandbox/.*")


def lines(text):
    return text.strip().splitlines()


LISTED = [*map(lines, (EVERYONE, OWN, IDENTIFIED, STAFF, MACHINES))]
FILLED = {
    "<slug>": "xiangzhen-2026",
    "<no>": "1",
    "<code>": "0000000000000000",
    "<kind>": "xlsx",
    "<step>": "basis",
    "<suffix>": "abc",
    "<name>": "closed",
    "<survey_id>": "1",
    "<path:filename>": "css/tokens.css",
}


def path_of(address):
    """An address with something in each of its blanks."""
    path = address.split(" ", 1)[1]
    for blank, value in FILLED.items():
        path = path.replace(blank, value)
    return re.sub(r"<int:\w+>", "1", path)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """One site with a campaign for all addresses; nothing here writes."""
    app = make_app(tmp_path_factory.mktemp("routes"))
    with app.app_context():
        make_campaign(eligibility="roster")  # the one rule with an address of its own
        yield app


@pytest.fixture
def stranger(site):
    return site.test_client()


def test_every_address_is_listed_with_its_audience(site):
    found = {
        f"{method} {rule.rule}"
        for rule in site.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    listed = [address for group in LISTED for address in group]

    assert sorted(address for address in found if not SIMULATOR.match(address)) == sorted(listed)


@pytest.mark.parametrize("address", lines(EVERYONE))
def test_what_is_for_everyone_sets_no_cookie_and_varies_by_none(stranger, address):
    answer = stranger.get(path_of(address), base_url=BASE_URL)
    answer.close()

    assert answer.status_code in (200, 302, 400, 404)
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize("address", [line for line in lines(STAFF) if line[:3] == "GET"])
def test_stranger_is_sent_to_sign_in_from_staff_pages(stranger, address):
    answer = stranger.get(path_of(address), base_url=BASE_URL)

    assert answer.status_code == 303
    assert answer.location.startswith("/admin/login")


@pytest.mark.parametrize("address", [line for line in lines(STAFF) if line[:4] == "POST"])
def test_stranger_does_not_reach_staff_forms(stranger, address):
    answer = stranger.post(path_of(address), base_url=BASE_URL, data={"x": "1"})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "address",
    [line for group in (OWN, IDENTIFIED, STAFF) for line in lines(group) if line[:4] == "POST"],
)
def test_every_post_needs_its_token(stranger, address):
    answer = stranger.post(
        path_of(address),
        base_url=BASE_URL,
        data={"csrf_token": "forged"},
        headers={"Accept": "application/json"},
    )

    assert (answer.status_code, answer.json["type"]) == (400, "/problems/csrf")


@pytest.mark.parametrize("address", [line for line in lines(IDENTIFIED) if line[:3] == "GET"])
def test_stranger_does_not_reach_what_is_personal(stranger, address):
    answer = stranger.get(path_of(address), headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json["type"]) == (401, "/problems/not-identified")


@pytest.mark.parametrize("address", [line for line in lines(IDENTIFIED) if line[:4] == "POST"])
def test_foreign_origin_is_refused(stranger, address):
    answer = stranger.post(
        path_of(address),
        base_url=BASE_URL,
        data={"csrf_token": "forged"},
        headers={"Accept": "application/json", "Origin": "https://elsewhere.example"},
    )

    assert (answer.status_code, answer.json["type"]) == (403, "/problems/foreign-origin")
