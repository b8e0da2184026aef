"""The one address that takes every kind of decision, signed or not, from pages and programs."""

import base64
from datetime import timedelta

import pytest

from tests.support.ballots import cast_now, entries_of
from tests.support.factories import CALM, make_campaign
from tests.support.signing import BrowserKey, give_key
from tests.support.staffing import PASSWORD, browser_of, make_staff, post_form, staff_session
from tests.support.traced import cast_from, make_case
from votesite import clock
from votesite.domain.campaigns.presets import WEIGHT_DEFAULTS
from votesite.domain.decisions import proposals, signatures
from votesite.domain.decisions.kinds import KINDS
from votesite.domain.voting import roster
from votesite.extensions import db, writing
from votesite.models.decisions import Decision
from votesite.models.staff import ROLES

OWN = "/admin/c/xiangzhen-2026"
JSON = {"Accept": "application/json"}
WHY = "系统升级，预计两小时"
PERSONS = ("owner", "editor", "reviewer", "supervisor", "accounts", "auditor", "judge")


class Office:
    """One person of every role, each signed in with a key, and a campaign voting now."""

    def __init__(self, app, *, signed, **changes):
        self.app = app
        self.staff = {role: make_staff(role, role) for role in ROLES}
        self.keys = {role: give_key(person) for role, person in self.staff.items()}
        self.sessions = {role: staff_session(app, person.id) for role, person in self.staff.items()}
        now = clock.now()
        window = {"opens": now - timedelta(days=2), "closes": now + timedelta(days=9)}
        self.campaign = make_campaign(signed=signed, **window, **changes)

    def post(self, role, path, **fields):
        session, client = self.sessions[role], self.app.test_client(use_cookies=False)
        form = {"csrf_token": session.csrf_token, **fields}
        headers = {"Cookie": session.cookie, **JSON}
        return client.post(f"{OWN}/decisions/{path}", data=form, headers=headers)

    def get(self, role, path, **headers):
        client = self.app.test_client(use_cookies=False)
        headers = {"Cookie": self.sessions[role].cookie, **(headers or JSON)}
        db.session.rollback()
        return client.get(f"{OWN}/decisions/{path}".rstrip("/"), headers=headers)

    def propose(self, role, kind="pause", **fields):
        return self.post(role, "new", kind=kind, why=WHY, **fields)

    def sign(self, role, number):
        db.session.rollback()
        made = db.session.get(Decision, number)
        return self.post(
            role, f"{number}/sign", signature=self.keys[role].sign(signatures.statement(made))
        )


@pytest.fixture
def signing(app):
    return Office(app, signed=True)


@pytest.fixture
def plain(app):
    return Office(app, signed=False)


def problem(answer):
    return answer.status_code, answer.json["type"].removeprefix("/problems/")


def test_program_signs_for_two(signing):
    made = signing.propose("editor")
    number = made.json["id"]
    words = signing.get("editor", number).json
    db.session.rollback()
    first = signing.sign("editor", number)
    shown = signing.get("owner", number).json
    second = signing.sign("owner", number)

    own, owner = signing.staff["editor"].id, signing.staff["owner"].id
    assert (made.status_code, made.json) == (201, {"id": number, "state": "unsigned", "n": None})
    assert words == {
        "kind": "pause",
        "state": "unsigned",
        "statement": signatures.statement(db.session.get(Decision, number)),
        "by": [own],
    }
    assert shown == {**words, "state": "proposed"}
    assert (first.status_code, first.json["state"]) == (200, "proposed")
    assert (second.status_code, second.json) == (200, {"id": number, "state": "done", "n": 1})
    assert signing.get("owner", number).json["by"] == [own, owner]
    assert entries_of(signing.campaign)[1]["by"] == [own, owner]


