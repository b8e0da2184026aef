"""Setting up: the same checks as the campaign folder's, section by section, until the freeze."""

from datetime import timedelta

import pytest

from tests.support.factories import CLOSES, NOON, OPENS, at, make_campaign
from tests.support.staffing import make_staff, png
from tests.support.verifier_keys import verifier_key
from votesite.domain import audit, edits, keys
from votesite.domain.campaigns import presets, publishing
from votesite.domain.candidates import listing
from votesite.domain.decisions import proposals
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.opening import write_open
from votesite.domain.setup import dossiers, steps
from votesite.domain.voting import roster
from votesite.errors import Conflict, Frozen, InvalidFields
from votesite.extensions import db, writing

BEFORE = OPENS - timedelta(days=2)


@pytest.fixture
def editor(app):
    return make_staff("zhou", "editor").id


def save(campaign, editor, moment=BEFORE, **changes):
    return steps.save(campaign.id, changes, by=editor, clock=at(moment))


def test_new_draft_has_keys_and_the_defaults_of_the_folder(app, editor):
    made = steps.create("xin-2026", "新活动", "推选", by=editor, clock=at(BEFORE))

    assert not made.is_published
    assert made.weights == dict(presets.WEIGHT_DEFAULTS)
    assert {key: made.ballot[key] for key in ("min_batch", "quiet")} == {
        "min_batch": 20,
        "quiet": 60,
    }
    assert len(keys.campaign_key(made.id, "opening")) == 32


def test_new_draft_proposes_signatures_and_figures_once_a_day(app, editor):
    made = steps.create("xin-2026", "新活动", "推选", by=editor, clock=at(BEFORE))

    assert (made.signed, made.results) == (True, "daily 18:00")


@pytest.mark.parametrize(
    ("slug", "title", "wording", "field"),
    [
        ("Xin", "新活动", "推选", "slug"),
        ("xi", "新活动", "推选", "slug"),
        ("", "新活动", "推选", "slug"),
        ("xin-2026", " ", "推选", "title"),
        ("xin-2026", "新活动", "选美", "wording"),
    ],
)
def test_draft_with_a_fault_is_not_begun(app, editor, slug, title, wording, field):
    with pytest.raises(InvalidFields) as refusal:
        steps.create(slug, title, wording, by=editor)

    assert list(refusal.value.fields) == [field]


def test_address_is_taken_once(app, editor):
    make_campaign(slug="xin-2026")

    with pytest.raises(InvalidFields) as refusal:
        steps.create("xin-2026", "新活动", "推选", by=editor)

    assert refusal.value.fields["slug"].code == "taken"


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"title": " "}, "title"),
        ({"schedule": {"voting": ["2026-11-12 09:00", "2026-11-12 09:00"]}}, "schedule.voting"),
        ({"schedule": {"voting": ["2026-11-12 09:00", ""]}}, "schedule.voting"),
        ({"schedule": {}}, "schedule.voting"),
        ({"results": "daily 25:00"}, "results"),
        ({"categories": []}, "categories"),
        ({"categories": [{"name": "城郊乡镇", "seats": "x"}]}, "categories[1].seats"),
        ({"criteria": [{"key": "a", "name": "甲", "weight": 90}]}, "criteria"),
        ({"void_rules": [{"id": "R1", "text": ""}]}, "void_rules[1].text"),
        ({"approval": {}}, "approval"),
        ({"organisers": {"host": []}}, "organisers.host"),
    ],
)
def test_fault_of_a_section_is_named_by_its_key_and_nothing_is_stored(app, editor, changes, key):
    campaign = make_campaign(published=False)
    before = steps.as_toml(campaign)

    with pytest.raises(InvalidFields) as refusal:
        save(campaign, editor, **changes)

    assert key in refusal.value.fields
    assert steps.as_toml(campaign) == before


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"picks": [3, 1]}, "ballot.picks"),
        ({"picks": ["", ""]}, "ballot.picks"),
        ({"ballots": 0}, "ballot.ballots"),
        ({"hours": ["22:00", "08:00"]}, "ballot.hours"),
        ({"min_batch": 0}, "ballot.min_batch"),
    ],
)
def test_fault_of_the_ballot_rules_is_named(app, editor, changes, key):
    campaign = make_campaign(published=False)

    with pytest.raises(InvalidFields) as refusal:
        save(campaign, editor, ballot={**campaign.ballot, **changes})

    assert list(refusal.value.fields) == [key]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"signed": "yes"}, "signed"),
        ({"electorate": {"population": 9, "source": ""}}, "electorate.source"),
        ({"audit": {"auditors": ["abc"], "quorum": 0}}, "audit.auditors"),
        ({"audit": {"auditors": [], "quorum": 1}}, "audit.quorum"),
        (
            {"audit": {"auditors": [verifier_key("x/c/xiangzhen-2026")], "quorum": 0}},
            "audit.auditors",
        ),
    ],
)
def test_fault_of_the_oversight_is_named(app, editor, changes, key):
    campaign = make_campaign(published=False)

    with pytest.raises(InvalidFields) as refusal:
        save(campaign, editor, **changes)

    assert list(refusal.value.fields) == [key]


