"""`flask staff`: the first account is made on the server."""

import re

import pytest

from tests.support.factories import make_campaign
from votesite.domain.staff import notices, passwords, people
from votesite.domain.staff.attempts import Browser


def run(app, *arguments, **options):
    return app.test_cli_runner().invoke(args=["staff", *arguments], **options)


def test_create_prints_a_password_once_that_lets_in(app):
    outcome = run(app, "create", "zhou", "--role", "owner", "--display-name", "周岚")

    password = re.search(r"password \(shown only now\): (\S+)", outcome.output)[1]
    found = passwords.check_password("zhou", password, Browser("127.0.0.1"))
    assert (outcome.exit_code, found.display_name, found.is_site_owner) == (0, "周岚", True)


def test_create_makes_who_looks_after_accounts_for_the_whole_site_alone(app):
    campaign = make_campaign()

    everywhere = run(app, "create", "fang", "--role", "accounts")
    somewhere = run(app, "create", "wei", "--role", "accounts", "--campaign", campaign.slug)

    assert everywhere.exit_code == 0
    assert people.by_name("fang").roles_everywhere == {"accounts"}
    assert (somewhere.exit_code, "must be left out" in somewhere.output) == (1, True)
    assert people.by_name("wei") is None


def test_owners_are_told_of_what_is_done_here(app):
    run(app, "create", "zhou", "--role", "owner")
    assert notices.count(people.by_name("zhou").id) == 0

    run(app, "create", "fang", "--role", "accounts")

    assert [act.role for act in notices.waiting(people.by_name("zhou").id)] == ["accounts"]


def test_create_takes_a_typed_password(app):
    typed = "bai-yun-chu-xiu\nbai-yun-chu-xiu\n"

    outcome = run(app, "create", "zhou", "--role", "owner", "--prompt", input=typed)

    assert outcome.exit_code == 0
    assert "bai-yun" not in outcome.output
    assert passwords.check_password("zhou", "bai-yun-chu-xiu", Browser("127.0.0.1")) is not None


def test_create_grants_in_one_campaign(app):
    campaign = make_campaign()

    run(app, "create", "zhou", "--role", "editor", "--campaign", campaign.slug)

    assert people.by_name("zhou").roles_in(campaign.id) == {"editor"}
    assert people.by_name("zhou").roles_everywhere == frozenset()


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "zhou", "--role", "king"),
        ("create", "zhou", "--role", "editor", "--campaign", "unknown"),
        ("create", "z", "--role", "editor"),
        ("reset-2fa", "nobody"),
    ],
)
def test_faults_end_with_a_message_and_nothing_is_stored(app, arguments):
    outcome = run(app, *arguments)

    assert outcome.exit_code in (1, 2)
    assert "Traceback" not in outcome.output
    assert people.everybody() == []
