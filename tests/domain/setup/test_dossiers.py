"""Dossiers as staff edit them: names until the freeze, texts and pictures always."""

from datetime import timedelta

import pytest

from tests.support.factories import NOON, OPENS, at, make_campaign
from tests.support.staffing import make_staff, png
from tests.support.surveys import EACH, make_survey
from votesite.clock import minute
from votesite.domain import audit, edits
from votesite.domain.campaigns.publishing import PublishFaults
from votesite.domain.candidates import listing, versions
from votesite.domain.candidates.fields import MAX_CANDIDATES
from votesite.domain.setup import dossiers
from votesite.domain.setup.dossiers import PictureEdits
from votesite.errors import BadPicture, Conflict, Fault, Frozen, InvalidFields
from votesite.extensions import db, writing
from votesite.models.candidates import Medium

BEFORE = OPENS - timedelta(days=2)


@pytest.fixture
def editor(app):
    return make_staff("zhou", "editor").id


def fields(**changes):
    return {"no": None, "name": "青禾镇", "category": "城郊乡镇", "dossier": {}, **changes}


def first(campaign):
    return listing.candidate_numbered(campaign.id, 1)


def test_new_candidate_takes_the_lowest_free_number(app, editor):
    campaign = make_campaign(candidates=4)
    dossiers.remove(listing.candidate_numbered(campaign.id, 2).id, by=editor, clock=at(BEFORE))

    made = dossiers.add(campaign.id, fields(), by=editor, clock=at(BEFORE))

    assert (made.no, made.name) == (2, "青禾镇")


def test_no_more_candidates_than_a_tally_has_room_for(app, editor):
    campaign = make_campaign(published=False, candidates=MAX_CANDIDATES - 1)

    dossiers.add(campaign.id, fields(), by=editor, clock=at(BEFORE))
    with pytest.raises(InvalidFields) as refused:
        dossiers.add(campaign.id, fields(name="白石镇"), by=editor, clock=at(BEFORE))

    assert refused.value.fields == {"name": Fault("too-many-candidates", n=2000)}
    assert listing.how_many(campaign.id) == 2000


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "第1镇"}, "name"),
        ({"name": "长" * 61}, "name"),
        ({"name": "青\x07禾"}, "name"),
        ({"no": 1}, "no"),
        ({"no": 10000}, "no"),
        ({"category": "别的"}, "category"),
        ({"level": "省级"}, "level"),
        ({"slogan": "长" * 201}, "slogan"),
        ({"dossier": {"service": "长" * 20001}}, "service"),
    ],
)
def test_candidate_with_a_fault_is_refused(app, editor, changes, field):
    campaign = make_campaign(candidates=3)

    with pytest.raises(InvalidFields) as refusal:
        dossiers.add(campaign.id, fields(**changes), by=editor, clock=at(BEFORE))

    assert list(refusal.value.fields) == [field]
    assert len(listing.candidates_of(campaign.id)) == 3


def test_dossier_edited_while_voting_says_when_and_who_is_in_the_audit_log(app, editor):
    campaign = make_campaign()

    dossiers.edit(
        first(campaign).id,
        {"summary": "一件事一次办", "dossier": {"service": "**12** 项"}},
        by=editor,
        clock=at(NOON),
    )

    assert first(campaign).summary == "一件事一次办"
    assert first(campaign).dossier == {"service": "**12** 项"}
    assert first(campaign).updated_at == minute(NOON)
    (line,) = audit.entries([campaign.id])
    assert (line.staff_id, line.action, line.fields) == (editor, "edit", "dossier summary")


@pytest.mark.parametrize(
    "changes",
    [{"name": "新名字"}, {"no": 9}, {"category": "城郊乡镇"}, {"region": "上游县"}],
)
def test_names_and_numbers_are_frozen_while_voting(app, editor, changes):
    campaign = make_campaign()

    with pytest.raises(Frozen):
        dossiers.edit(first(campaign).id, changes, by=editor, clock=at(NOON))


def test_nobody_is_added_or_removed_while_voting(app, editor):
    campaign = make_campaign()

    with pytest.raises(Frozen):
        dossiers.add(campaign.id, fields(), by=editor, clock=at(NOON))
    with pytest.raises(Frozen):
        dossiers.remove(first(campaign).id, by=editor, clock=at(NOON))


def test_saving_the_same_again_is_no_update(app, editor):
    campaign = make_campaign()

    dossiers.edit(first(campaign).id, {"name": "第1镇", "summary": ""}, by=editor, clock=at(NOON))

    assert first(campaign).updated_at is None


def put_up(campaign, editor, *files, no=1):
    """Pictures of a candidate, by their tokens."""
    added = PictureEdits(added=[(content, "镇.png") for content in files])
    one = listing.candidate_numbered(campaign.id, no)
    return dossiers.edit(one.id, {}, edited=added, by=editor, clock=at(NOON)).images


