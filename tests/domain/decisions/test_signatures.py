"""Signed decisions: both sign the exact words of the entry, with keys that the ledger knows."""

import base64
import json
from datetime import timedelta

import pytest

from tests.support.ballots import cast_ballot, entries_of
from tests.support.factories import NOON, at, make_campaign
from tests.support.signing import ORDER, BrowserKey, give_key, sign_as, signed_campaign
from tests.support.staffing import make_staff
from votesite.domain.decisions import inbox, proposals, signatures
from votesite.domain.ledger.canonical import canonical
from votesite.domain.ledger.changes import Change
from votesite.domain.staff import accounts, signing_keys
from votesite.errors import (
    Forbidden,
    InvalidFields,
    InvalidSignature,
    Lapsed,
    NotFound,
    NotSigner,
    SecondPersonNeeded,
)
from votesite.extensions import db
from votesite.models.decisions import Decision

WHY = "系统升级，预计两小时"
PAUSE = Change("pause", "")
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
MINUTE = timedelta(minutes=1)


class Office:
    """Three people with a key each, and a campaign whose decisions are signed."""

    def __init__(self):
        self.zhou, self.zheng = make_staff("zhou", "editor"), make_staff("zheng", "owner")
        self.qian = make_staff("qian", "supervisor")
        self.keys = {one.id: give_key(one) for one in (self.zhou, self.zheng, self.qian)}
        self.campaign = signed_campaign()

    def propose(self, change=PAUSE, by=None, *, why=WHY, moment=NOON):
        by = by or self.zhou
        return proposals.propose(self.campaign.id, by.id, change, why, clock=at(moment))

    def sign(self, made, staff, *, moment=NOON):
        return sign_as(made, staff, self.keys[staff.id], moment=moment)

    def decide(self, change, first=None, second=None, *, moment=NOON):
        first, second = first or self.zhou, second or self.zheng
        made = self.propose(change, first, moment=moment)
        self.sign(made, first, moment=moment)
        return self.sign(made, second, moment=moment)

    def entries(self):
        return [entry["k"] for entry in entries_of(self.campaign)]


@pytest.fixture
def office(app):
    return Office()


def test_two_signatures_put_it_into_effect_and_stand_in_the_entry(office):
    made = office.propose()
    assert (made.state, office.campaign.paused) == ("unsigned", "")
    office.sign(made, office.zhou)
    assert (made.state, office.campaign.paused) == ("proposed", "")

    office.sign(made, office.zheng)

    assert (made.state, office.campaign.paused, made.n) == ("done", WHY, 1)
    opening, entry = entries_of(office.campaign)
    assert (opening["signed"], len(opening["signers"])) == (1, 3)
    assert (entry["by"], entry["id"]) == ([office.zhou.id, office.zheng.id], made.entry_id)
    assert entry["sigs"] == [made.signature, made.second_signature]


def test_statement_is_the_entry_without_what_is_not_known_yet(office):
    """Entry 0 is not written when they sign; the words are the same when it is."""
    made = office.propose()
    before = signatures.statement(made)
    office.sign(made, office.zhou)
    office.sign(made, office.zheng)
    (_, entry) = entries_of(office.campaign)

    unsigned = {name: entry[name] for name in entry if name not in ("n", "t", "by", "sigs")}
    origin = "localhost:8000/c/xiangzhen-2026"
    assert before == f"votesite-decision/v1\n{origin}\n{canonical(unsigned).decode()}"
    assert signatures.statement(made) == before
    assert json.loads(before.split("\n")[2])["set"] == {"pause": WHY}


def test_nobody_else_sees_an_unsigned_proposal(office):
    made = office.propose()

    assert proposals.of_campaign(office.campaign.id) == []
    assert proposals.waiting(office.campaign.id, now=NOON) == []
    assert proposals.unsigned_of(office.campaign.id, office.zheng.id, now=NOON) == []
    assert proposals.unsigned_of(office.campaign.id, office.zhou.id, now=NOON) == [made]
    for act in (proposals.find, proposals.take_back):
        with pytest.raises(NotFound):
            act(made.id, office.zheng.id)
    with pytest.raises(NotFound):
        office.sign(made, office.zheng)


