"""The calibration round: model dossiers, own scores, and the others' mean in its time."""

from fractions import Fraction

import pytest

from tests.support.panels import appoint_account, dismiss_judge, judged_campaign
from tests.support.staffing import make_staff
from votesite.domain import edits
from votesite.domain.ledger import entries
from votesite.domain.scoring import practice
from votesite.errors import Closed, Conflict, InvalidFields, InvalidSheet
from votesite.extensions import site

ONE = {"title-1": "样本甲", "text-1": "办件 12,000 件"}
TWO = {"title-2": "样本乙", "text-2": "办件 300 件"}
NO_TWO = {"title-2": "", "text-2": ""}


@pytest.fixture
def campaign(app):
    return judged_campaign()


@pytest.fixture
def editor(campaign):
    return make_staff("zhou", "editor").id


@pytest.fixture
def panel(campaign):
    return [
        appoint_account(campaign, name, number) for number, name in enumerate(("qin", "bai"), 1)
    ]


def scores(service, reform, place=1):
    return {f"p-{place}-service": service, f"p-{place}-reform": reform}


def test_dossiers_are_written_and_taken_away_before_anybody_scores(campaign, editor):
    practice.write_dossiers(campaign.id, ONE | TWO, by=editor)
    practice.write_dossiers(campaign.id, ONE | NO_TWO, by=editor)

    found = practice.round_of(campaign.id)

    assert [(dossier.title, dossier.position) for dossier in found.dossiers] == [("样本甲", 1)]
    assert not found.is_shown


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"text-1": "有文字"}, "title-1"),
        ({"title-1": "有标题"}, "text-1"),
        ({"title-1": "长" * 61, "text-1": "文字"}, "title-1"),
        ({"title-1": "标题", "text-1": "长" * 5001}, "text-1"),
    ],
)
def test_half_a_dossier_is_refused(campaign, editor, given, field):
    with pytest.raises(InvalidFields) as refused:
        practice.write_dossiers(campaign.id, given, by=editor)

    assert list(refused.value.fields) == [field]


def test_dossier_that_somebody_has_scored_stays_as_it_is(campaign, editor, panel):
    practice.write_dossiers(campaign.id, ONE, by=editor)
    practice.practise(campaign.id, scores("80", "90"), by=panel[0])

    with pytest.raises(InvalidFields) as refused:
        practice.write_dossiers(campaign.id, ONE | {"text-1": "改过"}, by=editor)

    assert refused.value.fields["title-1"].code == "practised"


def test_the_others_mean_is_shown_only_once_all_have_scored(campaign, editor, panel):
    practice.write_dossiers(campaign.id, ONE, by=editor)
    practice.practise(campaign.id, scores("80", "９０．５"), by=panel[0])
    before = practice.round_of(campaign.id)
    practice.practise(campaign.id, scores("60", "70"), by=panel[1])

    found = practice.round_of(campaign.id)
    dossier = found.dossiers[0].id

    assert (before.is_shown, found.is_shown) == (False, True)
    assert found.own(dossier, 1) == {"service": 800, "reform": 905}
    assert found.mean(dossier, "service", without=1) == 600
    assert found.mean(dossier, "reform") == Fraction(1605, 2)
    assert found.bounds(dossier, "service") == (600, 800)
    with pytest.raises(Closed):
        practice.practise(campaign.id, scores("70", "70"), by=panel[0])


def test_dismissed_judge_is_not_waited_for(campaign, editor, panel):
    practice.write_dossiers(campaign.id, ONE, by=editor)
    practice.practise(campaign.id, scores("80", "90"), by=panel[0])

    dismiss_judge(campaign, 2)

    assert practice.round_of(campaign.id).is_shown


def test_staff_close_the_round_for_who_has_not_come(campaign, editor, panel):
    practice.write_dossiers(campaign.id, ONE | TWO, by=editor)
    practice.practise(campaign.id, scores("80", "90"), by=panel[0])

    practice.close(campaign.id, by=editor)

    found = practice.round_of(campaign.id)
    assert (found.is_closed, found.is_shown) == (True, True)
    assert (found.has_done(1), found.has_done(2)) == (False, False)
    with pytest.raises(Closed):
        practice.practise(campaign.id, scores("80", "90", 2), by=panel[1])
    with pytest.raises(Closed):
        practice.write_dossiers(campaign.id, ONE, by=editor)


def test_half_scored_dossier_is_refused_and_an_untouched_one_waits(campaign, editor, panel):
    practice.write_dossiers(campaign.id, ONE | TWO, by=editor)

    with pytest.raises(InvalidSheet) as refused:
        practice.practise(campaign.id, scores("80", ""), by=panel[0])
    practice.practise(campaign.id, scores("80", "75", 2), by=panel[0])

    found = practice.round_of(campaign.id)
    assert refused.value.fields["p-1-reform"].code == "score-missing"
    assert [bool(found.own(dossier.id, 1)) for dossier in found.dossiers] == [False, True]


def test_practice_writes_nothing_into_the_ledger(campaign, editor, panel):
    def size():
        with site().store.reading() as tx:
            return entries.size_of(tx, campaign.id)

    before = size()
    practice.write_dossiers(campaign.id, ONE, by=editor)
    practice.practise(campaign.id, scores("80", "90"), by=panel[0])

    assert size() == before


def test_two_who_edit_a_dossier_do_not_overwrite_each_other_unseen(campaign, editor):
    seen = edits.marks(practice.values_of(practice.round_of(campaign.id)))
    practice.write_dossiers(campaign.id, ONE, by=editor, seen=seen)

    practice.write_dossiers(campaign.id, TWO, by=editor, seen=seen)
    with pytest.raises(Conflict) as refused:
        practice.write_dossiers(campaign.id, ONE | {"text-1": "另一段"}, by=editor, seen=seen)

    assert refused.value.fields == {"text-1": ("办件 12,000 件", "另一段")}
    found = practice.round_of(campaign.id)
    assert [dossier.title for dossier in found.dossiers] == ["样本甲", "样本乙"]
