"""Nobody reads a neighbour off what is published: every log's steps, and four ways to subtract."""

import random
from datetime import timedelta

import pytest

from tests.support.ballots import cast_ballot, entries_of
from tests.support.factories import CLOSES, NOON, at, by_two, make_campaign, voter
from tests.support.staffing import make_staff
from tests.support.traced import cast_from, make_case
from tests.support.voided import void_together
from votesite.domain.campaigns.presets import BALLOT_DEFAULTS, PRESETS
from votesite.domain.decisions import proposals
from votesite.domain.integrity import appeals, clean_ups
from votesite.domain.ledger import recount, sanctions
from votesite.domain.ledger.entries import bodies, size_of
from votesite.domain.results import tallies
from votesite.errors import InvalidFields, Refused
from votesite.extensions import site, writing

POLICIES = ("live", "daily 18:00", "hidden")
STEPS = 120
VOTERS = 12  # few enough that each comes again and again


def settle(campaign, when):
    """What a reader at that moment brings about."""
    tallies.settle_if_due(tallies.head(campaign.slug), clock=at(when))


def turn(campaign, rng, when):
    """Void or restore one ballot, as two people may at any time."""
    ballots = [entry["n"] for entry in entries_of(campaign, "vote")]
    if not ballots:
        return
    with writing() as tx:
        of = rng.choice(ballots)
        if sanctions.is_voided(tx, campaign.id, of):
            sanctions.append_restore(tx, campaign.id, [of], why="测试", decided=by_two(), now=when)
        else:
            sanctions.append_void(
                tx, campaign.id, [of], rule="R1", why="测试", decided=by_two(), now=when
            )


def run_at_random(campaign, rng):
    """Votes of few voters, voids, restores, reads in any order, to a few days after the end."""
    when = CLOSES - timedelta(days=3)
    for _ in range(STEPS):
        when += timedelta(minutes=rng.choice([0, 0, 1, 20, 90]))
        act = rng.random()
        if act < 0.15:
            turn(campaign, rng, when)
        elif act < 0.25:
            settle(campaign, when)
        else:
            try:
                cast_ballot(campaign, rng.randrange(VOTERS), rng.randint(1, 6), when=when)
            except Refused:
                continue
    for hours in (0, 80, 160):
        settle(campaign, CLOSES + timedelta(hours=hours))
        turn(campaign, rng, CLOSES + timedelta(hours=hours))


def steps_of(log):
    """For each tally: how many voters its step holds, counted without the site's own code."""
    void, waiting, found = set(), [], []
    for entry in log:
        if entry["k"] == "vote":
            waiting.append((entry["n"], entry["v"]))
        elif entry["k"] in ("void", "restore"):
            (void.update if entry["k"] == "void" else void.difference_update)(entry["of"])
        elif entry["k"] == "tally":
            found.append((entry["t"], len({v for n, v in waiting if n not in void})))
            waiting = []
    return found


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("seed", range(4))
def test_every_step_of_every_log_holds_its_voters_and_none_is_quiet(app, policy, seed):
    rng = random.Random(f"{policy}{seed}")
    least, quiet = rng.choice([2, 3, 8]), rng.choice([0, 60])
    campaign = make_campaign(
        results=policy, min_batch=least, quiet=quiet, ballots=rng.choice([2, 3, 6]), picks=[1, 1]
    )

    run_at_random(campaign, rng)

    found = steps_of(entries_of(campaign))
    assert len(entries_of(campaign, "vote")) > 2 * VOTERS
    last = (CLOSES - timedelta(minutes=quiet)).strftime("%Y-%m-%dT%H:%M+08:00")
    assert all(voters >= least and t < last for t, voters in found)
    assert bool(found) is (policy != "hidden")
    checked = recount.verifier().Log()
    with site().store.snapshot() as tx:
        for body in bodies(tx, campaign.id, 0, size_of(tx, campaign.id)):
            checked.add(body)
    assert checked.faults == {}


def test_accounts_below_the_step_subtract_no_ballot(app):
    """Four accounts around a victim, with the step that campaigns begin with: no step follows."""
    campaign = make_campaign(min_batch=BALLOT_DEFAULTS["min_batch"], quiet=0)
    for number in range(20):
        cast_ballot(campaign, number, 1 + number % 6)
    for number in range(100, 104):
        cast_ballot(campaign, number, 1, when=NOON + timedelta(minutes=1))
    cast_ballot(campaign, 999, 3, 4, when=NOON + timedelta(minutes=2))
    settle(campaign, NOON + timedelta(minutes=5))

    assert len(entries_of(campaign, "tally")) == 1