def test_unsigned_proposal_is_gone_after_an_hour(office):
    made = office.propose()
    late = NOON + HOUR + MINUTE

    assert proposals.unsigned_of(office.campaign.id, office.zhou.id, now=late) == []
    with pytest.raises(Lapsed):
        office.sign(made, office.zhou, moment=late)
    office.propose(Change("withdraw", 1), moment=late)

    assert [one.kind for one in db.session.query(Decision)] == ["withdraw"]


def test_it_can_be_signed_for_an_hour_and_by_the_second_for_a_day(office):
    made = office.propose()

    office.sign(made, office.zhou, moment=NOON + HOUR)
    with pytest.raises(Lapsed):
        office.sign(made, office.zheng, moment=NOON + DAY + MINUTE)
    office.sign(made, office.zheng, moment=NOON + DAY)

    assert made.state == "done"


def test_unsigned_proposal_taken_back_leaves_nothing(office):
    made = office.propose()

    proposals.take_back(made.id, office.zhou.id, clock=at(NOON))

    assert db.session.query(Decision).count() == 0


def other_words(made, key):
    return key.sign(signatures.statement(made).replace("两小时", "三小时"))


def of_another_campaign(made, key):
    return key.sign(signatures.statement(made).replace("xiangzhen-2026", "other"))


def malleable(made, key):
    """r ‖ s of a right signature, in a spelling that stands for the same bytes."""
    right = key.sign(signatures.statement(made))
    return right.rstrip("=")


def beyond_the_order(made, key):
    """The same r and s, the second of them with the curve's order added where it fits."""
    raw = base64.b64decode(key.sign(signatures.statement(made)))
    s = (int.from_bytes(raw[32:]) + ORDER) % 2**256
    return base64.b64encode(raw[:32] + s.to_bytes(32)).decode()


FORGERIES = [
    lambda made, key: "",
    lambda made, key: BrowserKey("forger").sign(signatures.statement(made)),
    other_words,
    of_another_campaign,
    malleable,
    beyond_the_order,
    lambda made, key: key.sign(signatures.statement(made)) + "\n",
    lambda made, key: base64.b64encode(bytes(64)).decode(),
    lambda made, key: "not base64!",
]
NAMES = [
    "missing",
    "forged",
    "other-words",
    "other-campaign",
    "unpadded",
    "order",
    "newline",
    "zero",
    "letters",
]


@pytest.mark.parametrize("forge", FORGERIES, ids=NAMES)
def test_wrong_first_signature_changes_nothing(office, forge):
    made = office.propose()
    forged = forge(made, office.keys[office.zhou.id])
    with pytest.raises(InvalidSignature):
        proposals.sign(made.id, office.zhou.id, forged, clock=at(NOON))

    assert (made.state, made.signature) == ("unsigned", "")


@pytest.mark.parametrize("forge", FORGERIES, ids=NAMES)
def test_wrong_second_signature_changes_nothing(office, forge):
    made = office.propose()
    office.sign(made, office.zhou)
    forged = forge(made, office.keys[office.zheng.id])
    with pytest.raises(InvalidSignature):
        proposals.sign(made.id, office.zheng.id, forged, clock=at(NOON))

    db.session.expire_all()
    assert (made.state, made.second_signature, office.campaign.paused) == ("proposed", "", "")
    assert office.entries() == []


def test_the_first_signature_is_no_second_one(office):
    made = office.propose()
    office.sign(made, office.zhou)

    with pytest.raises(InvalidSignature):
        proposals.sign(made.id, office.zheng.id, made.signature, clock=at(NOON))
    with pytest.raises(SecondPersonNeeded):
        office.sign(made, office.zhou)

    assert office.entries() == []


def test_one_person_with_two_keys_is_one_person(office):
    second = give_key(office.zhou, "phone")
    made = office.propose()
    office.sign(made, office.zhou)

    with pytest.raises(SecondPersonNeeded):
        sign_as(made, office.zhou, second)
    with pytest.raises(InvalidSignature):
        sign_as(made, office.zheng, second)


