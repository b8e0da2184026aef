"""Names that mean the same body."""

from tests.support.nominations import OPEN, nominated
from votesite.domain.nominations import alike, queries, review
from votesite.domain.nominations.alike import fold, likeness


def test_similar_names_are_found_and_the_same_marked(campaign):
    kept = nominated(campaign, name="清水镇人民政府")
    nominated(campaign, 2, name="清水镇")
    nominated(campaign, 3, name="清水镇 人民政府")
    nominated(campaign, 4, name="石桥街道办事处")

    found = alike.similar(kept)

    assert [(one.name, one.is_same) for one in found] == [
        ("清水镇 人民政府", True),
        ("清水镇", False),
    ]


def test_doubles_in_the_queue_are_marked(campaign):
    one = nominated(campaign, name="清水镇")
    two = nominated(campaign, 2, name=" 清水 镇")
    three = nominated(campaign, 3, name="第1镇")
    nominated(campaign, 4, name="石桥镇")

    waiting = queries.queue(campaign.id, "pending")

    assert alike.doubles(campaign.id, waiting) == {one.id, two.id, three.id}


def test_candidate_of_the_same_name_is_found_however_it_is_written(campaign):
    assert alike.namesake(nominated(campaign, name=" 第 １ 镇")).no == 1
    assert alike.namesake(nominated(campaign, 2, name="第1镇人民政府")) is None


def test_names_are_compared_without_blanks_width_case_and_punctuation():
    assert fold(" ＡＢ－清水（镇） ") == fold("ab清水镇")
    assert likeness(fold("清水镇"), fold("石桥镇")) < 0.72


def test_an_accepted_nomination_is_not_similar_to_its_own_candidate(campaign, reviewer):
    accepted = nominated(campaign, name="清水镇")
    review.accept(accepted.id, reviewer, clock=OPEN)

    assert alike.similar(accepted) == []
