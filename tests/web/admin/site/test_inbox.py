"""The inbox: what waits for one's own confirmation, and the number in the menu."""

import re

from tests.support.accounts import act_path, confirm_act
from tests.support.staffing import PASSWORD, browser_of, make_staff, post_form
from votesite.domain.decisions import proposals
from votesite.domain.ledger.changes import Change
from votesite.domain.staff import people


def badge(page):
    """The number beside the inbox in the menu, or nothing."""
    found = re.search(r'href="/admin/inbox".*?</a>', page.text, re.S)[0]
    return re.sub(r"<[^>]+>|\s+", "", found).partition("等我确认")[2]


def test_inbox_gathers_decisions_and_accounts_and_the_menu_counts_them(
    app, campaign, owner, keeper
):
    editor = make_staff("zhou", "editor").id
    assert (badge(owner.get("/admin/")), "没有要您确认的" in owner.get("/admin/inbox").text) == (
        "",
        True,
    )
    decision = proposals.propose(campaign.id, editor, Change("pause", ""), "机房检修")
    invited = {"display_name": "王敏", "role": "editor", "campaign": "*", "password": PASSWORD}
    act = act_path(post_form(keeper, "/admin/accounts/invitations", **invited))

    page = owner.get("/admin/inbox")

    assert badge(page) == "2"
    assert f'href="/admin/c/{campaign.slug}/decisions/{decision.id}"' in page.text
    assert f'href="{act}"' in page.text
    assert "邀请“王敏”担任编辑" in page.text
    confirm_act(owner, act)
    proposals.confirm(decision.id, people.by_name("root").id)
    assert badge(owner.get("/admin/inbox")) == ""


def test_own_proposals_and_those_of_other_campaigns_do_not_wait_for_me(app, campaign, draft):
    editor = make_staff("zhou", "editor", campaign=campaign).id
    make_staff("sun", "supervisor", campaign=draft)
    proposals.propose(campaign.id, editor, Change("pause", ""), "机房检修")

    for name in ("zhou", "sun"):
        assert badge(browser_of(app, name).get("/admin/inbox")) == ""
