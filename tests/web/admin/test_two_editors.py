"""Every form of the desk that overwrites what stands carries the marks of what it was made of.

The addresses come from the site itself: one that overwrites without a row here fails.
"""

from datetime import timedelta

import pytest

from tests.support.factories import make_campaign
from tests.support.panels import judged_campaign
from tests.support.xdb import write_map
from votesite import clock
from votesite.extensions import site

# The page whose form is posted there. What stands is text that two people may work on.
OVERWRITES = {
    "edit_candidate": "/admin/c/draft-2026/candidates/1",
    "write_model_dossiers": "/admin/c/judged-2026/judges",
    "save_setup": "/admin/c/draft-2026/setup/basics",
    "set_area": "/admin/c/draft-2026/integrity",
    "set_roster": "/admin/c/group-2026/roster",
}
# Acts on one row, or something new: a second one finds it done, or stands beside the first.
ADDS_OR_ACTS = {
    "accept_objection",
    "acknowledge_notices",
    "add_auditor_key",
    "add_candidate",
    "add_cosignature",
    "add_grant",
    "begin_second_factor",
    "change_password",
    "close_practice",
    "confirm",
    "confirm_account_act",
    "confirm_here",
    "confirm_second_factor",
    "create_campaign",
    "decide_nomination",
    "decline_objection",
    "drop_colleagues_second_factor",
    "drop_concern",
    "drop_second_factor",
    "end_session",
    "enter_objection",
    "fetch_codes",
    "hear_body",
    "hold_case",
    "invite",
    "join_now",
    "load_calendar",  # a year as a whole, as the newest notice has it
    "make_dossier_links",
    "make_notice_paper",
    "nomination_contact",
    "note_concern",
    "objection_contact",
    "objection_file",
    "open_ledger",
    "post_scores",  # a judge's own sheet: its pages carry marks too
    "practise",
    "propose",
    "propose_publish",
    "propose_restore",
    "propose_void",
    "record_incident",
    "register_key",
    "reject_appeal",
    "release_case",
    "remove_candidate",
    "remove_key",
    "renew_recovery_codes",
    "reopen_nomination",
    "reset_password",
    "revoke_dossier_link",
    "revoke_grant",
    "set_objection_days",  # one number
    "set_state",
    "sign",
    "sign_in_now",
    "sign_out",
    "stop_account_act",
    "take_back",
}


def test_every_form_of_the_desk_is_known(app):
    posts = {
        rule.endpoint.partition(".")[2]
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("admin.") and "POST" in rule.methods
    }

    assert posts == set(OVERWRITES) | ADDS_OR_ACTS


@pytest.mark.parametrize("path", OVERWRITES.values(), ids=OVERWRITES)
def test_form_that_overwrites_carries_marks(app, draft, owner, path):
    opens = clock.now() + timedelta(days=1)  # later its roster is locked
    closes = opens + timedelta(days=1)
    make_campaign(slug="group-2026", eligibility="roster", opens=opens, closes=closes)
    judged_campaign(slug="judged-2026")
    map_file = site().settings.instance / "ip2region_v4.xdb"
    write_map(map_file, [("110.1.0.0", "110.1.255.255", "中国|江西省|赣州市|电信|CN")])

    assert '<input type="hidden" name="seen" value="' in owner.get(path).text