def test_picture_is_added_and_taken_down(app, editor):
    campaign = make_campaign()
    (token,) = put_up(campaign, editor, png())

    down = PictureEdits(removed=token)
    dossiers.edit(first(campaign).id, {}, edited=down, by=editor, clock=at(NOON))

    assert first(campaign).images == []
    assert db.session.get(Medium, token) is None


def test_pictures_are_moved_and_the_first_is_the_cover(app, editor):
    campaign = make_campaign()
    one, two, three = put_up(campaign, editor, png(), png(), png())

    orders = []
    for move in ((three, -1), (one, 1), (two, -9), (two, 9), ("0" * 32, 1)):
        edited = PictureEdits(move=move)
        found = dossiers.edit(first(campaign).id, {}, edited=edited, by=editor, clock=at(NOON))
        orders.append(list(found.images))

    assert orders == [
        [one, three, two],
        [three, one, two],
        [two, three, one],
        [three, one, two],
        [three, one, two],
    ]


def test_two_editors_add_take_down_and_caption_at_the_same_time(app, editor):
    """Each names tokens, so nobody's list overwrites another's."""
    campaign = make_campaign()
    one, two = put_up(campaign, editor, png(), png())
    values = dossiers.values_of(campaign, first(campaign))
    seen = edits.marks(values)
    captions = {"captions": {one: "大厅", two: "广场"}}

    dossiers.edit(
        first(campaign).id, {}, edited=PictureEdits(removed=one), by=editor, clock=at(NOON)
    )
    added = PictureEdits(added=[(png(), "三.png")])
    found = dossiers.edit(
        first(campaign).id, captions, edited=added, seen=seen, by=editor, clock=at(NOON)
    )

    assert (found.images[0], len(found.images)) == (two, 2)
    assert db.session.get(Medium, two).alt == "广场"


@pytest.mark.parametrize(
    ("content", "reason"), [(b"GIF89a", "not-a-picture"), (png((60, 60)), "too-small")]
)
def test_file_that_cannot_be_shown_is_refused_and_nothing_is_saved(app, editor, content, reason):
    campaign = make_campaign()
    edited = PictureEdits(added=[(png(), "a.png"), (content, "b")])

    with pytest.raises(BadPicture) as refusal:
        dossiers.edit(
            first(campaign).id, {"summary": "新"}, edited=edited, by=editor, clock=at(NOON)
        )

    assert refusal.value.reason == reason
    assert (first(campaign).summary, first(campaign).images) == ("", [])


def test_more_pictures_than_a_dossier_shows_are_refused(app, editor):
    campaign = make_campaign()

    with pytest.raises(InvalidFields) as refusal:
        put_up(campaign, editor, *[png((200, 200))] * (dossiers.MAX_PICTURES + 1))

    assert refusal.value.fields["pictures"].code == "too-many"


def test_picture_of_another_candidate_cannot_be_taken_down(app, editor):
    campaign = make_campaign()
    (token,) = put_up(campaign, editor, png())
    other = listing.candidate_numbered(campaign.id, 2)

    down = PictureEdits(removed=token, move=(token, 1))
    dossiers.edit(other.id, {"captions": {token: "偷"}}, edited=down, by=editor, clock=at(NOON))

    assert first(campaign).images == [token]
    assert db.session.get(Medium, token).alt == "第1镇"


@pytest.mark.parametrize("name", ["第１镇", " 第1镇 ", "第1镇。", "第 1 镇"])
def test_name_that_reads_like_another_is_taken(app, editor, name):
    campaign = make_campaign(candidates=2)

    with pytest.raises(InvalidFields) as refusal:
        dossiers.edit(
            listing.candidate_numbered(campaign.id, 2).id,
            {"name": name},
            by=editor,
            clock=at(BEFORE),
        )

    assert refusal.value.fields["name"].code == "taken"


def test_texts_of_a_criterion_that_nobody_names_any_more_stay(app, editor):
    """Whatever a form shows or changes, it never erases what it did not show."""
    campaign = make_campaign(candidates=1)
    with writing():
        one = db.session.merge(first(campaign))
        one.dossier = {"openness": "旧维度的文字", "service": "服务"}

    values = dossiers.values_of(campaign, first(campaign))
    seen = edits.marks(values)
    for fields, marks in (
        ({"slogan": "办事快"}, ""),
        ({**values, "summary": "简介"}, seen),
        ({"dossier": {"service": ""}}, ""),
    ):
        dossiers.edit(first(campaign).id, fields, by=editor, seen=marks, clock=at(NOON))

    assert first(campaign).dossier == {"openness": "旧维度的文字"}