def test_program_proposes_and_confirms_where_nothing_is_signed(plain):
    made = plain.propose("editor")
    number = made.json["id"]
    done = plain.post("supervisor", f"{number}/confirm")
    at_once = plain.propose("editor", "withdraw", no="1", colleague="owner", password=PASSWORD)

    assert (made.status_code, made.json["state"]) == (201, "proposed")
    assert (done.status_code, done.json) == (200, {"id": number, "state": "done", "n": 1})
    assert (at_once.status_code, at_once.json["state"], at_once.json["n"]) == (201, "done", 2)


@pytest.mark.parametrize(
    "signature", ["", "x", base64.b64encode(bytes(64)).decode(), None], ids=str
)
def test_wrong_second_signature_is_a_problem_and_changes_nothing(signing, signature):
    number = signing.propose("editor").json["id"]
    signing.sign("editor", number)
    fields = {} if signature is None else {"signature": signature}

    answer = signing.post("owner", f"{number}/sign", **fields)
    confirmed = signing.post("owner", f"{number}/confirm")

    assert problem(answer) == problem(confirmed) == (422, "invalid-signature")
    assert entries_of(signing.campaign) == []


def test_forged_second_signature_is_refused(signing):
    number = signing.propose("editor").json["id"]
    signing.sign("editor", number)
    words = signing.get("owner", number).json["statement"]

    for forger in (BrowserKey("forger"), signing.keys["editor"], signing.keys["supervisor"]):
        answer = signing.post("owner", f"{number}/sign", signature=forger.sign(words))
        assert problem(answer) == (422, "invalid-signature")
    assert problem(signing.sign("editor", number)) == (409, "second-person-needed")


def test_unsigned_proposal_is_no_page_for_anybody_else(signing):
    number = signing.propose("editor").json["id"]

    for role in ("owner", "supervisor", "auditor"):
        assert signing.get(role, number).status_code == 404
        assert WHY not in signing.get(role, "", Accept="text/html").text
        assert problem(signing.sign(role, number))[0] in (403, 404)
    assert "请您先签字" in signing.get("editor", number, Accept="text/html").text


def test_what_holds_no_longer_is_a_conflict(signing):
    slow = signing.propose("editor").json["id"]
    signing.sign("editor", slow)
    swift = signing.propose("owner", "withdraw", no="1").json["id"]
    signing.sign("owner", swift)
    signing.sign("supervisor", swift)
    db.session.rollback()
    late = db.session.get(Decision, slow)
    text = signatures.statement(late)
    other = signing.post("owner", f"{swift}/sign", signature=signing.keys["owner"].sign(text))

    assert problem(other) == (409, "lapsed")
    assert [entry["k"] for entry in entries_of(signing.campaign)] == ["open", "rule"]


def test_colleague_on_the_same_screen_exists_only_where_nothing_is_signed(signing):
    named = {"colleague": "owner", "password": PASSWORD}
    at_once = signing.propose("editor", **named)
    number = signing.propose("editor").json["id"]
    signing.sign("editor", number)

    here = signing.post("editor", f"{number}/confirm-here", **named)
    page = signing.get("editor", number, Accept="text/html").text
    form = signing.get("editor", "new?kind=pause", Accept="text/html").text

    assert problem(at_once) == (422, "invalid-fields")
    assert here.status_code == 404
    assert 'name="colleague"' not in page + form
    assert "请另一人用自己的手机扫这个码" in page


def test_every_page_says_which_of_the_two_it_is(signing):
    def paths(number):
        return "", number, "new?kind=pause", "new?kind=signer"

    number = signing.propose("editor").json["id"]
    pages = [signing.get("editor", path, Accept="text/html").text for path in paths(number)]
    with writing():
        db.session.merge(signing.campaign).signed = False
    number = signing.propose("editor", "withdraw", no="1").json["id"]
    others = [signing.get("editor", path, Accept="text/html").text for path in paths(number)]

    assert all("本活动的决定要签字。" in page for page in pages)
    assert all("本活动的决定不签字。" in page for page in others)


