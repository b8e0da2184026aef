"""Defences taken out, one at a time, and the test that must turn red: guards that are guarded.

`python -m bench.removals [row…]` copies the tree, removes each defence there, runs the named test
and prints red or green; without rows it tries one removal of each row, with `--all` every one.
It fails if a test stays green. Nothing here touches the tree itself.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.attacks.catalogue import (
    ARCHIVE,
    ATTEMPTS,
    BALLOT,
    BODIES,
    CONFINED,
    COSIGNING,
    DESK_DOOR,
    DOORS,
    FILES,
    FLOOD,
    LOGS,
    MARKS,
    MATRIX,
    NGINX,
    PICTURES,
    POOL,
    SIGN_IN,
    STEPS,
    VOTING,
    WIRE,
    WORDS,
)

ROOT = Path(__file__).parent.parent
LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv*", "instance", "__pycache__", ".*_cache", "node_modules", ".hypothesis"
)
PHONE = "tests/web/admin/site/test_me.py"
SECURITY_LOG = "tests/domain/staff/test_security_log.py"
CHECKS = "tests/domain/voting/test_checks.py"
ACTS = "tests/domain/staff/test_account_acts.py"
JOINING = "tests/domain/staff/test_joining.py"
NEIGHBOURS = "tests/test_neighbours.py"
TWO = "tests/web/admin/site/test_account_acts.py"
TRIES = "tests/attacks/test_scripts.py::test_no_word_becomes_a_program"


class Removal(NamedTuple):
    """A defence of a row: where it stands, what stands there without it, the test that sees it."""

    row: int
    file: str
    text: str
    replacement: str
    test: str


REMOVALS = [
    Removal(
        1,
        "votesite/web/access/identity.py",
        "    voter = site_voter()\n    if voter is None:\n        raise NotIdentified\n",
        '    claimed = request.values.get("openid", "").ljust(32).encode()\n'
        "    voter = site_voter() or claimed\n",
        f"{DOORS}::test_claimed_identity_opens_no_door",
    ),
    Removal(
        2,
        "votesite/web/voting/sign_in.py",
        "    if login is None:\n        return _ended(MalformedRequest()",
        '    if login is None:\n        found = Login("", "/", 0)\n    if login is None:\n'
        "        return _ended(MalformedRequest()",
        f"{SIGN_IN}::test_callback_in_another_session_is_400_without_a_call",
    ),
    Removal(
        2,
        "votesite/web/access/identity.py",
        "if login is None or not 0 <= _now() - login.begun_at <= PENDING_SECONDS:",
        "if login is None:",
        f"{SIGN_IN}::test_callback_after_ten_minutes_is_400_without_a_call",
    ),
    Removal(
        3,
        "votesite/wechat/client.py",
        "        if is_snapshot:\n",
        "        if False and is_snapshot:\n",
        f"{SIGN_IN}::test_snapshot_user_is_refused_and_loses_the_identity",
    ),
    Removal(
        4,
        "votesite/web/wsgi/sessions.py",
        "        return super().get_signing_serializer(self._app)\n",
        "        found = super().get_signing_serializer(self._app)\n"
        "        found.loads = lambda text, **_: found.loads_unsafe(text)[1]\n"
        "        return found\n",
        f"{SIGN_IN}::test_forged_cookie_is_no_identity",
    ),
    Removal(
        4,
        "votesite/domain/staff/sessions.py",
        "        token_hash=_token_hash(token),\n",
        "        token_hash=token.encode(),\n",
        "tests/domain/staff/test_sessions.py::test_session_is_kept_as_hash_only",
    ),
    Removal(
        5,
        "votesite/domain/voting/decide.py",
        "    if history.used >= terms.rules.ballots:\n",
        "    if False and history.used >= terms.rules.ballots:\n",
        f"{VOTING}::test_second_ballot_of_a_day_is_refused_with_the_next_day_as_next",
    ),
    Removal(
        6,
        "votesite/domain/voting/casting.py",
        "    if n is not None:\n        return _recorded_before(",
        "    if False and n is not None:\n        return _recorded_before(",
        f"{VOTING}::test_same_token_again_gives_the_first_receipt_whatever_it_says",
    ),
    Removal(
        7,
        "votesite/domain/ledger/ballot_rules.py",
        "        return first if first < ends else None\n",
        "        return first if first <= ends else None\n",
        f"{VOTING}::test_window_is_closed_at_its_end_for_ever",
    ),
    Removal(
        7,
        "votesite/domain/ledger/head.py",
        "        return max(minute(now), self.t)\n",
        "        return minute(moment)\n",
        f"{VOTING}::test_entry_time_never_goes_back_and_a_clock_far_behind_is_refused",
    ),
    Removal(
        7,
        "votesite/clock.py",
        "timezone(timedelta(hours=8)",
        "timezone(timedelta(hours=0)",
        f"{WORDS}::test_day_is_beijings_wherever_the_machine_stands",
    ),
    Removal(
        8,
        "votesite/domain/voting/decide.py",
        "    _check_counts(terms.rules, terms, chosen)\n",
        "",
        f"{BALLOT}::test_an_invalid_ballot_is_refused_and_leaves_nothing",
    ),
    Removal(
        9,
        "votesite/domain/integrity/evidence.py",
        "return bool(codes & TECHNICAL) and sum(POINTS[code] for code in codes) >= MIN_POINTS",
        "return False",
        "tests/domain/integrity/test_signals.py::test_scripted_crowd_is_flagged_and_few_others",
    ),
    Removal(
        10,
        "votesite/domain/ledger/two_person.py",
        "    if first == second:\n        raise SecondPersonNeeded\n",
        "",
        "tests/domain/ledger/test_two_person.py::test_one_person_is_not_two",
    ),
    Removal(
        9,
        "votesite/domain/voting/checks.py",
        "    if tx.one(_RISK, values) is None:\n        return\n",
        "    return\n",
        f"{CHECKS}::test_ballot_from_a_risky_network_is_asked_and_leaves_nothing",
    ),
    Removal(
        9,
        "votesite/domain/voting/checks.py",
        '    if tx.one(_USED, {"mark": answer.mark}) is not None:\n'
        '        raise CheckRequired("used")\n'
        "    until = minute + minutes_in(ANSWERED_WITHIN) + 1\n"
        '    tx.run(_USE, {"mark": answer.mark, "until": until})\n',
        "",
        f"{CHECKS}::test_right_answer_lets_the_ballot_in_once",
    ),
    Removal(
        9,
        "votesite/domain/voting/checks.py",
        "    if bound_to != _bound_to(campaign_id, voter):\n",
        "    if not result.verified:\n",
        f"{CHECKS}::test_solution_is_right_for_its_campaign_and_voter_alone",
    ),
    Removal(
        9,
        "votesite/domain/voting/checks.py",
        "    if waited is None or waited < WAIT:\n",
        "    if waited is None:\n",
        f"{CHECKS}::test_waiting_a_minute_answers_too_and_once",
    ),
    Removal(
        9,
        "votesite/domain/voting/checks.py",
        "    return waited if timedelta(0) <= waited <= ANSWERED_WITHIN else None\n",
        "    return waited\n",
        f"{CHECKS}::test_ticket_of_somebody_else_or_of_yesterday_is_worth_nothing",
    ),
    Removal(
        9,
        "votesite/web/voting/ballot.py",
        "        rate_limits.check_waited(address)\n",
        "        pass\n",
        "tests/web/voting/test_checks.py::test_waiting_is_no_way_in_for_hundreds",
    ),
    Removal(
        10,
        "votesite/domain/integrity/cases.py",
        "    if not present.tells_of_sets:",
        "    if False:",
        "tests/domain/integrity/test_scanning.py::test_scan_opens_a_case_and_adds_to_it",
    ),
    Removal(
        10,
        "votesite/templates/public/clean_ups.html",
        "batch.candidate and register.guard.tells_of_sets",
        "batch.candidate",
        "tests/web/public/test_clean_ups.py::test_register_names_whom_it_was_about_after_the_count",
    ),
    Removal(
        11,
        "votesite/domain/integrity/risks.py",
        "    if sum(trace.n not in in_case for trace in traces) < MIN_YARDSTICK:\n        return\n",
        "",
        f"{CHECKS}::test_young_campaign_asks_nobody",
    ),
    Removal(
        11,
        "votesite/domain/integrity/risks.py",
        "        if count >= MIN_IN_CASE and 2 * count >= total[mark]:\n",
        "        if count >= MIN_IN_CASE:\n",
        f"{CHECKS}::test_address_that_many_others_vote_from_is_not_asked",
    ),
    Removal(
        11,
        "votesite/rate_limits.py",
        '        limits.check(limits.ballot_voter, b"ballot-voter", voter)\n',
        "        pass\n",
        f"{DOORS}::test_voter_with_a_hundred_addresses_is_braked",
    ),
    Removal(
        11,
        "votesite/config.py",
        '"3000/minute"',
        '"60/minute"',
        f"{DOORS}::test_whole_town_behind_one_address_votes",
    ),
    Removal(
        12,
        "votesite/web/wsgi/hosts.py",
        "    if settings.trusted_proxies:\n        hops = settings.trusted_proxies\n",
        "    if True:\n        hops = settings.trusted_proxies or 1\n",
        f"{DOORS}::test_without_proxies_no_header_changes_the_address",
    ),
    Removal(
        12,
        "deploy/nginx.conf",
        "        proxy_set_header X-Forwarded-For $remote_addr; # overwritten",
        "        proxy_set_header X-Forwarded-For $http_x_forwarded_for; # overwritten",
        f"{NGINX}::test_written_addresses_do_not_change_whom_the_brakes_hold",
    ),
    Removal(
        13,
        "votesite/web/access/forms.py",
        "        csrf.protect()\n",
        "        pass\n",
        f"{DOORS}::test_forged_form_changes_nothing",
    ),
    Removal(
        13,
        "votesite/web/access/forms.py",
        "    refuse_foreign_origin()\n    _check_token()",
        "    _check_token()",
        f"{DOORS}::test_forged_form_changes_nothing",
    ),
    Removal(
        13,
        "votesite/web/access/staff.py",
        'kept.posted() if request.headers.get("Origin") else None',
        "kept.posted()",
        "tests/web/access/test_staff.py::test_form_of_an_earlier_sign_in_is_kept_too",
    ),
    Removal(
        14,
        "votesite/models/triggers.py",
        "BEFORE INSERT ON {table} {exists}{refuse}",
        "BEFORE INSERT ON {table} WHEN 0 {refuse}",
        "tests/test_migrations.py::test_an_entry_cannot_be_changed_deleted_or_replaced",
    ),
    Removal(
        14,
        "votesite/domain/ledger/recount.py",
        "            self.log.expect(6, leaf == merkle.leaf_hash(body))\n",
        "",
        "tests/test_tamper.py::test_edit_of_the_database_is_found_by_the_site_itself",
    ),
    Removal(
        15,
        "votesite/domain/ledger/comparison.py",
        "expect(15, stored ==",
        "expect(15, stored != [] or stored ==",
        "tests/test_tamper.py::test_edit_of_the_database_is_found_by_the_site_itself",
    ),
    Removal(
        16,
        "votesite/web/wsgi/hosts.py",
        "    if settings.trusted_proxies:\n",
        "    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=0, x_proto=0, x_host=1)\n"
        "    if settings.trusted_proxies:\n",
        f"{DOORS}::test_shared_answer_cannot_be_poisoned",
    ),
    Removal(
        16,
        "deploy/nginx.conf",
        '        default 1;\n        no-cache "";',
        '        default "";\n        no-cache "";',
        f"{NGINX}::test_what_is_personal_is_never_kept",
    ),
    Removal(
        17,
        "votesite/web/wsgi/hosts.py",
        "            abort(400)\n",
        "            pass\n",
        f"{DOORS}::test_foreign_host_is_refused_and_not_repeated",
    ),
    Removal(
        17,
        "votesite/web/wsgi/hosts.py",
        '            environ["HTTP_HOST"] = self._own\n',
        "",
        f"{DOORS}::test_foreign_host_is_refused_and_not_repeated",
    ),
    Removal(
        18,
        "votesite/web/responses.py",
        '    is_path = text.startswith("/") and text[1:2] not in ("/", "\\\\") and',
        '    is_path = text.startswith("/") and',
        f"{DOORS}::test_no_way_leads_out_of_the_site",
    ),
    Removal(
        18,
        "votesite/web/voting/sign_in.py",
        '    is_own = path.startswith("/") and path[1:2] not in ("/", "\\\\")\n',
        '    is_own = path.startswith("/")\n',
        f"{DOORS}::test_no_way_leads_out_of_the_site",
    ),
    Removal(
        19,
        "votesite/templates/components/candidate_card.html",
        '<span class="cand-name"{{ written_lang() }}>{{ candidate.name }}</span>',
        '<span class="cand-name"{{ written_lang() }}>{{ candidate.name|safe }}</span>',
        TRIES,
    ),
    Removal(
        19,
        "votesite/web/prose.py",
        "    clean = nh3.clean(\n        _reader.render(text, ",
        "    clean = (lambda made, **_: text)(\n        _reader.render(text, ",
        TRIES,
    ),
    Removal(
        20,
        "votesite/domain/media/decoding.py",
        "    if width * height > most_pixels:\n        raise",
        "    if False:\n        raise",
        "tests/domain/media/test_encoding.py::test_hostile_file_is_refused_with_its_reason",
    ),
    Removal(
        21,
        "votesite/domain/spreadsheets.py",
        "        if char in FORMULA_STARTS:\n            return True\n",
        "",
        "tests/domain/test_spreadsheets.py::test_formula_is_put_behind_an_apostrophe",
    ),
    Removal(
        21,
        "votesite/domain/spreadsheets.py",
        "[safe_text(cell) if isinstance(cell, str) else cell for cell in row]",
        "list(row)",
        "tests/web/admin/voting/test_results.py::test_exports_hold_no_formula",
    ),
    Removal(
        22,
        "votesite/domain/voting/own.py",
        'Statement("SELECT code FROM receipts WHERE campaign_id = :campaign_id AND n = :n")',
        'Statement(f"SELECT code FROM receipts WHERE campaign_id = {0} AND n = :n")',
        f"{WORDS}::test_statements_are_written_out",
    ),
    Removal(
        23,
        "votesite/web/access/staff.py",
        "    if not _allows(held, roles or READERS):\n        raise Forbidden\n    g.campaign",
        "    g.campaign",
        f"{MATRIX}::test_every_role_gets_what_its_row_says",
    ),
    Removal(
        23,
        "votesite/web/access/staff.py",
        "    held = staff.roles_in(campaign.id) if campaign else frozenset()\n",
        "    held = frozenset(grant.role for grant in staff.grants)\n",
        f"{MATRIX}::test_every_role_gets_what_its_row_says",
    ),
    Removal(
        24,
        "votesite/domain/staff/attempts.py",
        "    _change(rule.mark, one_more)\n",
        "",
        f"{ATTEMPTS}::test_guesses_in_parallel_wait_too",
    ),
    Removal(
        24,
        "votesite/domain/staff/passwords.py",
        "            return _is_password(hashed, password)\n",
        "            return hashed != decoy and _is_password(hashed, password)\n",
        "tests/web/admin/site/test_sign_in.py::test_unknown_name_takes_as_long_as_a_wrong_password",
    ),
    Removal(
        24,
        "votesite/domain/staff/passwords.py",
        "    if not is_passed:\n",
        "    if False:\n",
        f"{PHONE}::test_password_alone_no_longer_lets_in_and_the_answer_says_no_more",
    ),
    Removal(
        24,
        "votesite/domain/staff/second_factors.py",
        "        row.last_step = step\n",
        "",
        f"{PHONE}::test_code_is_good_once",
    ),
    Removal(
        24,
        "votesite/domain/staff/second_factors.py",
        "        db.session.execute(delete(StaffSession).where(*others))\n",
        "",
        f"{PHONE}::test_other_browsers_are_signed_out",
    ),
    Removal(
        24,
        "votesite/web/admin/site/me.py",
        "        passwords.require_own_password(",
        "        (lambda *_: None)(",
        f"{PHONE}::test_setting_up_takes_the_password_and_the_right_code",
    ),
    Removal(
        24,
        "votesite/domain/staff/passwords.py",
        "        _note(security_log.SIGN_IN_FAILED, staff, browser.address, clock)\n",
        "",
        f"{SECURITY_LOG}::test_wrong_passwords_are_noted_with_the_account_and_without_the_name",
    ),
    Removal(
        24,
        "votesite/domain/staff/security_log.py",
        "row[0] < MAX_LINES",
        "True",
        f"{SECURITY_LOG}::test_flood_that_is_written_in_between_is_one_line_more_too",
    ),
    Removal(
        24,
        "votesite/web/admin/site/security_log.py",
        "    if name in NOTED or",
        "    if",
        "tests/web/admin/site/test_security_log.py"
        "::test_doors_that_stay_shut_are_counted_with_the_account",
    ),
    Removal(
        25,
        "votesite/domain/voting/recording.py",
        "    code = receipts.new_receipt_code(token_bytes(10))\n",
        '    code = str(n).rjust(16, "0")\n',
        f"{DOORS}::test_tried_receipts_are_all_alike",
    ),
    Removal(
        26,
        "votesite/wechat/transport.py",
        '            "allow_redirects": False,\n',
        '            "allow_redirects": True,\n',
        f"{WORDS}::test_redirect_of_wechat_is_not_followed",
    ),
    Removal(
        27,
        "deploy/nginx.conf",
        "        location /static/ {",
        "        location /static {",
        f"{NGINX}::test_static_folder_has_no_way_out",
    ),
    Removal(
        27,
        "votesite/web/wsgi/static_files.py",
        '        path = safe_join(app.static_folder or "", filename)\n',
        '        path = f"{app.static_folder}/{filename}"\n'
        "        return Response(Path(path).read_bytes())\n",
        f"{DOORS}::test_no_path_leads_out_of_its_folder",
    ),
    Removal(
        28,
        "deploy/nginx.conf",
        "    client_max_body_size 21m;",
        "    client_max_body_size 0;",
        f"{NGINX}::test_body_over_20_mb_is_refused_before_it_is_read",
    ),
    Removal(
        28,
        "deploy/nginx.conf",
        "    client_header_timeout 10s;",
        "    client_header_timeout 600s;",
        f"{NGINX}::test_slow_visitors_do_not_take_the_site_down",
    ),
    Removal(
        28,
        "votesite/web/access/forms.py",
        'raw.count(b"&") >= MAX_FIELDS',
        "False",
        f"{BALLOT}::test_more_than_a_thousand_fields_are_too_large",
    ),
    Removal(
        29,
        "gunicorn.conf.py",
        "control_socket_disable = True\n",
        "control_socket_disable = True\nstrip_header_spaces = True\n",
        f"{WIRE}::test_request_with_two_ends_is_refused_and_nothing_comes_after_it",
    ),
    Removal(
        30,
        "votesite/domain/ledger/terms.py",
        "                known > size or merkle",
        "                False and merkle",
        f"{MARKS}::test_shorter_ledger_takes_no_ballots",
    ),
    Removal(
        31,
        "votesite/domain/ledger/terms.py",
        "merkle.root(subtree, 0, known).hex() != root",
        "False",
        f"{MARKS}::test_ledger_that_has_grown_another_way_takes_no_ballots",
    ),
    Removal(
        32,
        "gunicorn.conf.py",
        '"%(m)s %(U)s" %(s)s',
        '"%(r)s" %(s)s',
        "tests/services/test_server.py"
        "::test_access_log_has_paths_but_neither_queries_nor_where_one_came_from",
    ),
    Removal(
        32,
        "deploy/nginx.conf",
        '"$request_method $shown"',
        '"$request"',
        f"{NGINX}::test_logs_have_no_query",
    ),
    Removal(
        33,
        "votesite/templates/layouts/base.html",
        '<meta charset="utf-8">',
        '<meta charset="utf-8"><script src="https://cdn.example/x.js"></script>',
        f"{WORDS}::test_pages_and_styles_load_from_this_host_alone",
    ),
    Removal(
        33,
        "requirements.txt",
        "Flask==3.1.3",
        "Flask==3.1.2",
        f"{WORDS}::test_every_package_is_pinned_by_its_hashes",
    ),
    Removal(
        34,
        "votesite/domain/setup/steps.py",
        "            _refuse_frozen(changed, had)\n",
        "            pass\n",
        f"{STEPS}::test_frozen_settings_change_by_decision_only_once_voting_begins",
    ),
    Removal(
        34,
        "votesite/domain/setup/dossiers.py",
        "            if FROZEN_FIELDS & set(changed) and freeze.is_frozen(campaign, now):\n"
        "                raise Frozen\n",
        "",
        "tests/domain/setup/test_dossiers.py::test_names_and_numbers_are_frozen_while_voting",
    ),
    Removal(
        34,
        "votesite/domain/setup/dossiers.py",
        "            versions.keep(candidate, before, now)\n",
        "            pass\n",
        "tests/domain/setup/test_dossiers.py::test_changes_during_the_vote_are_public",
    ),
    Removal(
        34,
        "votesite/domain/campaigns/publishing.py",
        "    if worse:\n        raise PublishFaults(worse)\n",
        "",
        "tests/domain/campaigns/test_publishing.py"
        "::test_no_acts_of_the_desk_make_a_published_campaign_unfit",
    ),
    Removal(
        34,
        "votesite/domain/edits.py",
        "    if merging.conflicts:\n        raise Conflict(merging.conflicts, values)\n",
        "",
        "tests/domain/setup/test_dossiers.py::test_two_editors_lose_nothing_in_any_field",
    ),
    Removal(
        35,
        "votesite/web/wsgi/headers.py",
        "        \"frame-ancestors 'none'\",\n",
        "",
        f"{DOORS}::test_every_answer_has_its_headers",
    ),
    Removal(
        36,
        "votesite/web/access/forms.py",
        "    if is_large():\n        refuse_foreign_origin()\n        admit()\n",
        "",
        f"{BODIES}::test_what_forbids_a_large_body_is_told_in_order_and_unread",
    ),
    Removal(
        36,
        "votesite/web/access/forms.py",
        "    limit = bounds.whole if request.mimetype == MULTIPART else FORM_BYTES",
        "    limit = bounds.whole",
        f"{BODIES}::test_what_forbids_a_large_body_is_told_in_order_and_unread",
    ),
    Removal(
        36,
        "votesite/web/access/forms.py",
        "        if run > MAX_MARKS:",
        "        if run < 0:",
        f"{BODIES}::test_texts_of_a_nomination_have_a_bound_of_their_own",
    ),
    Removal(
        36,
        "votesite/web/access/bodies.py",
        "            self._spend(len(event.data))\n",
        "",
        f"{BODIES}::test_texts_of_a_nomination_have_a_bound_of_their_own",
    ),
    Removal(
        36,
        "votesite/web/access/bodies.py",
        "len(self._begun) >= MAX_FILES",
        "False",
        f"{BODIES}::test_texts_of_a_nomination_have_a_bound_of_their_own",
    ),
    Removal(
        37,
        "votesite/confined/child.py",
        "    resource.setrlimit(resource.RLIMIT_AS, (memory, resource.RLIM_INFINITY))\n",
        "",
        f"{CONFINED}::test_memory_is_bounded_by_what_was_asked_for",
    ),
    Removal(
        37,
        "votesite/confined/child.py",
        "    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))\n",
        "",
        f"{CONFINED}::test_work_that_no_parent_ends_is_ended_by_the_kernel",
    ),
    Removal(
        37,
        "votesite/confined/__init__.py",
        "until = time.monotonic() + seconds * SLACK",
        "until = time.monotonic() + 3600",
        f"{CONFINED}::test_fault_has_its_reason_and_the_next_work_is_done",
    ),
    Removal(
        37,
        "votesite/confined/__init__.py",
        "                env={},\n",
        "",
        f"{CONFINED}::test_process_knows_nothing_of_the_site",
    ),
    Removal(
        37,
        "votesite/domain/media/decoding.py",
        "    if max(width, height) > LONGEST_SIDE:",
        "    if False:",
        f"{PICTURES}::test_hostile_file_is_refused_with_its_reason",
    ),
    Removal(
        37,
        "votesite/domain/nominations/nominating.py",
        "    _check_form(campaign, voter, proposal, clock())\n",
        "",
        "tests/domain/nominations/test_nominating.py::test_picture_is_decoded_last",
    ),
    Removal(
        37,
        "votesite/web/nominations/nominate.py",
        "        rate_limits.check_picture(proposal.voter)\n",
        "        pass\n",
        "tests/web/nominations/test_nominate.py::test_twenty_first_picture_in_a_minute_is_refused",
    ),
    Removal(
        38,
        "votesite/domain/setup/folder/workbooks.py",
        "        if sum(map(len, rows)) > most:",
        "        if False:",
        "tests/domain/setup/test_folder.py::test_hostile_workbook_is_refused_in_time",
    ),
    Removal(
        38,
        "votesite/domain/setup/folder/rosters.py",
        "    if len(data) > MAX_BYTES:",
        "    if False:",
        "tests/domain/setup/test_folder.py::test_roster_faults_name_their_line",
    ),
    Removal(
        38,
        "votesite/domain/setup/folder/rosters.py",
        "    if len(filled) > MAX_VOTERS + 1:",
        "    if False:",
        "tests/domain/setup/test_folder.py::test_roster_faults_name_their_line",
    ),
    Removal(
        39,
        "votesite/domain/staff/attempts.py",
        "    if device:\n",
        "    if False:\n",
        f"{ATTEMPTS}::test_strangers_who_guess_all_day_never_keep_out_who_is_known",
    ),
    Removal(
        39,
        "votesite/domain/staff/attempts.py",
        "    source = subscriber(browser.address)\n",
        "    source = browser.address.encode()\n",
        f"{ATTEMPTS}::test_network_waits_whatever_names_and_addresses_it_tries",
    ),
    Removal(
        39,
        "votesite/domain/staff/attempts.py",
        "    if not is_known_network:\n",
        "    if False:\n",
        f"{ATTEMPTS}::test_strangers_together_have_a_bound_that_says_whose_guesses_they_are",
    ),
    Removal(
        39,
        "votesite/domain/staff/attempts.py",
        "        with _held(_KNOWN, PATIENT_SECONDS):\n",
        "        with _held(_STRANGERS, QUEUE_SECONDS):\n",
        f"{ATTEMPTS}::test_too_many_passwords_at_a_time_are_refused_uncounted",
    ),
    Removal(
        39,
        "votesite/domain/staff/passwords.py",
        "        attempt.take_back()\n",
        "",
        f"{ATTEMPTS}::test_too_many_passwords_at_a_time_are_refused_uncounted",
    ),
    Removal(
        39,
        "votesite/web/access/devices.py",
        " if _now() - entry[1] < KNOWN_FOR}\n",
        "}\n",
        f"{DESK_DOOR}::test_cookie_that_is_forged_or_over_a_month_old_makes_no_browser_known",
    ),
    Removal(
        40,
        "votesite/domain/decisions/proposals.py",
        "    if decision.proposed_by == by:\n        raise SecondPersonNeeded\n",
        "",
        "tests/domain/decisions/test_proposals.py::test_an_incident_takes_two",
    ),
    Removal(
        41,
        "votesite/wechat/transport.py",
        "            if self._held[network] >= most:\n                raise Crowded\n",
        "",
        f"{FLOOD}::test_people_from_elsewhere_sign_in_while_one_network_floods",
    ),
    Removal(
        41,
        "votesite/web/voting/sign_in.py",
        "            rate_limits.note_refused_code(address)\n",
        "            pass\n",
        f"{FLOOD}::test_network_of_invented_codes_keeps_a_few_places_and_its_people_get_in",
    ),
    Removal(
        42,
        "votesite/config.py",
        "    faults += secret_faults.faults(text, master_key)\n",
        "",
        "tests/test_start.py::test_senseless_value_stops_the_start_with_one_sentence",
    ),
    Removal(
        42,
        "votesite/domain/staff/grants.py",
        "    if staff is not None and _excludes(staff, role, campaign_id):\n",
        "    if False:\n",
        "tests/domain/staff/test_grants.py"
        "::test_auditor_and_judge_are_nothing_else_in_the_same_campaign",
    ),
    Removal(
        42,
        "votesite/web/access/staff.py",
        "        return held == frozenset(wanted)\n",
        "        return bool(held.intersection(wanted))\n",
        f"{COSIGNING}::test_openings_are_for_who_is_an_auditor_and_nothing_else",
    ),
    Removal(
        43,
        "deploy/nginx.conf",
        "proxy_no_cache $args $is_private $is_another;",
        "proxy_no_cache $args $is_private;",
        f"{NGINX}::test_no_cookie_of_one_visitor_decides_what_another_reads",
    ),
    Removal(
        44,
        "votesite/files.py",
        "    with _locked(path.parent / LOCK, time.monotonic() + patience):",
        "    if True:",
        f"{FILES}::test_file_is_made_once_by_many_processes_and_never_seen_in_part",
    ),
    Removal(
        44,
        "votesite/domain/ledger/archive.py",
        "        for size, note in publication.checkpoint_notes(campaign_id, tx):",
        "        for size, note in publication.checkpoint_notes(campaign_id):",
        f"{ARCHIVE}::test_archive_is_of_one_state_whatever_is_written_meanwhile",
    ),
    Removal(
        45,
        "votesite/domain/voting/voters.py",
        '    return mac(terms.pseudonym_key, b"consent|" + voter)',
        "    return voter",
        f"{POOL}::test_copy_of_the_files_joins_no_consent_to_a_ballot_or_an_answer",
    ),
    Removal(
        45,
        "votesite/domain/surveys/pool.py",
        "LOT = 10\n",
        "LOT = 1\n",
        f"{POOL}::test_copy_of_the_files_joins_no_consent_to_a_ballot_or_an_answer",
    ),
    Removal(
        45,
        "votesite/domain/ledger/terms.py",
        "choices.ljust(self.longest_ballot)",
        "choices",
        f"{VOTING}::test_length_of_what_is_sealed_says_nothing_of_what_was_chosen",
    ),
    Removal(
        45,
        "votesite/logs.py",
        "    return not (path and JOINING.match(path))",
        "    return True",
        f"{LOGS}::test_servers_access_log_has_no_line_of_a_ballot_or_a_staff_link",
    ),
    Removal(
        46,
        "votesite/logs.py",
        "        record.exc_text = told(fault)",
        "        record.exc_info = exc_info",
        f"{LOGS}::test_fault_is_told_by_type_and_place_in_whatever_logger",
    ),
    Removal(
        47,
        "votesite/models/triggers.py",
        "_no_delete BEFORE DELETE ON {table} {refuse}",
        "_no_delete BEFORE DELETE ON {table} BEGIN SELECT 1; END",
        "tests/test_migrations.py::test_an_entry_cannot_be_changed_deleted_or_replaced",
    ),
    Removal(
        47,
        "votesite/domain/operations/restoring.py",
        "    if strange:",
        "    if False:",
        "tests/test_backup.py::test_backup_brings_nothing_but_data",
    ),
    Removal(
        48,
        "votesite/domain/staff/account_acts.py",
        "        if by in (act.proposed_by, act.staff_id):\n            raise SecondPersonNeeded\n",
        "",
        f"{ACTS}::test_another_who_looks_after_accounts_or_an_owner_confirms_and_nobody_else",
    ),
    Removal(
        48,
        "votesite/domain/staff/account_acts.py",
        "        if not _looks_after_accounts(people.by_id(by), now) or wish.staff_id == by:\n",
        "        if wish.staff_id == by:\n",
        f"{ACTS}::test_who_looks_after_accounts_proposes_and_nobody_else",
    ),
    Removal(
        48,
        "votesite/domain/staff/account_acts.py",
        "        if not may_confirm(people.by_id(by), act, now):\n            raise Forbidden\n",
        "",
        f"{ACTS}::test_another_who_looks_after_accounts_or_an_owner_confirms_and_nobody_else",
    ),
    Removal(
        48,
        "votesite/domain/staff/account_acts.py",
        "DELAY = timedelta(hours=24)\n",
        "DELAY = timedelta(0)\n",
        f"{ACTS}::test_role_counts_a_day_after_it_was_confirmed_and_not_before",
    ),
    Removal(
        48,
        "votesite/models/staff.py",
        "        if self.waits_for_factor:\n            return []\n",
        "",
        f"{JOINING}::test_invited_person_names_the_account_and_can_do_nothing_without_a_phone",
    ),
    Removal(
        48,
        "votesite/domain/staff/joining.py",
        "    if act.kind not in kinds or not works(act, now=now):\n",
        "    if act.kind not in kinds:\n",
        f"{JOINING}::test_new_password_is_set_a_day_later_by_the_person_and_ends_all_sessions",
    ),
    Removal(
        48,
        "votesite/domain/staff/joining.py",
        "    act.staff_id, act.used_at, act.token_hash = staff_id, minute(now), None\n",
        "    act.staff_id = staff_id\n",
        f"{JOINING}::test_link_works_once",
    ),
    Removal(
        48,
        "votesite/domain/staff/recovery_codes.py",
        "    db.session.delete(row)\n",
        "",
        "tests/domain/staff/test_recovery_codes.py::test_each_lets_in_once_in_place_of_the_phone",
    ),
    Removal(
        48,
        "votesite/web/admin/site/account_acts.py",
        "    if failure is not None:\n        return act_page(act, failure)\n",
        "",
        f"{TWO}::test_confirming_takes_the_own_password",
    ),
    Removal(
        48,
        "votesite/domain/staff/account_acts.py",
        "            notices.tell(act, now)\n    return act\n",
        "            pass\n    return act\n",
        "tests/domain/staff/test_notices.py::test_what_was_stopped_is_told_again",
    ),
    Removal(
        48,
        "votesite/domain/staff/grants.py",
        "            refuse_last(staff_id, revoked.role, now)\n",
        "            pass\n",
        f"{ACTS}::test_last_who_looks_after_accounts_and_the_last_owner_stay",
    ),
    Removal(
        48,
        "votesite/domain/campaigns/publishing.py",
        " | phones | signers\n",
        " | signers\n",
        "tests/domain/campaigns/test_promises.py::test_in_production_who_decides_needs_a_phone",
    ),
    Removal(
        49,
        "votesite/domain/decisions/proposals.py",
        '    if decision.state == "unsigned" and decision.proposed_by != reader:\n'
        "        raise NotFound\n",
        "",
        "tests/domain/decisions/test_signatures.py::test_nobody_else_sees_an_unsigned_proposal",
    ),
    Removal(
        49,
        "votesite/domain/decisions/proposals.py",
        "    age = MAX_AGE_UNSIGNED if is_unsigned "
        "else timedelta(days=KINDS[decision.kind].days)\n",
        "    age = timedelta(days=KINDS[decision.kind].days)\n",
        "tests/domain/decisions/test_signatures.py::test_unsigned_proposal_is_gone_after_an_hour",
    ),
    Removal(
        49,
        "votesite/domain/decisions/proposals.py",
        "    if is_about(decision, by):\n        raise Forbidden\n",
        "",
        "tests/domain/decisions/test_signatures.py::test_signer_and_drop_are_for_two_others",
    ),
    Removal(
        49,
        "votesite/domain/decisions/proposals.py",
        "            if not signatures.is_by(tx, decision, "
        "decision.proposed_by, decision.signature, now):\n"
        "                raise Lapsed\n",
        "",
        "tests/domain/decisions/test_signatures.py"
        "::test_proposer_whose_key_was_replaced_before_the_second_signs_has_not_signed",
    ),
    Removal(
        49,
        "votesite/domain/decisions/proposals.py",
        "    if not signatures.is_by(tx, decision, by, signature, now):\n"
        "        raise InvalidSignature\n"
        "    change",
        "    change",
        "tests/domain/decisions/test_signatures.py::test_wrong_first_signature_changes_nothing",
    ),
    Removal(
        49,
        "votesite/domain/decisions/proposals.py",
        "        if campaign.signed and on_screen_of is not None:\n            raise NotFound\n",
        "",
        "tests/web/admin/campaign/test_proposing.py"
        "::test_publishing_in_a_signed_campaign_is_confirmed_on_ones_own_device",
    ),
    Removal(
        49,
        "votesite/domain/decisions/signatures.py",
        "    if not signers_in(tx, campaign_id, t).may_sign(staff_id, t):\n"
        "        raise NotSigner\n",
        "",
        "tests/web/admin/campaign/test_proposing.py::test_who_is_no_signer_is_told_so",
    ),
    Removal(
        49,
        "votesite/domain/staff/signing_keys.py",
        "    if not signatures.holds(offer.public, text, offer.proof):\n"
        '        raise InvalidFields({"key": Fault("no-proof")})\n',
        "",
        "tests/domain/staff/test_signing_keys.py::test_key_without_its_proof_is_refused",
    ),
    Removal(
        49,
        "votesite/domain/staff/signing_keys.py",
        "        if len(keys_of(staff_id)) >= MAX_KEYS:\n"
        '            raise InvalidFields({"key": Fault("too-many-keys", max=MAX_KEYS)})\n',
        "",
        "tests/domain/staff/test_signing_keys.py::test_fifth_key_is_refused_until_one_is_removed",
    ),
    Removal(
        49,
        "votesite/domain/staff/signing_keys.py",
        "        if key.staff_id != by or key.removed_at is not None:\n",
        "        if key.removed_at is not None:\n",
        "tests/domain/staff/test_signing_keys.py::test_only_its_owner_removes_a_key_and_once",
    ),
    Removal(
        49,
        "votesite/domain/staff/signing_keys.py",
        "    passwords.require_step_up(",
        "    return\n    passwords.require_step_up(",
        "tests/domain/staff/test_signing_keys.py::test_name_and_password_are_asked_for_again",
    ),
    Removal(
        49,
        "votesite/domain/ledger/signers.py",
        "        return signer is not None and _is_old_enough(signer.since, t)",
        "        return signer is not None",
        "tests/domain/ledger/test_signers.py"
        "::test_those_of_entry_0_sign_at_once_and_new_ones_a_day_later",
    ),
    Removal(
        49,
        "votesite/domain/ledger/signers.py",
        "        return sorted(key for key, since in signer.keys.items() if "
        "_is_old_enough(since, t))",
        "        return sorted(signer.keys)",
        "tests/domain/ledger/test_signers.py::test_a_new_key_waits_and_the_one_that_stays_does_not",
    ),
    Removal(
        49,
        "votesite/domain/ledger/two_person.py",
        '    if any(entry.get("id") == decided.id for entry in acts(log.tx, '
        "log.campaign_id)):\n"
        "        raise Lapsed\n",
        "",
        "tests/domain/ledger/test_two_person.py::test_an_id_is_used_once",
    ),
    Removal(
        49,
        "votesite/domain/ledger/two_person.py",
        "        if not signers.holds(staff, t, text, signature):\n"
        "            raise InvalidSignature\n",
        "        signers.holds(staff, t, text, signature)\n",
        "tests/domain/ledger/test_two_person.py::test_forged_or_missing_signatures_are_refused",
    ),
    Removal(
        49,
        "votesite/domain/ledger/two_person.py",
        "    if not signers_of(tx, campaign_id).takes(staff, keys):\n        raise Lapsed\n",
        "",
        "tests/domain/ledger/test_two_person.py"
        "::test_a_signed_ledger_takes_no_signer_without_a_key_and_no_key_for_two",
    ),
    Removal(
        50,
        "votesite/domain/ledger/steps.py",
        "    if not is_large_enough(log) and v not in _pseudonyms(log.head.step):",
        "    if not is_large_enough(log):",
        "tests/domain/ledger/test_steps.py::test_ten_ballots_of_two_people_are_no_step_of_three",
    ),
    Removal(
        50,
        "votesite/domain/ledger/steps.py",
        '        if entry["n"] not in void:\n            found',
        "        if True:\n            found",
        "tests/domain/ledger/test_steps.py::test_a_voided_ballot_does_not_fill_the_step",
    ),
    Removal(
        50,
        "votesite/domain/results/due.py",
        "    if log.head.minute_of(now) >= minute(quiet_from(log)) or not "
        "steps.is_large_enough(log):",
        "    if log.head.minute_of(now) >= minute(log.terms.closes) or not "
        "steps.is_large_enough(log):",
        "tests/domain/ledger/test_steps.py::test_no_step_is_made_in_the_quiet_minutes",
    ),
    Removal(
        50,
        "votesite/domain/results/guard.py",
        "        return voters >= self.min_batch and naming <= MAX_NAMING * ballots",
        "        return naming <= MAX_NAMING * ballots",
        "tests/domain/results/test_guard.py::test_a_set_of_sealed_ballots_leaves_each_in_doubt",
    ),
    Removal(
        50,
        "votesite/domain/results/guard.py",
        "        return voters >= self.min_batch and naming <= MAX_NAMING * ballots",
        "        return voters >= self.min_batch",
        "tests/domain/results/test_guard.py::test_a_set_of_sealed_ballots_leaves_each_in_doubt",
    ),
    Removal(
        51,
        "votesite/domain/operations/identity.py",
        "        if tx.one(_ANY_LEDGER) is None:\n            keys.make_site_keys",
        "        if True:\n            keys.make_site_keys",
        "tests/domain/operations/test_identity.py"
        "::test_a_lost_key_is_not_made_again_while_there_is_a_ledger",
    ),
    Removal(
        51,
        "votesite/domain/operations/identity.py",
        "    if APP_ID in changed and changed[APP_ID][0] is not None:",
        "    if False:",
        "tests/domain/operations/test_identity.py"
        "::test_another_app_id_is_refused_from_entry_0_to_the_count_alone",
    ),
    Removal(
        51,
        "votesite/domain/operations/identity.py",
        "    if VOTER_KEY in changed and changed[VOTER_KEY][0] is not None:",
        "    if False:",
        "tests/domain/operations/test_identity.py::test_a_replaced_key_is_refused_during_a_vote",
    ),
    Removal(
        51,
        "votesite/domain/operations/identity.py",
        "    return told is None or told == keys",
        "    return True or told == keys",
        "tests/domain/operations/test_identity.py"
        "::test_site_that_remembers_nothing_goes_by_entry_0",
    ),
    Removal(
        51,
        "votesite/__init__.py",
        "        if serves:\n            _refuse_strangers(settings)",
        "        if serves:\n            pass",
        "tests/domain/operations/test_identity.py"
        "::test_nobody_votes_twice_by_another_app_id_or_a_lost_key",
    ),
    Removal(
        51,
        "votesite/domain/keys.py",
        "    if row is None:\n        raise KeyMissing(purpose)\n",
        "    if row is None:\n        return token_bytes(KEY_BYTES)\n",
        "tests/domain/test_keys.py::test_a_site_key_is_never_made_where_it_is_needed",
    ),
    Removal(
        51,
        "votesite/domain/setup/steps.py",
        "        if freeze.is_frozen(campaign, now):\n"
        "            raise Frozen\n"
        "        if campaign.is_published and not wanted",
        "        if campaign.is_published and not wanted",
        "tests/web/admin/candidates/test_roster.py"
        "::test_one_editor_adds_no_voter_to_a_running_vote",
    ),
    Removal(
        51,
        "votesite/domain/voting/roster.py",
        "        if is_bound(tx, campaign_id, voter):  # one person, one code: "
        "this one stays unused\n"
        "            return SecondCode()\n",
        "        if is_bound(tx, campaign_id, voter):\n            return None\n",
        "tests/web/admin/candidates/test_roster.py::test_one_person_votes_with_one_code",
    ),
    Removal(
        51,
        "votesite/domain/setup/folder/rosters.py",
        "        first = met.setdefault(alike(label), number)",
        "        first = met.setdefault(label, number)",
        "tests/web/admin/candidates/test_roster.py::test_a_name_written_twice_is_named_by_its_line",
    ),
    Removal(
        51,
        "votesite/domain/voting/roster_additions.py",
        '    if fields["set"]["roster"] != {"size": size, "sha256": sha256}:',
        "    if False:",
        "tests/domain/voting/test_roster_additions.py"
        "::test_of_two_proposals_made_for_one_roster_the_second_lapses",
    ),
    Removal(
        51,
        "votesite/domain/voting/recording.py",
        "    if tx.one(FIND_PICK, mark):\n"
        "        return False\n"
        "    tx.run(_ADD_PICK, mark)\n"
        "    return True",
        "    return True",
        "tests/domain/results/test_turnout.py"
        "::test_voters_are_counted_as_the_public_log_shows_them",
    ),
    Removal(
        51,
        "votesite/domain/campaigns/publishing.py",
        "    if has_empty_roster(campaign):  # entry",
        "    if False:  # entry",
        "tests/domain/campaigns/test_publishing.py::test_roster_without_anybody_is_not_published",
    ),
    Removal(
        51,
        "migrations/env.py",
        "    if leads_to_newest() and",
        "    if",
        "tests/test_migrations.py::test_a_look_at_the_migrations_makes_no_key",
    ),
    Removal(
        51,
        "votesite/domain/ledger/comparison.py",
        "        self._compare_electorate()\n",
        "",
        "tests/domain/ledger/test_electorate.py"
        "::test_code_that_comes_or_goes_past_the_ledger_is_found",
    ),
    Removal(
        50,
        "votesite/domain/results/differences.py",
        "    return [_changed(by_ballot, n) ^ frozenset(turned) for n in results]\n",
        "    return [_changed(by_ballot, n) for n in results]\n",
        "tests/domain/results/test_differences.py"
        "::test_a_void_after_the_count_stands_alone_and_its_restore_takes_it_back",
    ),
    Removal(
        50,
        "votesite/domain/decisions/voids.py",
        '            raise InvalidFields({"appeal": shown})\n',
        "            pass\n",
        f"{NEIGHBOURS}::test_appellant_who_has_not_agreed_is_not_restored_alone",
    ),
    Removal(
        50,
        "votesite/domain/decisions/voids.py",
        "    return no if guard.may_name(naming=naming, ballots=len(of), voters=voters) else 0\n",
        "    return no\n",
        f"{NEIGHBOURS}::test_clean_up_whose_ballots_chose_alike_names_nobody",
    ),
    Removal(
        50,
        "votesite/domain/ledger/steps.py",
        "    if not is_large_enough(log) and v not in _pseudonyms(log.head.step):\n",
        "    if not is_large_enough(log):\n",
        f"{NEIGHBOURS}::test_every_step_of_every_log_holds_its_voters_and_none_is_quiet",
    ),
    Removal(
        23,
        "votesite/web/admin/jobs.py",
        "    if job.asked_by != require_staff().id and not may(campaign, *READERS):\n",
        "    if False:\n",
        "tests/web/admin/test_jobs.py::test_others_see_it_by_their_role",
    ),
    Removal(
        52,
        "votesite/domain/ledger/honours.py",
        "    if state.panel is not None or state.final is not None:\n",
        "    if state.final is not None:\n",
        "tests/domain/ledger/test_honours.py::test_nothing_of_the_panel_follows_it",
    ),
    Removal(
        52,
        "votesite/domain/ledger/honours.py",
        "        and not state.is_sanctioned\n",
        "",
        "tests/domain/ledger/test_honours.py::test_a_ranking_waits_for_the_recount",
    ),
    Removal(
        52,
        "votesite/domain/ledger/honours.py",
        "        and state.is_ranking_current\n        and t <= fields",
        "        and t <= fields",
        "tests/domain/ledger/test_honours.py::test_no_notice_of_a_ranking_that_no_longer_holds",
    ),
    Removal(
        52,
        "votesite/domain/ledger/honours.py",
        "        and not state.owes_ranking\n        and state.is_ranking_current\n",
        "        and not state.owes_ranking\n",
        "tests/domain/ledger/test_honours.py::test_what_changes_after_the_ranking_needs_another",
    ),
    Removal(
        52,
        "votesite/domain/ledger/honours.py",
        '    if (state.final is not None) != (k == "revoke"):\n',
        "    if False:\n",
        "tests/domain/ledger/test_honours.py::test_after_the_final_list_only_honours_are_revoked",
    ),
    Removal(
        52,
        "votesite/domain/ledger/honours.py",
        "    if not _has_form(log, state, judge, sheet):\n",
        "    if False:\n",
        "tests/domain/ledger/test_honours.py::test_a_sheet_of_another_form_is_refused",
    ),
    Removal(
        52,
        "votesite/domain/decisions/honour_effects.py",
        '    if hashlib.sha256(canonical(table)).hexdigest() != decision.fields["sha256"]:\n',
        "    if False:\n",
        "tests/domain/decisions/test_honour_effects.py::test_a_ranking_that_would_differ_by_now_lapses",
    ),
    Removal(
        52,
        "votesite/domain/ledger/honour_comparison.py",
        "    _compare_tables(recount)\n",
        "",
        "tests/domain/ledger/test_honour_comparison.py::test_what_cannot_be_made_again_is_found",
    ),
    Removal(
        52,
        "votesite/domain/scoring/composite.py",
        "MIN_TRIMMED = 5",
        "MIN_TRIMMED = 4",
        "tests/domain/scoring/test_composite.py::test_trim_needs_five_sheets_of_everybody_who_has_one",
    ),
    Removal(
        52,
        "votesite/domain/scoring/composite.py",
        "            if count >= seats:",
        "            if count > seats:",
        "tests/domain/scoring/test_composite.py::test_ranking_equals_a_second_calculation_on_a_thousand_random_campaigns",
    ),
    Removal(
        52,
        "tools/verify.py",
        "            require(not changed, f\"名次之后又有 {'、'.join(changed)}\")\n",
        "",
        "tests/test_verify_honours.py::test_list_is_not_final_while_something_has_changed_since_its_ranking",
    ),
    Removal(
        53,
        "votesite/domain/ledger/disclosure.py",
        " and last >= 0",
        "",
        "tests/domain/ledger/test_disclosure.py::test_everything_is_public_in_its_time_and_not_before",
    ),
    Removal(
        53,
        "votesite/domain/ledger/disclosure.py",
        "if n <= last]",
        "]",
        "tests/domain/ledger/test_disclosure.py::test_ranking_that_no_notice_names_yet_is_not_public",
    ),
    Removal(
        53,
        "votesite/domain/ledger/disclosure.py",
        ' and bool(of_kind["final"])',
        "",
        "tests/domain/ledger/test_disclosure.py::test_everything_is_public_in_its_time_and_not_before",
    ),
    Removal(
        53,
        "votesite/domain/scoring/inputs.py",
        " if state.panel is not None else {}",
        "",
        "tests/domain/scoring/test_inputs.py::test_no_sheet_before_the_panel",
    ),
    Removal(
        53,
        "votesite/domain/scoring/findings.py",
        "        if state.panel is None:\n",
        "        if False:\n",
        "tests/domain/scoring/test_findings.py::test_nothing_is_told_before_the_panel_is_closed",
    ),
    Removal(
        53,
        "votesite/web/admin/scoring/judges.py",
        "    if state.panel is None or number not in state.sheets:\n",
        "    if number not in state.sheets:\n",
        "tests/web/admin/scoring/test_judges.py::test_sheet_for_the_minutes_is_there_once_the_panel_is_closed",
    ),
    Removal(
        53,
        "votesite/domain/scoring/announced.py",
        'if each["from"] <= minute(now)]',
        "]",
        "tests/web/public/test_award.py::test_before_the_notice_begins_there_is_no_such_page",
    ),
    Removal(
        53,
        "votesite/domain/scoring/judges.py",
        " or judge.dismissed_n is not None",
        "",
        "tests/domain/scoring/test_judges.py::test_nobody_but_a_judge_in_office_has_a_sheet",
    ),
    Removal(
        54,
        "votesite/domain/ledger/honours.py",
        "        and not state.unanswered\n",
        "",
        "tests/domain/ledger/test_honours.py::test_a_list_is_not_final_before_all_is_answered_and_the_day_after",
    ),
    Removal(
        54,
        "votesite/domain/decisions/honours.py",
        '    if kind == "answer" and is_concerned(',
        "    if False and is_concerned(",
        "tests/domain/decisions/test_honour_proposals.py::test_who_is_concerned_neither_proposes_nor_confirms_an_answer",
    ),
    Removal(
        54,
        "votesite/domain/hearing/objections.py",
        '    if remaining(campaign.id, voter, notice["n"]) <= 0:\n',
        "    if False:\n",
        "tests/domain/hearing/test_objections.py::test_three_a_voter_and_notice",
    ),
    Removal(
        54,
        "votesite/domain/hearing/pdf.py",
        "    for found in _STREAM.finditer(data):\n",
        "    for found in ():\n",
        "tests/domain/hearing/test_evidence.py::test_pdf_that_may_do_something_is_refused_also_where_it_is_packed",
    ),
    Removal(
        54,
        "votesite/domain/hearing/answering.py",
        "    concerns.refuse_concerned(row, by)\n",
        "",
        "tests/domain/hearing/test_answering.py::test_who_is_concerned_neither_reads_nor_decides",
    ),
    Removal(
        54,
        "votesite/domain/hearing/hearings.py",
        "        if (objection.campaign_id, row.no) != (link.campaign_id, link.no):\n",
        "        if False:\n",
        "tests/domain/hearing/test_hearings.py::test_reply_is_given_once_by_the_body_that_was_asked",
    ),
]


def chosen(arguments: list[str]) -> list[Removal]:
    """The removals asked for: rows, all, or the first of each row."""
    if "--all" in arguments:
        return REMOVALS
    if arguments:
        return [removal for removal in REMOVALS if str(removal.row) in arguments]
    return list({removal.row: removal for removal in reversed(REMOVALS)}.values())[::-1]


def copy_of_the_tree(folder: Path) -> Path:
    """The tree as it stands, with this environment's packages."""
    tree = folder / "tree"
    shutil.copytree(ROOT, tree, ignore=LEFT_BEHIND)
    (tree / ".venv").symlink_to(ROOT / ".venv")
    return tree


