"""`flask award show`: the last ranking, what would be ranked, or why nothing can be."""

import json

import pytest

from tests.support.honours import Honours
from votesite.clock import now
from votesite.domain.scoring.composite import rank
from votesite.domain.scoring.inputs import gather
from votesite.extensions import db, site


@pytest.fixture
def run(app):
    def run(*arguments):
        result = app.test_cli_runner().invoke(args=["award", "show", *arguments])
        db.session.rollback()
        return result

    return run


def would_be(honours):
    with site().store.snapshot() as tx:
        return rank(gather(tx, honours.campaign.id)).rows


def test_last_ranking_is_printed_with_its_entry(run):
    honours = Honours()
    honours.ranked()
    rows = would_be(honours)
    result = run(honours.slug)

    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {
        "stage": honours.row.phase_at(now()),
        "n": honours.row.ranking_n,
        "rows": rows,
        "missing": [],
    }
    assert len(rows) == 6


def test_what_would_be_ranked_is_printed_while_nothing_stands(run):
    honours = Honours()
    honours.judged()
    result = run(honours.slug)

    assert result.exit_code == 0
    shown = json.loads(result.stdout)
    assert (shown["n"], shown["rows"], shown["missing"]) == (None, would_be(honours), [])


def test_scores_that_count_nothing_are_named(run):
    honours = Honours(missing="zero", expert=0, objective=60)
    honours.vote({1: [1]})
    honours.put_in("satisfaction", [[no, 9000] for no in range(1, 7)])
    honours.put_in("objective", [[no, 9000] for no in range(1, 6)])
    honours.close()
    result = run(honours.slug)

    assert result.exit_code == 0
    assert json.loads(result.stdout)["missing"] == [{"no": 6, "component": "objective"}]


def test_scores_that_hinder_a_ranking_are_named_with_the_reason(run):
    honours = Honours(missing="refuse", expert=0, objective=60)
    honours.vote({1: [1]})
    honours.put_in("satisfaction", [[no, 9000] for no in range(1, 7)])
    honours.close()
    result = run(honours.slug)

    assert (result.exit_code, result.stderr) == (1, "no-objective\n")
    shown = json.loads(result.stdout)
    assert (shown["n"], shown["rows"], len(shown["missing"])) == (None, [], 6)


def test_nothing_is_told_before_the_count(run):
    honours = Honours()
    honours.vote({1: [1]})
    result = run(honours.slug)

    assert result.exit_code == 1
    assert result.stderr.splitlines()[0] == "not-closed"
    assert json.loads(result.stdout)["rows"] == []


def test_campaign_that_is_not_there_is_said(run):
    result = run("nobody-2026")

    assert (result.exit_code, result.stderr) == (1, "Error: there is no campaign nobody-2026\n")
