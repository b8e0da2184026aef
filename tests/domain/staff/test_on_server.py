"""What the server's commands do about accounts: at once, and told to all owners."""

from tests.support.accounts import give_phone
from tests.support.factories import NOON, at
from tests.support.staffing import PASSWORD, make_staff
from votesite.domain import audit
from votesite.domain.staff import account_acts, notices, on_server, people, second_factors


def test_account_and_its_role_are_there_at_once_and_all_owners_are_told(app):
    first, second = make_staff("first", "owner").id, make_staff("second", "owner").id
    make_staff("zhou", "editor")

    made = on_server.create("wang", "王敏", PASSWORD, "editor", None, clock=at(NOON))

    assert people.by_id(made.id).roles_everywhere == {"editor"}
    (act,) = notices.waiting(first)
    assert (act.kind, act.staff_id, act.role, act.proposed_by) == (
        "create",
        made.id,
        "editor",
        None,
    )
    assert [notices.count(one) for one in (first, second)] == [1, 1]
    lines = [(line.staff_id, line.action) for line in audit.entries(None)][:2]
    assert lines == [(None, "grant"), (None, "create")]


def test_lost_phone_is_taken_away_at_once_and_told(app):
    root, zhou = make_staff("root", "owner").id, make_staff("zhou", "editor").id
    give_phone(zhou)

    assert on_server.reset_second_factor(zhou, clock=at(NOON))
    assert not on_server.reset_second_factor(zhou, clock=at(NOON))

    assert not second_factors.has_second_factor(zhou)
    assert [act.kind for act in notices.waiting(root)] == ["drop-factor"]
    assert [act.kind for act in notices.waiting(zhou)] == ["drop-factor"]


def test_what_the_server_did_is_done_and_cannot_be_stopped(app):
    root = make_staff("root", "owner").id
    on_server.create("wang", "王敏", PASSWORD, "editor", None, clock=at(NOON))
    (act,) = notices.waiting(root)

    assert not account_acts.can_be_stopped(act, NOON)
    assert account_acts.recent(now=NOON) == []
