"""Dossiers as staff edit them: names until the freeze, texts and pictures always."""

from datetime import timedelta

import pytest

from tests.support.factories import NOON, OPENS, at, make_campaign
from tests.support.staffing import make_staff, png
from votesite.clock import minute
from votesite.domain import audit
from votesite.domain.candidates import listing
from votesite.domain.setup import dossiers
from votesite.errors import BadPicture, Frozen, InvalidFields, NotFound
from votesite.extensions import db
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
    campaign = make_campaign(candidates=3)
    dossiers.remove(listing.candidate_numbered(campaign.id, 2).id, by=editor, clock=at(BEFORE))

    made = dossiers.add(campaign.id, fields(), by=editor, clock=at(BEFORE))

    assert (made.no, made.name) == (2, "青禾镇")


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


@pytest.mark.parametrize("changes", [{"name": "新名字"}, {"no": 9}, {"category": "城郊乡镇"}])
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


def test_picture_is_added_and_taken_down(app, editor):
    campaign = make_campaign()

    token = dossiers.add_picture(first(campaign).id, png(), "镇.png", by=editor, clock=at(NOON))
    assert first(campaign).images == [token]
    dossiers.remove_picture(first(campaign).id, token, by=editor, clock=at(NOON))

    assert first(campaign).images == []
    assert db.session.get(Medium, token) is None


def test_file_that_is_no_picture_is_refused(app, editor):
    campaign = make_campaign()

    with pytest.raises(BadPicture):
        dossiers.add_picture(first(campaign).id, b"GIF89a", "x.gif", by=editor, clock=at(NOON))


def test_picture_of_another_candidate_cannot_be_taken_down(app, editor):
    campaign = make_campaign()
    token = dossiers.add_picture(first(campaign).id, png(), "镇.png", by=editor, clock=at(NOON))
    other = listing.candidate_numbered(campaign.id, 2)

    with pytest.raises(NotFound):
        dossiers.remove_picture(other.id, token, by=editor, clock=at(NOON))
