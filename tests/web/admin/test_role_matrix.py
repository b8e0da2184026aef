"""Who may do what: every route of the admin area, every role, own and foreign campaigns.

The routes come from the site itself: one without a row here fails.
"""

import secrets
from datetime import timedelta

import pytest

from tests.support.factories import make_campaign
from tests.support.panels import appoint_staff, close_panel, hand_in_all, judged_campaign
from tests.support.site import BASE_URL, make_app
from tests.support.staffing import make_staff, png, staff_session
from tests.support.traced import make_case
from votesite import clock
from votesite.clock import minute
from votesite.domain import keys
from votesite.domain.hearing import evidence
from votesite.domain.hearing.sealing import Words, seal_words
from votesite.domain.media import pictures
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign
from votesite.models.decisions import Decision
from votesite.models.hearing import DossierLink, Objection
from votesite.models.jobs import Job
from votesite.models.nominations import Nomination
from votesite.models.sanctions import Appeal
from votesite.models.staff import ROLES, AccountAct, Grant, SigningKey
from votesite.models.surveys import Survey

READ = {"owner", "editor", "reviewer", "supervisor", "auditor"}
DESK = {"owner", "editor", "supervisor", "auditor"}
EDIT = {"owner", "editor"}
CONFIRM = {"owner", "editor", "supervisor"}
REVIEW = {"owner", "reviewer"}
CONFIRM_VOID = {"owner", "reviewer", "supervisor"}
DECIDERS = {"owner", "editor", "reviewer", "supervisor"}
ANSWER = {"owner", "editor", "reviewer"}
EVERYONE = set(ROLES)
KEEPERS = {"accounts", "owner"}

OPEN = {"sign_in", "sign_in_now", "join", "join_now"}
ANY_STAFF = {
    "campaigns",
    "me",
    "change_password",
    "begin_second_factor",
    "confirm_second_factor",
    "drop_second_factor",
    "end_session",
    "sign_out",
    "inbox",
    "account_notices",
    "acknowledge_notices",
    "renew_recovery_codes",
    "signing_key",
    "register_key",
    "remove_key",
}
SOMEWHERE = {
    "audit_log": {"owner", "supervisor", "auditor"},
    "export_audit_log": {"owner", "supervisor", "auditor"},
}
EVERYWHERE = {
    "accounts": KEEPERS,
    "security": KEEPERS,
    "account": KEEPERS,
    "invite": {"accounts"},
    "new_account_act": {"accounts"},
    "add_grant": {"accounts"},
    "revoke_grant": {"accounts"},
    "set_state": {"accounts"},
    "reset_password": {"accounts"},
    "drop_colleagues_second_factor": {"accounts"},
    "calendar_years": {"owner"},
    "load_calendar": {"owner"},
    "new_campaign": EDIT,
    "create_campaign": EDIT,
}
OF_ACT = {"account_act", "confirm_account_act", "stop_account_act"}  # no page for all but KEEPERS
IN_CAMPAIGN = {
    "overview": READ,
    "setup": DESK,
    "setup_step": DESK,
    "save_setup": EDIT,
    "setup_publish": DESK,
    "propose_publish": EDIT,
    "open_ledger": EDIT,
    "candidates_list": READ,
    "new_candidate": EDIT,
    "add_candidate": EDIT,
    "candidate": READ,
    "edit_candidate": EDIT,
    "remove_candidate": EDIT,
    "results": READ,
    "export_results": READ,
    "decisions_list": READ | {"accounts"},
    "new_decision": EDIT,
    "propose": EDIT,
    "decision": READ,
    "confirm": CONFIRM,
    "confirm_here": CONFIRM,
    "sign": CONFIRM,
    "take_back": EDIT,
    "fetch_codes": EDIT,
    "new_incident": EDIT,
    "record_incident": EDIT,
    "roster": DESK,
    "set_roster": EDIT,
    "nominations": READ,
    "nomination": READ,
    "nomination_picture": READ,
    "decide_nomination": REVIEW,
    "reopen_nomination": REVIEW,
    "nomination_contact": REVIEW,
    "integrity": READ,
    "integrity_case": READ,
    "set_area": REVIEW,
    "hold_case": REVIEW,
    "release_case": REVIEW,
    "propose_void": REVIEW,
    "integrity_appeal": CONFIRM_VOID,
    "propose_restore": REVIEW,
    "reject_appeal": REVIEW,
    "cosigning": {"auditor"},
    "auditors_archive": {"auditor"},
    "add_auditor_key": {"auditor"},
    "add_cosignature": {"auditor"},
    "notice_paper": READ,
    "make_notice_paper": EDIT,
    "objections": DECIDERS,
    "enter_objection": {"owner", "reviewer", "supervisor"},
    "set_objection_days": EDIT,
    "objection": DECIDERS,
    "accept_objection": ANSWER,
    "decline_objection": ANSWER,
    "objection_contact": DECIDERS,
    "objection_file": DECIDERS,
    "note_concern": DECIDERS,
    "drop_concern": DECIDERS,
    "hear_body": ANSWER,
    "dossiers": DECIDERS,
    "make_dossier_links": EDIT,
    "revoke_dossier_link": EDIT,
    "job": EDIT,
    "job_file": EDIT,
    "scores": {"judge"},
    "post_scores": {"judge"},
    "score_compare": {"judge"},
    "score_practice": {"judge"},
    "practise": {"judge"},
    "own_sheet": {"judge"},
    "judges": CONFIRM,
    "judge_sheet": CONFIRM,
    "write_model_dossiers": EDIT,
    "close_practice": EDIT,
    "surveys": DESK,
    "survey": DESK,
    "export_survey": DESK,
}
QUERIES = {"new_account_act": "?kind=reset"}
FIELDS = {"propose": {"kind": "pause", "why": "升级"}, "save_setup": {"theme": "新主题"}}