def test_oversight_is_frozen_with_the_rules(app, editor):
    campaign = make_campaign()

    with pytest.raises(Frozen):
        save(campaign, editor, NOON, signed=True)
    with pytest.raises(Frozen):
        save(campaign, editor, NOON, electorate={"population": 9, "source": "花名册"})


def test_category_with_candidates_cannot_go(app, editor):
    campaign = make_campaign(published=False)

    with pytest.raises(InvalidFields) as refusal:
        save(campaign, editor, categories=[{"name": "城郊乡镇", "seats": 5}])

    assert refusal.value.fields["categories"].detail == {"name": "山区乡镇", "n": 3}


def test_draft_takes_every_section(app, editor):
    campaign = make_campaign(published=False)

    save(
        campaign,
        editor,
        theme="我心中的十佳乡镇",
        schedule={"voting": ["2026-11-13 09:00", "2026-12-01 18:00"]},
        results="hidden",
        weights={**presets.WEIGHT_DEFAULTS, "public": 60, "expert": 40},
    )

    assert campaign.theme == "我心中的十佳乡镇"
    assert campaign.schedule == {"voting": ["2026-11-13T09:00+08:00", "2026-12-01T18:00+08:00"]}
    assert (campaign.results, campaign.weights["expert"]) == ("hidden", 40)
    (line, *_) = audit.entries([campaign.id])
    assert (line.action, line.fields) == ("edit", "results schedule theme weights")


def test_same_values_change_nothing(app, editor):
    campaign = make_campaign()

    save(campaign, editor, **steps.as_toml(campaign))

    assert audit.entries([campaign.id]) == []


FROZEN = [
    {"title": "另一个名字"},
    {"schedule": {"voting": ["2026-11-12 09:00", "2026-12-31 18:00"]}},
    {"results": "hidden"},
    {"void_rules": [{"id": "R2", "text": "新规则"}]},
    {"categories": [{"name": "城郊乡镇"}, {"name": "山区乡镇"}, {"name": "新"}]},
]


@pytest.mark.parametrize("changes", FROZEN)
def test_frozen_settings_change_by_decision_only_once_voting_begins(app, editor, changes):
    with pytest.raises(Frozen):
        save(make_campaign(), editor, NOON, **changes)


@pytest.mark.parametrize("changes", FROZEN)
def test_frozen_settings_change_by_decision_only_once_the_ledger_is_open(app, editor, changes):
    campaign = make_campaign()
    proposals.open_ledger(campaign.id, editor, clock=at(BEFORE))

    with pytest.raises(Frozen):
        save(campaign, editor, BEFORE, **changes)