def about(office, kind):
    """The fields that a proposal of this kind needs, its things made ready."""
    if kind in ("withdraw", "reinstate"):
        return {"no": "1"}
    if kind == "to":
        return {"to": clock.minute(clock.now() + timedelta(days=20))[:16]}
    if kind == "roster":
        return {"labels": "新来的\n再来的"}
    if kind in ("signer", "drop"):
        return {"staff": str(office.staff["reviewer"].id)}
    if kind == "void":
        office.case = make_case(office.campaign, [office.ballot], state="held", rule="R1")
        return {"case": str(office.case.id), "rule": "R1"}
    return {}


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
@pytest.mark.parametrize("kind", ["pause", "withdraw", "to", "void", "drop", "roster"])
def test_each_role_proposes_and_confirms_what_the_table_says(app, signed, kind):
    wanted = {"eligibility": "roster"} if kind == "roster" else {}
    office = Office(app, signed=signed, **wanted)
    office.ballot = (
        0 if kind == "roster" else cast_from(office.campaign, 1, [2], when=clock.now()).n
    )
    row, fields = KINDS[kind], about(office, kind)
    able = [role for role in PERSONS if role in row.proposers]

    refused = {
        role: office.propose(role, kind, **fields).status_code
        for role in PERSONS
        if role not in row.proposers
    }
    made = office.propose(able[-1], kind, **fields)
    number = made.json["id"]
    if signed:
        assert office.sign(able[-1], number).json["state"] == "proposed"
    act = (
        (lambda role: office.sign(role, number))
        if signed
        else (lambda role: office.post(role, f"{number}/confirm"))
    )
    others = {
        role: act(role).status_code
        for role in PERSONS
        if role not in row.confirmers and role != able[-1]
    }
    second = next(
        role for role in PERSONS if role in row.confirmers and role not in (able[-1], "reviewer")
    )
    done = act(second)

    assert set(refused.values()) <= {403}
    assert set(others.values()) <= {403}
    assert (made.status_code, done.status_code, done.json["state"]) == (201, 200, "done")


def stored(office, kind):
    """A proposal of this kind that waits, as its page would have made it; its number."""
    subject = office.staff["reviewer"].id
    rule = {
        "roster": {"size": 3, "sha256": "0" * 64},
        "to": clock.minute(office.campaign.closes_at),
    }
    about_kind = {
        "void": ({"case": 1, "rule": "R1"}, {"of": [1], "rule": "R1"}),
        "restore": ([1], {"of": [1]}),
        "signer": (subject, {"staff": subject, "keys": []}),
        "drop": (subject, {"staff": subject}),
        "publish": ("", {}),
        "incident": (WHY, {}),
    }
    value = rule.get(kind, 1 if kind in ("withdraw", "reinstate") else WHY)
    payload, fields = about_kind.get(kind, (value, {"set": {kind: value}}))
    with writing():
        made = Decision(
            campaign_id=office.campaign.id,
            kind=kind,
            payload={kind: payload},
            fields={**fields, "why": WHY} if fields else {},
            why=WHY,
            proposed_by=office.proposer.id,
            proposed_at=clock.minute(clock.now()),
        )
        db.session.add(made)
    return made.id


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_closed_to_all_roles_but_its_own(app, kind):
    """Whatever else may be wrong with it: who has no part in a kind is told 403, who has, is not."""
    office = Office(app, signed=False)
    office.proposer = make_staff("proposer", "owner")

    proposed = {role: office.propose(role, kind).status_code == 403 for role in PERSONS}
    confirmed = {}
    for role in PERSONS:
        number = stored(office, kind)
        confirmed[role] = office.post(role, f"{number}/confirm").status_code == 403

    assert proposed == {role: role not in KINDS[kind].proposers for role in PERSONS}
    assert confirmed == {role: role not in KINDS[kind].confirmers for role in PERSONS}