class Site:
    """A site with a campaign, another one, and every role in the one, in the other, in both."""

    def __init__(self, folder):
        self.app = make_app(folder)
        with self.app.app_context():
            now = clock.now()
            window = {"opens": now - timedelta(days=1), "closes": now + timedelta(days=9)}
            own = judged_campaign(slug="own", eligibility="roster", **window)
            other = make_campaign(slug="other", **window)
            self.own_id = own.id
            keys.seal_field("", "nominations")
            with writing():
                db.session.add(Survey(campaign_id=own.id, key="feedback", title="意见"))
                self.picture = pictures.store_picture(own.id, png(), public=False)
            make_staff("root", "owner")
            self.victim = make_staff("victim", "editor", "reviewer").id
            self.proposer = make_staff("proposer", "editor").id
            self.staff = {
                (role, where): make_staff(f"{role}-{where}", role, campaign=campaign).id
                for role in ROLES
                for where, campaign in (("own", own), ("foreign", other), ("everywhere", None))
                if role != "accounts" or campaign is None
            }
            self.newcomer = make_staff("newcomer").id
            self.keeper = make_staff("keeper", "accounts").id
            self._seat_judges()

    def _seat_judges(self):
        """Judges have handed in, and the panel is closed: there are sheets to read."""
        for number, where in enumerate(("own", "everywhere"), 1):
            appoint_staff(self._own(), self.staff["judge", where], number)
            hand_in_all(self._own(), self.staff["judge", where])
        close_panel(self._own())

    def path(self, rule, actor):
        """The rule's address, its things made ready for whoever acts."""
        values = {"slug": "own", "no": "1", "step": "basics", "kind": "csv"}
        values["survey_id"], values["token"] = "feedback", "A" * 22
        values["staff_id"], values["number"] = self.victim, 1
        endpoint = rule.endpoint.partition(".")[2]
        ready = {
            "decision_id": lambda: self._decided(endpoint, actor),
            "case_id": lambda: make_case(self._own()).id,
            "appeal_id": self._appeal,
            "nomination_id": self._nomination,
            "job_id": self._job,
            "objection_id": self._objection,
            "link_id": self._link,
            "grant_id": self._grant,
            "act_id": self._act,
            "key_id": lambda: self._key(actor),
            "session_id": lambda: staff_session(self.app, actor).session_id,
        }
        values |= {name: make() for name, make in ready.items() if name in rule.arguments}
        adapter = self.app.url_map.bind("localhost:8000", url_scheme="http")
        wanted = {name: values[name] for name in rule.arguments}
        return adapter.build(rule.endpoint, wanted, method=_method(rule)) + QUERIES.get(
            endpoint, ""
        )

    def _decided(self, endpoint, actor):
        make = self._addition if endpoint == "fetch_codes" else self._decision
        is_own = endpoint in ("take_back", "fetch_codes")
        return make(actor if is_own else self.proposer)

    def _act(self):
        with writing():
            made = AccountAct(
                kind="grant",
                staff_id=self.newcomer,
                role="editor",
                proposed_by=self.keeper,
                proposed_at=minute(clock.now()),
                state="proposed",
            )
            db.session.add(made)
        return made.id

    def _decision(self, proposer):
        with writing():
            made = Decision(
                campaign_id=self.own_id,
                kind="withdraw",
                payload={"withdraw": 2},
                fields={"set": {"withdraw": 2}, "why": "机构撤并"},
                why="机构撤并",
                proposed_by=proposer,
                proposed_at=minute(clock.now()),
            )
            db.session.add(made)
        return made.id

    def _own(self):
        return db.session.get(Campaign, self.own_id)

    def _addition(self, proposer):
        """Voters added to the roster; their codes have been fetched."""
        with writing():
            made = Decision(
                campaign_id=self.own_id,
                kind="roster",
                payload={"roster": {"size": 3, "sha256": "", "n": 1}},
                fields={"set": {"roster": {"size": 3, "sha256": ""}}, "why": "新来的"},
                why="新来的",
                proposed_by=proposer,
                proposed_at=minute(clock.now()),
                state="done",
            )
            db.session.add(made)
        return made.id

    def _key(self, owner):
        with writing():
            made = SigningKey(
                staff_id=owner,
                public=secrets.token_hex(44),
                label="电脑",
                added_at=minute(clock.now()),
            )
            db.session.add(made)
        return made.id

    def _appeal(self):
        sealed = keys.seal_field("我投的", f"appeals|{self.own_id}-1|text")
        with writing():
            db.session.query(Appeal).delete()
            made = Appeal(campaign_id=self.own_id, n=1, text=sealed, made_at=minute(clock.now()))
            db.session.add(made)
        return made.id

    def _nomination(self):
        with writing():
            made = Nomination(
                campaign_id=self.own_id,
                name="青禾镇",
                category="城郊乡镇",
                reason="办事快",
                picture=self.picture,
                submitted_at=minute(clock.now()),
            )
            db.session.add(made)
            db.session.flush()
            made.contact = keys.seal_field("0800-0000000", f"nominations|{made.id}|contact")
        return made.id

    def _job(self):
        with writing():
            made = Job(
                campaign_id=self.own_id,
                kind="test-sum",
                asked_by=self.proposer,
                asked_at=minute(clock.now()),
                state="done",
                filename="sum.csv",
            )
            db.session.add(made)
            db.session.flush()
            made.output = keys.seal_bytes(b"1", f"jobs|{made.id}|output")
        return made.id

    def _objection(self):
        code = secrets.token_hex(8)
        with writing():
            made = Objection(
                campaign_id=self.own_id,
                code=code,
                n=None,
                notice_n=1,
                kind="hint",
                sealed=seal_words(code, Words("", "", "数据算了两次", "0" * 64)),
                made_at=minute(clock.now()),
                received_at=minute(clock.now()),
                due_on="2026-12-31",
            )
            db.session.add(made)
            db.session.flush()
            file = evidence.seal(code, evidence.Evidence("image/png", png()))
            file.objection_id = made.id
            db.session.add(file)
        return made.id

    def _link(self):
        with writing():
            made = DossierLink(
                campaign_id=self.own_id,
                no=1,
                token_hash=secrets.token_bytes(32),
                made_by=self.proposer,
                made_at=minute(clock.now()),
                expires_at=minute(clock.now() + timedelta(days=30)),
            )
            db.session.add(made)
        return made.id

    def _grant(self):
        with writing():
            db.session.query(Grant).filter_by(staff_id=self.victim, role="auditor").delete()
            made = Grant(staff_id=self.victim, campaign_id=self.own_id, role="auditor")
            db.session.add(made)
        return made.id

    def ask(self, rule, actor):
        """What somebody gets; `actor` None is a stranger."""
        client = self.app.test_client(use_cookies=False)
        session = staff_session(self.app, actor) if actor else staff_session(self.app, None)
        path = self.path(rule, actor or self.proposer)
        headers = {"Cookie": session.cookie}
        if _method(rule) == "GET":
            return client.get(path, headers=headers, base_url=BASE_URL)
        fields = FIELDS.get(rule.endpoint.partition(".")[2], {})
        form = {"csrf_token": session.csrf_token, **fields}
        return client.post(path, data=form, headers=headers, base_url=BASE_URL)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = Site(tmp_path_factory.mktemp("matrix"))
    with made.app.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