def test_texts_colour_and_telephones_stay_editable(app, editor):
    campaign = make_campaign()
    organisers = {**campaign.organisers, "phone": "0800-7777777"}

    save(campaign, editor, NOON, theme="新主题", colour="blue", organisers=organisers)

    assert (campaign.theme, campaign.colour) == ("新主题", "blue")
    assert campaign.organisers["phone"] == "0800-7777777"
    with pytest.raises(Frozen):
        save(campaign, editor, NOON, organisers={**organisers, "host": ["别的单位"]})


def test_published_campaign_stays_fit_for_it(app, editor):
    campaign = make_campaign()

    with pytest.raises(publishing.PublishFaults):
        save(campaign, editor, ballot={**campaign.ballot, "picks": [1, 20]})


def test_later_end_before_the_freeze_needs_no_decision(app, editor):
    campaign = make_campaign()

    save(campaign, editor, schedule={"voting": ["2026-11-12 09:00", "2026-12-20 18:00"]})

    assert campaign.closes_at > CLOSES


@pytest.mark.parametrize(
    ("window", "problem"),
    [
        (["2026-12-13 09:00", "2026-12-12 18:00"], "reversed"),
        (["", "2026-12-30 18:00"], "no-beginning"),
        (["2026-12-13 09:00", ""], "no-end"),
        (["2026-12-13", "2026-12-30 18:00"], "not-a-moment"),
        (["2026-11-20 09:00", "2026-12-30 18:00"], "too-early"),
    ],
)
def test_each_window_of_the_schedule_has_its_own_fault(app, editor, window, problem):
    campaign = make_campaign(published=False)
    voting = steps.as_toml(campaign)["schedule"]["voting"]

    with pytest.raises(InvalidFields) as refusal:
        save(campaign, editor, schedule={"voting": voting, "notice": window})

    assert {key: fault.detail["problem"] for key, fault in refusal.value.fields.items()} == {
        "schedule.notice": problem
    }


def test_criterion_with_texts_under_it_cannot_go(app, editor):
    campaign = make_campaign(published=False)
    fields = {"dossier": {"service": "服务"}}
    one = listing.candidate_numbered(campaign.id, 1)
    dossiers.edit(one.id, fields, by=editor, clock=at(BEFORE))

    for criteria in ([], [{"key": "openness", "name": "公开", "weight": 100}]):
        with pytest.raises(InvalidFields) as refusal:
            save(campaign, editor, criteria=criteria)
        assert refusal.value.fields["criteria"].detail == {"name": "服务质量", "n": 1}
    save(campaign, editor, criteria=[{"key": "service", "name": "为民服务", "weight": 100}])

    assert campaign.criteria[0]["name"] == "为民服务"


def test_nothing_is_promised_that_is_not_computed(app, editor):
    """Experts need criteria to judge by, in whichever step either is changed, and to publish."""
    made = steps.create("xin-2026", "新活动", "推选", by=editor, clock=at(BEFORE))
    with_experts = {**made.weights, "public": 50, "expert": 50}
    criteria = [{"key": "service", "name": "服务", "weight": 100}]

    with pytest.raises(InvalidFields) as first:
        save(made, editor, weights=with_experts)
    save(made, editor, criteria=criteria)
    save(made, editor, weights=with_experts)
    with pytest.raises(InvalidFields) as second:
        save(made, editor, criteria=[])

    assert (made.weights["public"], made.weights["expert"]) == (50, 50)
    for refusal in (first, second):
        assert list(refusal.value.fields) == ["weights.expert"]
    with writing():
        db.session.merge(made).criteria = []
    assert steps.missing(made, BEFORE)["weights.expert"].code == "needs-criteria"


def test_no_step_is_done_before_somebody_has_saved_it(app, editor):
    """Defaults and a declaration that nobody has made are no step."""
    made = steps.create("xin-2026", "新活动", "推选", by=editor, clock=at(BEFORE))
    begun = steps.unsaved_steps(made)

    save(made, editor, **{key: steps.as_toml(made)[key] for key in steps.STEPS["look"]})
    save(made, editor, results="hidden")

    assert begun == frozenset(steps.STEPS)
    assert made.fee_free is False
    assert begun - steps.unsaved_steps(made) == {"look", "rules"}
    assert steps.unsaved_steps(make_campaign()) == frozenset()


