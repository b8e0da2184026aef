"""Private links of nominated bodies: shown once, kept hashed, 30 days, revocable."""

import re
from datetime import timedelta

import pytest

from tests.support.factories import NOON, at, make_campaign
from tests.support.staffing import make_staff
from tests.support.stored import rows
from votesite.domain.hearing import links
from votesite.errors import Forbidden, InvalidFields, NotFound
from votesite.models.hearing import DossierLink


@pytest.fixture
def campaign(app):
    return make_campaign()


@pytest.fixture
def editor(campaign):
    return make_staff("editor", "editor").id


def make(campaign, by, numbers=(3,), moment=NOON):
    return links.make(campaign.id, numbers, by=by, clock=at(moment))


def test_link_has_128_bits_and_is_stored_only_as_a_hash(campaign, editor):
    (made,) = make(campaign, editor)

    (row,) = rows(DossierLink)
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", made.token)
    assert (row.no, len(row.token_hash)) == (3, 32)
    assert made.token.encode() not in bytes(row.token_hash)
    assert links.find(made.token, now=NOON).id == row.id


def test_all_get_one_each(campaign, editor):
    made = make(campaign, editor, None)

    assert [one.no for one in made] == [1, 2, 3, 4, 5, 6]
    assert len({one.token for one in made}) == 6


def test_thirty_days_and_not_a_minute_more(campaign, editor):
    (made,) = make(campaign, editor)
    end = NOON + timedelta(days=30)

    assert links.find(made.token, now=end - timedelta(minutes=1))
    with pytest.raises(NotFound):
        links.find(made.token, now=end)


def test_revoked_or_replaced_ones_lead_nowhere(campaign, editor):
    (old,) = make(campaign, editor)
    (new,) = make(campaign, editor)

    with pytest.raises(NotFound):
        links.find(old.token, now=NOON)
    links.revoke(campaign.id, links.find(new.token, now=NOON).id, by=editor)
    with pytest.raises(NotFound):
        links.find(new.token, now=NOON)


@pytest.mark.parametrize("token", ["", "A" * 22, "A" * 21, "é" * 22, "../" * 7 + "x"])
def test_what_never_was_is_not_found(campaign, editor, token):
    make(campaign, editor)

    with pytest.raises(NotFound):
        links.find(token, now=NOON)


def test_first_use_is_noted_once(campaign, editor):
    (made,) = make(campaign, editor)
    links.opened(made.token, clock=at(NOON))
    links.opened(made.token, clock=at(NOON + timedelta(hours=1)))

    assert rows(DossierLink)[0].seen_at == "2026-11-20T12:00+08:00"


@pytest.mark.parametrize("numbers", [[], [0], [3, 99]])
def test_unknown_candidates_get_none(campaign, editor, numbers):
    with pytest.raises(InvalidFields):
        make(campaign, editor, numbers)
    assert rows(DossierLink) == []


def test_only_owners_and_editors_make_and_revoke(campaign, editor):
    reviewer = make_staff("reviewer", "reviewer").id
    (made,) = make(campaign, editor)
    link = links.find(made.token, now=NOON)

    with pytest.raises(Forbidden):
        make(campaign, reviewer)
    with pytest.raises(Forbidden):
        links.revoke(campaign.id, link.id, by=reviewer)
