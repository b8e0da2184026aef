"""Nominations: what is taken from citizens, and what staff may decide about it."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from tests.support.factories import NOON, OPENS, at, make_campaign, voter
from votesite import confined
from votesite.domain import audit
from votesite.domain.ledger.log import open_log, write_open
from votesite.domain.media import pictures
from votesite.domain.nominations import alike, nominating, queries, review
from votesite.domain.nominations.alike import fold, likeness
from votesite.domain.nominations.nominating import Proposal
from votesite.domain.staff import accounts
from votesite.domain.voting import voters
from votesite.errors import (
    Closed,
    ConsentRequired,
    Fault,
    Frozen,
    InvalidFields,
    InvalidNomination,
    Lapsed,
    LimitReached,
    NotFound,
    Refused,
)
from votesite.extensions import db, writing
from votesite.models.candidates import Candidate, Medium
from votesite.models.ledger import LogHead
from votesite.models.nominations import Nomination
from votesite.models.voting import Consent

BEGIN = OPENS - timedelta(days=9)
END = OPENS - timedelta(days=2)
OPEN = at(BEGIN + timedelta(hours=3))
LATER = BEGIN + timedelta(days=1)
GOOD = {"name": "清水镇", "category": "山区乡镇", "reason": "办事不跑第二趟。"}


@pytest.fixture
def campaign(app):
    return make_campaign(
        schedule={"nomination": ["2026-11-03T09:00+08:00", "2026-11-10T09:00+08:00"]}
    )


@pytest.fixture
def reviewer(app):
    return accounts.create("zhou", "周岚", "correct horse battery", by=None, clock=OPEN).id


def nominate(campaign, who=1, *, clock=OPEN, consents=True, picture=None, **fields):
    return nominating.nominate(
        Proposal(campaign.id, voter(who), {**GOOD, **fields}, picture, consents), clock=clock
    )


def faults(campaign, **fields):
    with pytest.raises(InvalidNomination) as refused:
        nominate(campaign, **fields)
    return refused.value.fields


def stored():
    return db.session.scalar(select(func.count()).select_from(Nomination))


def png():
    target = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(target, "PNG")
    return target.getvalue()


def test_nomination_keeps_what_was_written(campaign):
    kept = nominate(
        campaign,
        name=" 清水\u3000镇 ",
        reason="一。\r\n二。",
        region="清水县",
        service="好",
        evidence="https://example.gov.cn/a?b=1",
    )

    assert (kept.name, kept.category, kept.region) == ("清水 镇", "山区乡镇", "清水县")
    assert (kept.reason, kept.criteria) == ("一。\n二。", {"service": "好"})
    assert (kept.evidence, kept.status) == ("https://example.gov.cn/a?b=1", "pending")
    assert kept.submitted_at == "2026-11-03T12:00+08:00"
    assert kept.nominator == voters.voter_key(campaign.id, voter(1)) != voter(1)
    assert queries.counts(campaign.id) == (1, 0)


def test_nomination_tells_page_caches(campaign):
    before = db.session.scalar(select(LogHead.version))

    nominate(campaign)

    assert db.session.scalar(select(LogHead.version)) > before


def test_contact_is_sealed_and_bound_to_its_row(campaign, reviewer):
    kept = nominate(campaign, contact="李敏 138 0000 0000")
    other = nominate(campaign, who=2, name="云谷镇")

    assert "138" not in repr(kept.contact)
    assert review.reveal_contact(kept.id, reviewer, clock=OPEN) == "李敏 138 0000 0000"
    with pytest.raises(NotFound):
        review.reveal_contact(other.id, reviewer, clock=OPEN)


def test_each_look_at_a_contact_is_noted_without_its_words(campaign, reviewer):
    kept = nominate(campaign, contact="李敏 138 0000 0000")

    review.reveal_contact(kept.id, reviewer, clock=OPEN)
    review.reveal_contact(kept.id, reviewer, clock=OPEN)

    looks = [line for line in audit.entries([campaign.id]) if line.action == "look"]
    assert [(line.staff_id, line.row_id, line.fields) for line in looks] == [
        (reviewer, str(kept.id), "contact")
    ] * 2
    assert audit.verify_chain()


@pytest.mark.parametrize("missing", ["name", "category", "reason"])
def test_required_field_that_is_blank_is_missing(campaign, missing):
    found = faults(campaign, **{missing: " \u3000\n " if missing == "reason" else " "})

    assert found == {missing: Fault("missing")}
    assert stored() == 0


@pytest.mark.parametrize(
    ("name", "text", "over"),
    [
        ("name", "镇" * 61, 1),
        ("reason", "好" * 2003, 3),
        ("evidence", "http://a.cn/" + "a" * 500, 12),
        ("service", "好" * 2001, 1),
        ("region", "县" * 61, 1),
        ("contact", "1" * 201, 1),
    ],
)
def test_overlong_field_is_a_fault_that_counts(campaign, name, text, over):
    found = faults(campaign, **{name: text})

    assert found == {name: Fault("too-long", max=len(text) - over, n=over)}


def test_line_ends_count_as_one_character(campaign):
    kept = nominate(campaign, reason="好\r\n" * 999 + "好好")

    assert len(kept.reason) == 2000


@pytest.mark.parametrize(
    "name", ["name", "category", "reason", "region", "contact", "service", "x"]
)
@pytest.mark.parametrize(
    "char", ["\x00", "\x08", "\x1f", "\x7f", "\x85", "\u2028", "\u202e", "\ufffd"]
)
def test_control_characters_are_faults(campaign, name, char):
    assert faults(campaign, **{name: f"甲{char}乙"})[name] == Fault("control-characters")


def test_line_end_in_a_name_is_a_fault(campaign):
    assert faults(campaign, name="清水镇\n") == {"name": Fault("control-characters")}


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "ftp://a.cn/",
        "//a.cn/",
        "a",
        "a@b.cn",
        "http://",
        "http:///x",
        "https://[::1",
        "http://a.cn/ b",
        "http://a.cn:x/",
        "data:text/html,x",
    ],
)
def test_evidence_is_an_http_address(campaign, address):
    assert faults(campaign, evidence=address) == {"evidence": Fault("not-a-link")}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("www.gov.cn", "https://www.gov.cn"),
        (" a.cn/x?b=c#d ", "https://a.cn/x?b=c#d"),
        ("a.cn:8080/x", "https://a.cn:8080/x"),
        ("例子.中国/新闻", "https://例子.中国/新闻"),
        ("http://a.cn", "http://a.cn"),
        ("HTTPS://A.cn", "HTTPS://A.cn"),
        ("", ""),
    ],
)
def test_address_typed_without_its_beginning_gets_one(campaign, typed, kept):
    assert nominate(campaign, evidence=typed).evidence == kept


def test_category_must_be_the_campaigns(campaign):
    assert faults(campaign, category="平原乡镇") == {"category": Fault("unknown-choice")}


def test_all_faults_are_told_at_once(campaign):
    found = faults(campaign, name="", reason="", evidence="x", picture=b"GIF89a")

    assert sorted(found) == ["evidence", "name", "picture", "reason"]


def test_who_must_consent_is_told_of_the_fields_as_well(campaign):
    with pytest.raises(ConsentRequired) as refused:
        nominate(campaign, consents=False, name="", picture=b"GIF89a")

    assert sorted(refused.value.fields) == ["name", "picture"]


def test_picture_is_decoded_last(campaign, monkeypatch):
    """Nothing of a picture is worked on for whoever has yet to mend the form or has no place."""
    jobs = []
    monkeypatch.setattr(confined, "run", lambda job, *_args, **_limits: jobs.append(job))
    for who in range(5):
        nominate(campaign, name=f"第{who}村")
    picture = b"\xff\xd8\xff" + bytes(100)
    for forbidden in ({"name": ""}, {"consents": False, "who": 2}, {"clock": at(END)}, {}):
        with pytest.raises(Refused):
            nominate(campaign, picture=picture, **forbidden)

    assert jobs == []


def test_body_that_is_a_candidate_already_may_be_nominated(campaign):
    assert nominate(campaign, name="第1镇").name == "第1镇"


def test_sixth_nomination_of_a_voter_is_refused(campaign):
    for number in range(5):
        nominate(campaign, name=f"清水{number}镇")

    with pytest.raises(LimitReached):
        nominate(campaign)
    assert queries.counts(campaign.id) == (5, 0)
    assert nominate(campaign, who=2).slot == 1


def test_faulty_nominations_do_not_use_up_the_limit(campaign):
    for _ in range(6):
        faults(campaign, name="")

    assert nominate(campaign).slot == 1


def test_faults_are_told_before_the_limit(campaign):
    for number in range(5):
        nominate(campaign, name=f"清水{number}镇")

    assert faults(campaign, name="") == {"name": Fault("missing")}


def test_limit_is_a_constraint_of_the_database(campaign):
    kept = nominate(campaign)
    fields = {
        "campaign_id": campaign.id,
        "nominator": kept.nominator,
        "name": "乙",
        "category": "丙",
    }

    for slot in (1, 6, None):
        db.session.add(Nomination(**fields, slot=slot, reason="丁", submitted_at=""))
        with pytest.raises(IntegrityError):
            db.session.flush()
        db.session.rollback()


def test_first_nomination_needs_consent_and_keeps_it(campaign):
    with pytest.raises(ConsentRequired):
        nominate(campaign, consents=False)
    assert stored() == 0

    nominate(campaign, consents=True)
    nominate(campaign, consents=False, name="云谷镇")

    assert db.session.scalar(select(func.count()).select_from(Consent)) == 1


@pytest.mark.parametrize(
    ("moment", "next_at"),
    [(BEGIN - timedelta(minutes=1), BEGIN), (END, None), (NOON, None)],
)
def test_outside_its_window_nothing_is_taken(campaign, moment, next_at):
    with pytest.raises(Closed) as closed:
        nominate(campaign, clock=at(moment))

    assert (closed.value.next_at, stored()) == (next_at, 0)


def test_paused_campaign_takes_nothing_and_says_why(campaign):
    with writing():
        campaign.paused = "系统检修"

    with pytest.raises(Closed) as closed:
        nominate(campaign)
    assert (closed.value.reason, closed.value.next_at) == ("系统检修", None)


def test_closed_is_told_before_consent_and_faults(campaign):
    with pytest.raises(Closed):
        nominate(campaign, clock=at(END), consents=False, name="")
    with pytest.raises(ConsentRequired):
        nominate(campaign, consents=False, name="")


def test_picture_is_private_until_acceptance_and_again_when_that_is_taken_back(campaign, reviewer):
    kept = nominate(campaign, picture=png())
    token = kept.picture
    name = f"{token}-480.jpg"
    assert (db.session.get(Medium, token).public, pictures.public_file(name)) == (False, None)

    candidate = review.accept(kept.id, reviewer, clock=OPEN)
    assert candidate.images == [token]
    assert pictures.public_file(name).is_file()

    review.take_back(kept.id, reviewer, clock=OPEN)
    assert (db.session.get(Medium, token).public, pictures.public_file(name)) == (False, None)
    assert pictures.picture_path(token, "480", "jpeg").is_file()


def test_accepted_nomination_becomes_a_candidate_under_the_lowest_free_number(campaign, reviewer):
    with writing():
        db.session.delete(db.session.scalar(select(Candidate).where(Candidate.no == 3)))
    kept = nominate(campaign, region="清水县", service="好")

    candidate = review.accept(kept.id, reviewer, clock=OPEN)

    assert (candidate.no, candidate.name, candidate.category) == (3, "清水镇", "山区乡镇")
    assert (candidate.region, candidate.summary) == ("清水县", "办事不跑第二趟。")
    assert candidate.dossier == {"service": "好"}
    assert (kept.status, kept.candidate_id, kept.decided_by) == ("accepted", candidate.id, reviewer)
    assert queries.counts(campaign.id) == (1, 1)


def test_staff_may_correct_name_and_category_on_accepting(campaign, reviewer):
    kept = nominate(campaign, name="清水镇政府大院")

    candidate = review.accept(kept.id, reviewer, name="清水镇", category="城郊乡镇", clock=OPEN)

    assert (candidate.name, candidate.category, kept.name) == (
        "清水镇",
        "城郊乡镇",
        "清水镇政府大院",
    )


@pytest.mark.parametrize("name", ["第1镇", " 第 1 镇", "第１镇"])
def test_second_candidate_of_the_same_name_is_refused(campaign, reviewer, name):
    kept = nominate(campaign, name=name)

    with pytest.raises(InvalidFields) as refused:
        review.accept(kept.id, reviewer, clock=OPEN)

    assert refused.value.fields == {"name": Fault("already-candidate", name="第1镇")}
    assert kept.is_pending


def test_once_voting_begins_a_nomination_can_only_join(campaign, reviewer):
    kept = nominate(campaign)
    first = db.session.scalar(select(Candidate).where(Candidate.no == 1))

    with pytest.raises(Frozen):
        review.accept(kept.id, reviewer, clock=at(OPENS))
    review.join(kept.id, first.id, reviewer, clock=at(OPENS))

    assert (kept.status, kept.candidate_id) == ("accepted", first.id)
    assert queries.counts(campaign.id) == (1, 1)


def test_once_the_ledger_is_open_a_nomination_can_only_join(campaign, reviewer):
    kept = nominate(campaign)
    with writing() as tx:
        write_open(open_log(tx, campaign.id), OPEN())

    with pytest.raises(Frozen):
        review.accept(kept.id, reviewer, clock=OPEN)


def test_candidate_of_another_campaign_cannot_be_joined(campaign, reviewer):
    kept = nominate(campaign)
    other = make_campaign(slug="other-2026")
    foreign = db.session.scalar(select(Candidate).where(Candidate.campaign_id == other.id))

    with pytest.raises(InvalidFields):
        review.join(kept.id, foreign.id, reviewer, clock=OPEN)


def test_merged_nominations_share_the_decision(campaign, reviewer):
    first, second, third = (nominate(campaign, who) for who in (1, 2, 3))
    review.merge(third.id, second.id, reviewer, clock=OPEN)
    review.merge(second.id, first.id, reviewer, clock=OPEN)
    assert queries.counts(campaign.id) == (3, 0)

    candidate = review.accept(first.id, reviewer, clock=OPEN)

    assert [found.status for found in (first, second, third)] == ["accepted", "merged", "merged"]
    assert {found.candidate_id for found in (first, second, third)} == {candidate.id}
    assert queries.decisive(third) == first
    assert queries.counts(campaign.id) == (3, 3)


def test_nomination_merged_into_an_accepted_one_is_accepted_too(campaign, reviewer):
    first, second = nominate(campaign, 1), nominate(campaign, 2)
    candidate = review.accept(first.id, reviewer, clock=OPEN)

    review.merge(second.id, first.id, reviewer, clock=OPEN)

    assert second.candidate_id == candidate.id


def test_nomination_is_not_merged_into_itself_or_a_rejected_one(campaign, reviewer):
    first, second = nominate(campaign, 1), nominate(campaign, 2)
    review.reject(second.id, "不在范围内。", reviewer, clock=OPEN)

    for target in (first.id, second.id, 999):
        with pytest.raises(InvalidFields):
            review.merge(first.id, target, reviewer, clock=OPEN)
    assert first.is_pending


def test_rejection_gives_a_reason_that_the_nominator_reads(campaign, reviewer):
    kept = nominate(campaign)

    review.reject(kept.id, " 参评对象须是乡镇政府。 ", reviewer, clock=OPEN)

    ((found_campaign, found),) = nominating.mine(voter(1))
    assert (found_campaign.id, found.status, found.reply) == (
        campaign.id,
        "rejected",
        "参评对象须是乡镇政府。",
    )
    assert nominating.mine(voter(2)) == []


@pytest.mark.parametrize("reason", ["", "  ", "长" * 501])
def test_rejection_without_a_fit_reason_is_refused(campaign, reviewer, reason):
    kept = nominate(campaign)

    with pytest.raises(InvalidFields):
        review.reject(kept.id, reason, reviewer, clock=OPEN)
    assert kept.is_pending


def test_decided_nomination_is_not_decided_again(campaign, reviewer):
    kept, other = nominate(campaign), nominate(campaign, 2)
    review.accept(kept.id, reviewer, clock=OPEN)

    for decide in (
        lambda: review.accept(kept.id, reviewer, clock=OPEN),
        lambda: review.reject(kept.id, "不", reviewer, clock=OPEN),
        lambda: review.merge(kept.id, other.id, reviewer, clock=OPEN),
        lambda: review.join(kept.id, kept.candidate_id, reviewer, clock=OPEN),
    ):
        with pytest.raises(Lapsed):
            decide()


def test_decision_can_be_taken_back_within_ten_minutes(campaign, reviewer):
    kept = nominate(campaign)
    review.accept(kept.id, reviewer, clock=at(LATER))

    with pytest.raises(Lapsed):
        review.take_back(kept.id, reviewer, clock=at(LATER + timedelta(minutes=10)))
    review.take_back(kept.id, reviewer, clock=at(LATER + timedelta(minutes=9)))

    assert (kept.status, kept.candidate_id, kept.decided_at) == ("pending", None, None)
    assert db.session.scalar(select(Candidate).where(Candidate.name == "清水镇")) is None


def test_acceptance_that_others_have_joined_stays(campaign, reviewer):
    first, second = nominate(campaign, 1), nominate(campaign, 2)
    candidate = review.accept(first.id, reviewer, clock=OPEN)
    review.join(second.id, candidate.id, reviewer, clock=OPEN)

    with pytest.raises(Lapsed):
        review.take_back(first.id, reviewer, clock=OPEN)

    assert first.status == "accepted"


def test_every_act_is_noted_without_words_of_citizens(campaign, reviewer):
    one, two, three, four = (nominate(campaign, who) for who in (1, 2, 3, 4))
    candidate = review.accept(one.id, reviewer, clock=OPEN)
    review.join(two.id, candidate.id, reviewer, clock=OPEN)
    review.merge(three.id, two.id, reviewer, clock=OPEN)
    review.reject(four.id, "不在范围内。", reviewer, clock=OPEN)
    review.take_back(four.id, reviewer, clock=OPEN)

    lines = [line for line in audit.entries([campaign.id]) if line.table == "nominations"]
    assert [line.action for line in lines[::-1]] == ["accept", "join", "merge", "reject", "reopen"]
    assert not [line for line in lines if "清水" in repr(vars(line)) or "范围" in repr(vars(line))]


def test_withdrawing_removes_the_undecided_and_unties_the_decided(campaign, reviewer):
    pending = nominate(campaign, contact="电话", picture=png())
    token, gone = pending.picture, pending.id
    decided = nominate(campaign, name="云谷镇", contact="电话", evidence="https://a.cn/")
    other = nominate(campaign, 2, name="石桥镇")
    review.accept(decided.id, reviewer, clock=OPEN)

    assert nominating.withdraw_undecided(voter(1)) == 1

    assert db.session.get(Nomination, gone) is None
    assert not pictures.picture_path(token, "480", "jpeg").exists()
    assert (decided.nominator, decided.slot, decided.contact, decided.evidence) == (
        None,
        None,
        None,
        "",
    )
    assert decided.candidate_id is not None
    assert nominating.mine(voter(1)) == []
    assert [found.id for _, found in nominating.mine(voter(2))] == [other.id]


def test_nominations_merged_into_a_withdrawn_one_go_on(campaign, reviewer):
    first, second, third = (nominate(campaign, who) for who in (1, 2, 3))
    review.merge(second.id, first.id, reviewer, clock=OPEN)
    review.merge(third.id, first.id, reviewer, clock=OPEN)

    nominating.withdraw_undecided(voter(1))

    assert (second.status, third.status, third.merged_into) == ("pending", "merged", second.id)


def test_contacts_can_be_destroyed(campaign):
    kept = nominate(campaign, contact="电话")

    assert review.forget_contacts(campaign.id) == 1
    assert kept.contact is None


def test_similar_names_are_found_and_the_same_marked(campaign):
    kept = nominate(campaign, name="清水镇人民政府")
    nominate(campaign, 2, name="清水镇")
    nominate(campaign, 3, name="清水镇 人民政府")
    nominate(campaign, 4, name="石桥街道办事处")

    found = alike.similar(kept)

    assert [(one.name, one.is_same) for one in found] == [
        ("清水镇 人民政府", True),
        ("清水镇", False),
    ]


def test_doubles_in_the_queue_are_marked(campaign):
    one = nominate(campaign, name="清水镇")
    two = nominate(campaign, 2, name=" 清水 镇")
    three = nominate(campaign, 3, name="第1镇")
    nominate(campaign, 4, name="石桥镇")

    waiting = queries.queue(campaign.id, "pending")

    assert alike.doubles(campaign.id, waiting) == {one.id, two.id, three.id}


def test_names_are_compared_without_blanks_width_case_and_punctuation():
    assert fold(" ＡＢ－清水（镇） ") == fold("ab清水镇")
    assert likeness(fold("清水镇"), fold("石桥镇")) < 0.72


def test_queue_shows_the_oldest_first_and_the_newest_decision_first(campaign, reviewer):
    one, two, three = (nominate(campaign, who) for who in (1, 2, 3))
    review.reject(one.id, "不在范围内。", reviewer, clock=OPEN)
    review.reject(two.id, "不在范围内。", reviewer, clock=at(LATER))

    assert [found.id for found in queries.queue(campaign.id, "pending")] == [three.id]
    assert [found.id for found in queries.queue(campaign.id, "rejected")] == [two.id, one.id]
    assert queries.by_status(campaign.id) == {
        "pending": 1,
        "accepted": 0,
        "merged": 0,
        "rejected": 2,
    }


def test_parallel_nominations_never_pass_the_limit(app, campaign):
    def attempt(number):
        with app.app_context():
            try:
                return nominate(same, name=f"清水{number}镇").slot
            except LimitReached:
                return None

    same = SimpleNamespace(id=campaign.id)
    with ThreadPoolExecutor(12) as pool:
        slots = list(pool.map(attempt, range(12)))

    db.session.rollback()
    assert sorted(slot for slot in slots if slot) == [1, 2, 3, 4, 5]
    assert queries.counts(campaign.id) == (5, 0)