def test_confirming_without_a_signature_is_not_enough(office):
    made = office.propose()
    office.sign(made, office.zhou)

    with pytest.raises(InvalidSignature):
        proposals.confirm(made.id, office.zheng.id, clock=at(NOON))
    with pytest.raises(NotFound):
        proposals.confirm(made.id, office.zheng.id, on_screen_of=office.zhou.id, clock=at(NOON))

    assert office.entries() == []


def test_nothing_is_signed_where_it_is_not_asked_for(app):
    zhou, zheng = make_staff("zhou", "editor"), make_staff("zheng", "editor")
    key = give_key(zhou)
    plain = make_campaign()
    made = proposals.propose(plain.id, zhou.id, PAUSE, WHY, clock=at(NOON))

    with pytest.raises(InvalidSignature):
        sign_as(made, zheng, key)
    proposals.confirm(made.id, zheng.id, clock=at(NOON))

    assert entries_of(plain)[1]["sigs"] == ["", ""]


def test_what_has_changed_meanwhile_lapses(office):
    slow = office.propose()
    office.decide(PAUSE, office.zheng, office.qian)

    with pytest.raises(Lapsed):
        office.sign(slow, office.zhou)

    assert office.entries() == ["open", "rule"]


def test_second_of_two_that_say_the_same_lapses(office):
    one, other = office.propose(), office.propose(by=office.zheng)
    office.sign(one, office.zhou)

    with pytest.raises(Lapsed):
        office.sign(other, office.zheng)


def test_end_that_has_passed_lapses(office):
    soon = NOON + timedelta(minutes=30)
    made = office.propose(Change("to", soon.isoformat(timespec="minutes")))
    office.sign(made, office.zhou)

    with pytest.raises(Lapsed):
        office.sign(made, office.zheng, moment=soon + MINUTE)


def test_key_removed_before_entry_0_signs_no_more(office):
    made = office.propose()
    (key,) = signing_keys.keys_of(office.zhou.id)
    signing_keys.remove(key.id, by=office.zhou.id)

    with pytest.raises(NotSigner):
        office.sign(made, office.zhou)


def test_lost_browser_signs_no_more_though_the_ledger_still_knows_it(office):
    office.decide(Change("withdraw", 1))
    made = office.propose()
    (lost,) = signing_keys.keys_of(office.zhou.id)
    signing_keys.remove(lost.id, by=office.zhou.id)

    assert signatures.keys_in_force(office.campaign.id, office.zhou.id, now=NOON) == []
    with pytest.raises(InvalidSignature):
        office.sign(made, office.zhou)


def test_proposer_whose_browser_is_lost_before_the_second_signs_has_not_signed(office):
    office.decide(Change("withdraw", 1))
    made = office.propose()
    office.sign(made, office.zhou)
    (lost,) = signing_keys.keys_of(office.zhou.id)
    signing_keys.remove(lost.id, by=office.zhou.id)

    with pytest.raises(Lapsed):
        office.sign(made, office.zheng)

    assert office.campaign.paused == ""


def test_proposer_whose_key_was_replaced_before_the_second_signs_has_not_signed(office):
    office.decide(Change("withdraw", 1))
    made = office.propose()
    office.sign(made, office.zhou)
    (key,) = signing_keys.keys_of(office.zhou.id)
    signing_keys.remove(key.id, by=office.zhou.id)
    give_key(office.zhou, "new browser")
    office.decide(Change("signer", office.zhou.id), office.zheng, office.qian)

    with pytest.raises(Lapsed):
        office.sign(made, office.zheng)

    assert office.campaign.paused == ""