def _method(rule):
    return "POST" if "POST" in rule.methods else "GET"


def _admin_rules(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("admin.")]


def _expected(endpoint, role, where):
    """200 stands for: may come in."""
    if endpoint in IN_CAMPAIGN:
        if where == "foreign":
            return 404
        return 200 if role in IN_CAMPAIGN[endpoint] else 403
    if endpoint in OF_ACT:
        return 200 if where == "everywhere" and role in KEEPERS else 404
    if endpoint in EVERYWHERE:
        return 200 if where == "everywhere" and role in EVERYWHERE[endpoint] else 403
    return 200 if role in SOMEWHERE.get(endpoint, EVERYONE) else 403


def _got(answer):
    if answer.status_code in (403, 404):
        return answer.status_code
    return 0 if answer.status_code >= 500 else 200


def test_every_route_of_the_admin_area_has_a_row(site):
    known = OPEN | ANY_STAFF | OF_ACT | set(SOMEWHERE) | set(EVERYWHERE) | set(IN_CAMPAIGN)

    found = {rule.endpoint.partition(".")[2] for rule in _admin_rules(site.app)}

    assert found == known


def test_every_role_gets_what_its_row_says(site):
    wrong = []
    for rule in _admin_rules(site.app):
        endpoint = rule.endpoint.partition(".")[2]
        if endpoint in OPEN:
            continue
        for (role, where), actor in site.staff.items():
            answer = site.ask(rule, actor)
            if _got(answer) != _expected(endpoint, role, where):
                wrong.append((endpoint, role, where, answer.status_code))

    assert wrong == []