def run(tree: Path, tests: list[str]) -> int:
    """pytest's word on some tests in the copy: 0 green, 1 red."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, *tests], cwd=tree, capture_output=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{tests} could not run:\n{done.stdout.decode()[-2000:]}")
    return done.returncode


def is_red(tree: Path, removal: Removal) -> bool:
    """Whether the test fails without the defence; the copy is whole again afterwards."""
    path = tree / removal.file
    whole = path.read_text()
    if whole.count(removal.text) < 1:
        raise SystemExit(f"{removal.file} no longer holds: {removal.text}")
    path.write_text(whole.replace(removal.text, removal.replacement, 1))
    try:
        return run(tree, [removal.test]) == 1
    finally:
        path.write_text(whole)


def main(arguments: list[str]) -> int:
    """The command."""
    wanted, green = chosen(arguments), 0
    with tempfile.TemporaryDirectory(prefix="removals-") as folder:
        tree = copy_of_the_tree(Path(folder))
        if run(tree, sorted({removal.test for removal in wanted})):
            raise SystemExit("A test is red before anything was taken out.")
        for removal in wanted:
            started = time.monotonic()
            colour = "red" if is_red(tree, removal) else "GREEN"
            green += colour == "GREEN"
            took = f"{time.monotonic() - started:4.0f} s"
            print(f"{removal.row:2} {colour} {took}  {removal.file}: {removal.test}", flush=True)
    print(f"{len(wanted) - green} of {len(wanted)} removals turned their test red")
    return int(green > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
