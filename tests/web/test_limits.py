"""Limits of fields: templates read them from the rules, and hints that name one tell the truth."""

import re
from pathlib import Path

import pytest

from votesite.domain.schemas import limits
from votesite.domain.setup.folder.settings import CategoryRow, CriterionRow, VoidRuleRow
from votesite.errors import Fault
from votesite.models.candidates import Candidate
from votesite.models.nominations import Nomination
from votesite.models.staff import Staff
from votesite.web.limits import LIMITS
from votesite.web.wording import settings

TEMPLATES = Path(settings.__file__).parents[2] / "templates"
# Digits, figures, times, codes, searches, a key.
OF_A_FORM = {"2", "3", "4", "5", "7", "10", "12", "20", "40", "60", "200", "400"}


def test_templates_write_no_limit_of_a_text_themselves():
    written = {
        (path.name, number)
        for path in TEMPLATES.rglob("*.html")
        for number in re.findall(r'maxlength="?(\d+)', path.read_text(encoding="utf-8"))
    }

    assert {number for _, number in written} <= OF_A_FORM
    assert {name for name, number in written if number in ("40", "60", "200")} == {
        "ballot.html",
        "campaign.html",
        "code.html",
        "find.html",
        "receipt_form.html",
        "signing_key.html",
    }


@pytest.mark.parametrize(
    ("place", "limit"),
    [
        ("title", LIMITS["campaign"]["title"]),
        ("categories[1].name", limits(CategoryRow)["name"]),
        ("criteria[1].name", limits(CriterionRow)["name"]),
        ("void_rules[1].text", limits(VoidRuleRow)["text"]),
    ],
)
def test_sentence_beside_a_setting_names_its_limit(app, place, limit):
    with app.test_request_context():
        sentence = settings.fault(Fault("setting", key=place))

    assert re.findall(r"\d+", sentence) == [str(limit)]


def test_hints_of_a_nomination_name_its_limits():
    page = (TEMPLATES / "nominations" / "nominate.html").read_text(encoding="utf-8")
    reason, name = re.findall(r"最多 (\d+) 字", page)

    assert (int(reason), int(name)) == (
        LIMITS["nomination"]["reason"],
        LIMITS["nomination"]["name"],
    )


@pytest.mark.parametrize("column", ["name", "category", "region"])
def test_nomination_fits_the_candidate_it_becomes(column):
    lengths = [getattr(model, column).type.length for model in (Nomination, Candidate)]

    assert lengths[0] == lengths[1]


def test_names_that_rules_allow_fit_their_columns():
    assert LIMITS["account"] <= Staff.name.type.length
    assert LIMITS["account"] <= Staff.display_name.type.length