def test_stranger_is_sent_to_sign_in_everywhere(site):
    answers = {
        rule.endpoint: site.ask(rule, None)
        for rule in _admin_rules(site.app)
        if rule.endpoint.partition(".")[2] not in OPEN | set(FIELDS)  # what is typed is kept
    }

    assert {
        endpoint: (answer.status_code, answer.headers["Location"].partition("?")[0])
        for endpoint, answer in answers.items()
    } == dict.fromkeys(answers, (303, "/admin/login"))


@pytest.mark.parametrize(
    ("headers", "has_token", "status"),
    [
        ({}, False, 400),
        ({"Origin": "https://elsewhere.example"}, True, 403),
        ({"Origin": "null"}, True, 403),
        ({"Sec-Fetch-Site": "cross-site"}, True, 403),
    ],
)
def test_forged_form_is_refused_everywhere_and_changes_nothing(site, headers, has_token, status):
    session = staff_session(site.app, site.staff["owner", "everywhere"])
    client = site.app.test_client(use_cookies=False)
    before = _state()
    got = {}
    for rule in _admin_rules(site.app):
        if _method(rule) == "POST":
            path = site.path(rule, site.staff["owner", "everywhere"])
            before = _state()
            form = {"csrf_token": session.csrf_token} if has_token else {"kind": "pause"}
            answer = client.post(
                path, data=form, headers={"Cookie": session.cookie, **headers}, base_url=BASE_URL
            )
            got[rule.endpoint] = (answer.status_code, _state() == before)

    assert got == dict.fromkeys(got, (status, True))


def _state():
    """What a forged form could have changed: every act leaves a line, every change a row."""
    db.session.rollback()
    tables = (
        "audit_entries",
        "decisions",
        "staff",
        "staff_grants",
        "account_acts",
        "candidates",
        "log_entries",
    )
    return [
        db.session.execute(db.text(f"SELECT count(*) FROM {table}")).scalar() for table in tables
    ]