def test_voters_are_added_by_two_and_their_codes_fetched_once(app):
    office = Office(app, signed=True, eligibility="roster")
    before = roster.size_of(office.campaign.id)
    number = office.propose("editor", "roster", labels="新来的\n再来的").json["id"]
    office.sign("editor", number)
    page = office.get("owner", number, Accept="text/html").text
    early = office.post("editor", f"{number}/codes")
    assert roster.size_of(office.campaign.id) == before
    office.sign("owner", number)

    foreign = office.post("owner", f"{number}/codes")
    fetched = office.post("editor", f"{number}/codes")
    again = office.post("editor", f"{number}/codes")

    assert "新来的" in page
    assert [early.status_code, foreign.status_code] == [404, 404]
    assert (fetched.status_code, again.status_code) == (200, 409)
    assert "再来的" in fetched.text
    db.session.rollback()
    assert roster.size_of(office.campaign.id) == before + 2
    entry = entries_of(office.campaign)[-1]
    assert entry["set"]["roster"]["size"] == before + 2
    assert "新来的" not in str(entry)


def test_publishing_in_a_signed_campaign_is_confirmed_on_ones_own_device(app):
    people = [make_staff(name, "editor") for name in ("zhou", "zheng", "qian")]
    for person in people:
        give_key(person)
    now = clock.now()
    window = {"opens": now + timedelta(days=2), "closes": now + timedelta(days=9)}
    draft = make_campaign(signed=True, published=False, **CALM, **window, weights=WEIGHT_DEFAULTS)
    zhou, zheng = browser_of(app, "zhou"), browser_of(app, "zheng")
    post_form(zhou, f"{OWN}/setup/publish", aware="1")
    db.session.rollback()
    (made,) = proposals.of_campaign(draft.id)

    here = post_form(
        zhou,
        f"{OWN}/decisions/{made.id}/confirm-here",
        colleague="zheng",
        password=PASSWORD,
        aware="1",
    )
    own = post_form(zheng, f"{OWN}/decisions/{made.id}/confirm", aware="1")

    db.session.rollback()
    assert (made.signature, here.status_code, own.status_code) == ("", 404, 303)
    assert draft.is_published


def test_who_is_no_signer_is_told_so(app):
    office = Office(app, signed=True)
    cast_now(office.campaign, 1, 2)
    late = make_staff("late", "editor")
    give_key(late)
    session = staff_session(app, late.id)
    client = app.test_client(use_cookies=False)
    form = {"csrf_token": session.csrf_token, "kind": "pause", "why": WHY}

    answer = client.post(
        f"{OWN}/decisions/new", data=form, headers={"Cookie": session.cookie, **JSON}
    )

    assert problem(answer) == (403, "not-a-signer")


def test_case_of_a_signed_campaign_leads_to_the_words_to_sign(app):
    office = Office(app, signed=True)
    ballots = [cast_from(office.campaign, number, [2], when=clock.now()).n for number in range(6)]
    case = make_case(office.campaign, ballots, state="held", rule="R1")
    reviewer, desk = browser_of(app, "reviewer"), f"{OWN}/integrity/cases/{case.id}"
    form = reviewer.get(desk).text

    answer = post_form(reviewer, f"{desk}/void", why=WHY)
    words = reviewer.get(answer.headers["Location"]).text

    assert 'name="colleague"' not in form
    assert "请您先签字" in words
    assert f"第 {'、'.join(map(str, ballots))} 号" in words
    assert "R1：同一来源在短时间内集中产生的异常选票" in words


def test_who_looks_after_accounts_sees_what_is_about_signers_alone(app):
    office = Office(app, signed=False)
    office.proposer = make_staff("proposer", "owner")
    pause, drop = stored(office, "pause"), stored(office, "drop")

    page = office.get("accounts", "", Accept="text/html").text
    pages = [office.get("accounts", number).status_code for number in (pause, drop)]

    assert pages == [403, 200]
    assert "不再是签字人" in page
    assert "暂停投票" not in page