def test_new_key_signs_only_after_24_hours(office):
    office.decide(Change("withdraw", 1))
    phone = give_key(office.zhou, "phone")
    office.decide(Change("signer", office.zhou.id), office.zheng, office.qian)
    made = office.propose(moment=NOON + DAY - MINUTE)

    with pytest.raises(InvalidSignature):
        sign_as(made, office.zhou, phone, moment=NOON + DAY - MINUTE)
    sign_as(made, office.zhou, phone, moment=NOON + DAY)

    assert made.state == "proposed"


def test_colleague_invented_a_minute_ago_is_no_second_person(office):
    office.decide(Change("withdraw", 1))
    made = office.propose()
    office.sign(made, office.zhou)
    invented = make_staff("invented", "owner")
    key = give_key(invented)

    with pytest.raises(NotSigner):
        sign_as(made, invented, key)
    office.decide(Change("signer", invented.id))
    with pytest.raises(NotSigner):
        sign_as(made, invented, key, moment=NOON + DAY - MINUTE)
    sign_as(made, invented, key, moment=NOON + DAY)

    assert made.state == "done"


def test_signer_and_drop_are_for_two_others(office):
    with pytest.raises(InvalidFields) as refusal:
        office.propose(Change("signer", office.zhou.id))
    assert refusal.value.fields["staff"].code == "not-oneself"
    made = office.propose(Change("drop", office.zheng.id))
    office.sign(made, office.zhou)

    assert inbox.waiting_for(office.zheng.id, now=NOON) == []
    assert inbox.waiting_for(office.qian.id, now=NOON) == [made]
    with pytest.raises(Forbidden):
        office.sign(made, office.zheng)
    office.sign(made, office.qian)

    assert entries_of(office.campaign)[-1]["staff"] == office.zheng.id


def test_two_signers_stay(office):
    office.decide(Change("drop", office.qian.id))

    with pytest.raises(InvalidFields) as refusal:
        office.propose(Change("drop", office.zheng.id))

    assert refusal.value.fields["staff"].code == "last-signers"


@pytest.mark.parametrize(
    ("name", "roles", "has_key", "code"),
    [
        ("auditor", ["auditor"], True, "unknown-choice"),
        ("nobody", [], True, "unknown-choice"),
        ("keyless", ["editor"], False, "no-key-yet"),
        ("qian", None, True, "signs-already"),
    ],
)
def test_who_cannot_become_a_signer(office, name, roles, has_key, code):
    staff = office.qian if roles is None else make_staff(name, *roles)
    if has_key and roles is not None:
        give_key(staff)

    with pytest.raises(InvalidFields) as refusal:
        office.propose(Change("signer", staff.id))

    assert refusal.value.fields["staff"].code == code


def test_who_looks_after_accounts_signs_about_signers_alone(office):
    keeper = make_staff("keeper", "accounts")
    office.keys[keeper.id] = give_key(keeper)
    office.decide(Change("withdraw", 1))
    invented = make_staff("new", "editor")
    give_key(invented)

    with pytest.raises(Forbidden):
        office.propose(by=keeper)
    office.decide(Change("signer", invented.id), keeper, office.zheng)

    assert office.entries() == ["open", "rule", "signer"]


def test_closed_account_signs_nothing(office):
    make_staff("root", "owner")
    made = office.propose()
    office.sign(made, office.zhou)
    accounts.close(office.zhou.id, by=office.zheng.id)

    with pytest.raises(Lapsed):
        office.sign(made, office.zheng)


def test_where_nothing_is_signed_a_newcomer_is_listed_without_keys(app):
    zhou, zheng = make_staff("zhou", "editor"), make_staff("zheng", "editor")
    plain = make_campaign()
    cast_ballot(plain, 1, 1)
    third = make_staff("third", "supervisor")
    give_key(third)
    made = proposals.propose(
        plain.id, zhou.id, Change("signer", third.id), "新来的", clock=at(NOON)
    )

    proposals.confirm(made.id, zheng.id, clock=at(NOON))

    assert entries_of(plain, "signer")[0]["keys"] == []
    pause = proposals.propose(plain.id, zhou.id, PAUSE, WHY, clock=at(NOON))
    with pytest.raises(NotSigner):
        proposals.confirm(pause.id, third.id, clock=at(NOON))