FIELDS = ("name", "level", "region", "slogan", "summary")


@pytest.mark.parametrize("field", [*FIELDS, "service"])
def test_two_editors_lose_nothing_in_any_field(app, editor, field):
    campaign = make_campaign(candidates=1)
    seen = edits.marks(dossiers.values_of(campaign, first(campaign)))
    theirs, mine = ("市级", "县级") if field == "level" else ("甲处", "乙处")

    def fields_with(text):
        values = dossiers.values_of(campaign, first(campaign)) if text == theirs else base
        return (
            {**values, "dossier": {"service": text}}
            if field == "service"
            else {**values, field: text}
        )

    base = dossiers.values_of(campaign, first(campaign))
    one = first(campaign).id
    dossiers.edit(one, fields_with(theirs), by=editor, seen=seen, clock=at(BEFORE))
    other = next(name for name in FIELDS if name not in (field, "name", "level"))
    dossiers.edit(one, {**base, other: "另一处"}, by=editor, seen=seen, clock=at(BEFORE))

    with pytest.raises(Conflict) as asked:
        dossiers.edit(one, fields_with(mine), by=editor, seen=seen, clock=at(BEFORE))

    name = "dossier.service" if field == "service" else field
    assert asked.value.fields == {name: (theirs, mine)}
    assert asked.value.values[other] == "另一处"


@pytest.mark.parametrize("name", ["白  水乡", "白\u200b水乡", "★"])
def test_frozen_name_stays_to_the_letter_whatever_rules_have_come_since(app, editor, name):
    campaign = make_campaign()
    with writing():
        listing.candidate_numbered(campaign.id, 1).name = name
    candidate = listing.candidate_numbered(campaign.id, 1)

    dossiers.edit(candidate.id, {"slogan": "新口号"}, by=editor, clock=at(NOON))

    db.session.expire_all()
    assert (candidate.name, candidate.slogan) == (name, "新口号")


def test_nobody_is_added_whom_a_questionnaire_could_not_ask_about(app, editor):
    campaign = make_campaign(candidates=249)
    make_survey(campaign, *({**EACH, "id": f"e{n}"} for n in range(4)))
    new = {"no": None, "name": "新来镇", "category": "城郊乡镇", "dossier": {}}

    with pytest.raises(PublishFaults) as refused:
        dossiers.add(campaign.id, new, by=editor, clock=at(BEFORE))

    assert list(refused.value.fields) == ["surveys"]
    assert listing.how_many(campaign.id) == 249


def kept(campaign):
    """What was kept of the changes of candidate 1: (minute, part, former, later)."""
    return [
        (change.at, row.part, row.former, row.later)
        for change in versions.changes_of(first(campaign).id)
        for row in change.parts
    ]


def test_changes_during_the_vote_are_public(app, editor):
    """Each with the former text; before the freeze nobody has voted for anything yet."""
    campaign = make_campaign()
    one = first(campaign).id
    dossiers.edit(one, {"summary": "草稿"}, by=editor, clock=at(BEFORE))
    assert kept(campaign) == []

    texts = {"summary": "请投一号", "dossier": {"service": "**12** 项"}}
    dossiers.edit(one, texts, by=editor, clock=at(NOON))
    dossiers.edit(one, {**texts, "region": ""}, by=editor, clock=at(NOON))
    later = NOON + timedelta(minutes=5)
    dossiers.edit(one, {"summary": "草稿"}, by=editor, clock=at(later))

    assert kept(campaign) == [
        (minute(NOON), "summary", "草稿", "请投一号"),
        (minute(NOON), "dossier.service", "", "**12** 项"),
        (minute(later), "summary", "请投一号", "草稿"),
    ]


def test_pictures_put_up_moved_named_and_taken_down_during_the_vote_are_public(app, editor):
    campaign = make_campaign()
    one, two = put_up(campaign, editor, png(), png())
    candidate = first(campaign).id

    for edited in (PictureEdits(move=(two, -1)), PictureEdits(removed=one)):
        fields = {"captions": {one: "大厅"}} if edited.move[0] else {}
        dossiers.edit(candidate, fields, edited=edited, by=editor, clock=at(NOON))

    assert [row[1:] for row in kept(campaign)] == [
        ("picture-up", "", "第1镇"),
        ("picture-up", "", "第1镇"),
        ("caption", "第1镇", "大厅"),
        ("order", "", "2 1"),
        ("picture-down", "大厅", ""),
    ]


def test_refused_edit_leaves_no_version(app, editor):
    campaign = make_campaign()

    with pytest.raises(InvalidFields):
        dossiers.edit(first(campaign).id, {"slogan": "长" * 201}, by=editor, clock=at(NOON))

    assert kept(campaign) == []
