"""Two editors of one form: what both changed is asked about, everything else is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from votesite.domain import edits
from votesite.errors import Conflict

TEXTS = st.sampled_from(["", "甲", "乙", "丙"])
FORMS = st.fixed_dictionaries(
    {
        "title": TEXTS,
        "rows": st.lists(TEXTS, max_size=2),
        "table": st.fixed_dictionaries({"one": TEXTS, "two": TEXTS}),
    }
)


def parts(form):
    return {
        "title": form["title"],
        "rows": form["rows"],
        "one": form["table"]["one"],
        "two": form["table"]["two"],
    }


def outcome(posted, standing, seen):
    """What is stored or comes back in the form, and what the editor is asked about."""
    try:
        return edits.merged(posted, standing, seen), {}
    except Conflict as refusal:
        return refusal.values, refusal.fields


@given(FORMS, FORMS, FORMS)
def test_of_two_editors_neither_loses_anything(base, first, second):
    """Both begin with `base`; the first one's form is stored when the second sends theirs."""
    was, one, two = parts(base), parts(first), parts(second)
    both = {name for name in was if was[name] != one[name] != two[name] and two[name] != was[name]}

    stored, asked = outcome(second, first, edits.marks(base))

    assert {name.rpartition(".")[2] for name in asked} == both
    assert asked or parts(stored) == {
        name: two[name] if two[name] != was[name] else one[name] for name in was
    }


def test_conflict_shows_both_and_keeps_what_the_editor_wrote():
    seen = edits.marks({"title": "旧", "theme": "旧"})

    with pytest.raises(Conflict) as refusal:
        edits.merged({"title": "我的", "theme": "旧"}, {"title": "他的", "theme": "新"}, seen)

    assert refusal.value.fields == {"title": ("他的", "我的")}
    assert refusal.value.values == {"title": "我的", "theme": "新"}


def test_parts_that_a_form_did_not_show_stay():
    """A criterion that a colleague has added since, and its text."""
    seen = edits.marks({"dossier": {"service": "甲"}})

    stored = edits.merged(
        {"dossier": {"service": "乙"}}, {"dossier": {"service": "甲", "openness": "丙"}}, seen
    )

    assert stored == {"dossier": {"service": "乙", "openness": "丙"}}


def test_part_that_the_editor_emptied_goes():
    seen = edits.marks({"approval": {"number": "3号"}})

    assert edits.merged({"approval": {}}, {"approval": {"number": "3号"}}, seen) == {"approval": {}}


@pytest.mark.parametrize("seen", ["", "nonsense", "title", "=", "title=0 title"])
def test_odd_marks_are_no_fault(seen):
    """What no page of this site has made never does more than ask."""
    stored, asked = outcome({"title": "新"}, {"title": "旧"}, seen)

    assert stored == {"title": "新"}
    assert asked in ({}, {"title": ("旧", "新")})