def test_two_uploads_of_a_cover_do_not_replace_each_other_unseen(app, editor):
    campaign = make_campaign(published=False)
    seen = steps.marks(campaign, "look")
    upload = {"cover": (png(), "a.png"), "by": editor, "clock": at(BEFORE)}
    steps.save(campaign.id, {"colour": "blue"}, seen=seen, **upload)

    with pytest.raises(Conflict) as refusal:
        steps.save(campaign.id, {"colour": "red"}, seen=seen, **upload)

    assert "cover" in refusal.value.fields


def set_roster(campaign, labels, editor, moment=BEFORE, **more):
    return steps.set_roster(campaign.id, labels, by=editor, clock=at(moment), **more)


def test_two_editors_of_the_roster_lose_nobody(app, editor):
    campaign = make_campaign(eligibility="roster")
    set_roster(campaign, ["张三"], editor)
    seen = edits.marks({"labels": ["张三"]})
    set_roster(campaign, ["张三", "李四"], editor, seen=seen)

    with pytest.raises(Conflict) as refusal:
        set_roster(campaign, ["张三", "王五"], editor, seen=seen)

    assert refusal.value.fields == {"labels": (["张三", "李四"], ["张三", "王五"])}
    assert roster.labels_of(campaign.id) == ["张三", "李四"]


def test_codes_are_voided_only_with_consent_and_the_log_counts_them(app, editor):
    campaign = make_campaign(eligibility="roster")
    set_roster(campaign, ["张三", "李四", "王五"], editor)

    with pytest.raises(InvalidFields) as refusal:
        set_roster(campaign, ["张三"], editor, voiding=1)
    kept = roster.labels_of(campaign.id)
    set_roster(campaign, ["张三", "赵六"], editor, voiding=2)

    assert refusal.value.fields["voiding"].detail == {"n": 2}
    assert kept == ["张三", "李四", "王五"]
    assert roster.labels_of(campaign.id) == ["张三", "赵六"]
    assert audit.entries([campaign.id])[0].fields == "new:1 void:2"


def test_the_same_roster_sent_twice_is_no_conflict(app, editor):
    campaign = make_campaign(eligibility="roster")
    set_roster(campaign, ["张三", "李四"], editor)
    seen = edits.marks({"labels": ["张三", "李四"]})
    set_roster(campaign, ["张三", "王五", "李四"], editor, seen=seen)

    assert set_roster(campaign, ["张三", "王五", "李四"], editor, seen=seen) == []


def test_roster_is_locked_once_voting_has_begun_or_the_ledger_is_open(app, editor):
    campaign = make_campaign(eligibility="roster")
    set_roster(campaign, ["张三"], editor)

    with pytest.raises(Frozen):
        set_roster(campaign, ["张三", "李四"], editor, OPENS)
    with writing() as tx:
        write_open(open_log(tx, campaign.id), BEFORE)
    with pytest.raises(Frozen):
        set_roster(campaign, ["张三", "李四"], editor)

    assert roster.labels_of(campaign.id) == ["张三"]


@pytest.mark.parametrize("again", ["张三", " 张三 ", "ＡＢ", "ab"])
def test_nobody_is_on_the_roster_twice(app, editor, again):
    campaign = make_campaign(eligibility="roster")

    with pytest.raises(InvalidFields) as refusal:
        set_roster(campaign, ["张三", "AB", again], editor)

    assert refusal.value.fields["labels"].code == "roster-twice"
    assert refusal.value.fields["labels"].detail["row"] == 3
    assert roster.labels_of(campaign.id) == []


def test_roster_of_a_published_campaign_is_not_emptied(app, editor):
    campaign = make_campaign(eligibility="roster")
    set_roster(campaign, ["张三"], editor)

    with pytest.raises(InvalidFields) as refusal:
        set_roster(campaign, [], editor, voiding=1)

    assert refusal.value.fields["labels"].code == "missing"
    assert roster.labels_of(campaign.id) == ["张三"]