def figures_of(slug, accounts, chosen):
    """The tallies of a site on which somebody with so many accounts waits for one more ballot."""
    least = BALLOT_DEFAULTS["min_batch"]
    campaign = make_campaign(slug=slug, min_batch=least, quiet=0)
    for number in range(least):
        cast_ballot(campaign, number, 1 + number % 6)
    for number in range(accounts):
        cast_ballot(campaign, 100 + number, 1, when=NOON + timedelta(minutes=1))
    cast_ballot(campaign, 999, chosen, when=NOON + timedelta(minutes=2))
    settle(campaign, NOON + timedelta(minutes=5))
    return [(entry["ballots"], entry["votes"]) for entry in entries_of(campaign, "tally")]


@pytest.mark.parametrize(
    ("accounts", "is_shown"),
    [
        (BALLOT_DEFAULTS["min_batch"] - 2, False),
        (BALLOT_DEFAULTS["min_batch"] - 1, True),  # the pages say so of exactly this many
    ],
)
def test_two_sites_that_differ_in_one_ballot_look_alike_to_fewer_accounts(app, accounts, is_shown):
    one, sister = (figures_of(f"site-{chosen}", accounts, chosen) for chosen in (3, 4))

    assert (one != sister) is is_shown
    assert len(one) == len(sister) == 1 + is_shown


def test_figures_of_ten_ballots_a_day_take_their_steps_of_many_voters(app):
    """The preset with most ballots: four people with ten each move nothing until others come."""
    preset = PRESETS["点赞式"]
    rules = {**BALLOT_DEFAULTS, **preset["ballot"]}
    campaign = make_campaign(results=preset["results"], candidates=12, **rules)

    def day(first, people, when):
        for number in range(first, first + people):
            for no in range(1, 11):
                moment = when + timedelta(seconds=no)
                cast_ballot(campaign, number, no, when=moment)
        settle(campaign, when.replace(hour=18, minute=5))

    day(0, 4, NOON)
    after_few = entries_of(campaign, "tally")
    day(100, rules["min_batch"] - 4, NOON + timedelta(days=1))

    assert after_few == []
    assert [voters for _, voters in steps_of(entries_of(campaign))] == [rules["min_batch"]]
    assert [entry["ballots"] for entry in entries_of(campaign, "tally")] == [200]


def test_many_ballots_of_one_account_make_no_step(app):
    """Ten ballots a day for everybody: one account with ten still counts once."""
    campaign = make_campaign(min_batch=5, ballots=10, picks=[1, 1], candidates=12)
    for no in range(1, 11):
        cast_ballot(campaign, 1, no, when=NOON + timedelta(seconds=no))
    cast_ballot(campaign, 2, 11, when=NOON + timedelta(minutes=1))
    settle(campaign, NOON + timedelta(minutes=5))

    assert entries_of(campaign, "tally") == []


@pytest.fixture
def reviewers(app):
    """Two reviewers, who may void together."""
    return make_staff("shen", "reviewer"), make_staff("jian", "reviewer")


@pytest.fixture
def appealed(app, reviewers):
    """A counted campaign whose voids two voters appeal against; the first agrees to be shown."""
    campaign = make_campaign(results="hidden", min_batch=2)
    numbers = [cast_from(campaign, number, [2]).n for number in range(6)]
    void_together(campaign, make_case(campaign, numbers), reviewers)
    tallies.close(campaign.id, clock=at(CLOSES))
    made = [
        appeals.appeal(
            campaign.id,
            voter(number),
            numbers[number],
            "我自己投的",
            shown_alone=not number,
            clock=at(CLOSES),
        )
        for number in range(3)
    ]
    return campaign, numbers, made


def test_appellant_who_has_not_agreed_is_not_restored_alone(appealed, reviewers):
    campaign, _numbers, (_agreed, second, _third) = appealed

    with pytest.raises(InvalidFields) as refusal:
        appeals.propose_restore([second.id], reviewers[0].id, "属实", clock=at(CLOSES))

    assert refusal.value.fields["appeal"].code == "shown-alone"
    assert entries_of(campaign, "restore", "recount") == []


def test_appellants_are_restored_together_or_with_their_own_consent(appealed, reviewers):
    campaign, numbers, (agreed, second, third) = appealed

    for together in ([second.id, third.id], [agreed.id]):
        made = appeals.propose_restore(together, reviewers[0].id, "属实", clock=at(CLOSES))
        proposals.confirm(made.id, reviewers[1].id, clock=at(CLOSES))

    assert [one["of"] for one in entries_of(campaign, "restore")] == [numbers[1:3], numbers[:1]]
    assert entries_of(campaign, "recount") == []
    settle(campaign, CLOSES + timedelta(hours=72))
    assert len(entries_of(campaign, "recount")) == 1


def test_clean_up_whose_ballots_chose_alike_names_nobody(app, reviewers):
    campaign = make_campaign(min_batch=5)
    numbers = [cast_from(campaign, number, [2]).n for number in range(12)]
    void_together(campaign, make_case(campaign, numbers), reviewers)

    assert [entry.candidate for entry in clean_ups.of_campaign(campaign).entries] == [0]
