"""The catalogue of attacks: 35 rows, and the tests that each is refused by.

bench/removals.py takes the defences out, one by one, and shows that a test of the row turns red.
"""

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

DOORS = "tests/attacks/test_doors.py"
WORDS = "tests/attacks/test_words.py"
WIRE = "tests/attacks/test_wire.py"
BODIES = "tests/attacks/test_bodies.py"
PICTURES = "tests/domain/media/test_encoding.py"
CONFINED = "tests/test_confined.py"
NGINX = "tests/services/test_nginx.py"
SIGN_IN = "tests/web/voting/test_sign_in.py"
DESK_DOOR = "tests/web/admin/site/test_sign_in.py"
PHONE = "tests/web/admin/site/test_me.py"
FLOOD = "tests/services/test_callback_flood.py"
FILES = "tests/test_files.py"
ARCHIVE = "tests/domain/ledger/test_archive.py"
POOL = "tests/domain/surveys/test_pool.py"
LOGS = "tests/test_logs.py"
COSIGNING = "tests/web/admin/ledger/test_cosigning.py"
ACTS = "tests/domain/staff/test_account_acts.py"
ATTEMPTS = "tests/domain/staff/test_attempts.py"
BALLOT = "tests/web/voting/test_ballot.py"
VOTING = "tests/domain/voting/test_casting.py"
MATRIX = "tests/web/admin/test_role_matrix.py"
SITE = "tests/test_verify_site.py"
TAMPER = "tests/test_tamper.py"
STEPS = "tests/domain/setup/test_steps.py"
MARKS = "tests/domain/ledger/test_high_water.py"

HONOURS = "tests/domain/ledger/test_honours.py"
DISCLOSURE = "tests/domain/ledger/test_disclosure.py"

ROWS: dict[int, tuple[str, list[str]]] = {
    1: (
        "forged openid, parameter, hidden field",
        [
            f"{DOORS}::test_claimed_identity_opens_no_door",
            f"{DOORS}::test_claimed_identity_as_json_is_no_form",
            f"{BALLOT}::test_an_identity_field_is_never_read",
        ],
    ),
    2: (
        "OAuth code replayed or stolen, state missing or foreign",
        [
            f"{SIGN_IN}::test_callback_with_an_unknown_state_is_400_without_a_call",
            f"{SIGN_IN}::test_callback_in_another_session_is_400_without_a_call",
            f"{SIGN_IN}::test_callback_after_ten_minutes_is_400_without_a_call",
            f"{SIGN_IN}::test_same_callback_again_goes_on_with_one_further_call",
            f"{SIGN_IN}::test_callbacks_that_race_with_one_code_end_signed_in",
            f"{SIGN_IN}::test_broken_wechat_is_503_and_leaves_the_identity_alone",
        ],
    ),
    3: (
        "snapshot page's virtual openid",
        [
            f"{SIGN_IN}::test_snapshot_user_is_refused_and_loses_the_identity",
            f"{SIGN_IN}::test_snapshot_user_cannot_vote_until_the_next_good_login",
            "tests/services/test_wechat_client.py"
            "::test_exchange_tells_a_snapshot_and_drops_its_virtual_openid",
        ],
    ),
    4: (
        "session forged, fixed or stolen",
        [
            f"{WORDS}::test_cookie_with_any_bit_flipped_is_no_session",
            f"{WORDS}::test_session_planted_before_login_is_not_the_one_after",
            f"{DESK_DOOR}::test_session_that_was_known_before_signing_in_is_worth_nothing",
            f"{DESK_DOOR}::test_signing_out_ends_the_session_for_a_copy_of_the_cookie_too",
            f"{SIGN_IN}::test_csrf_secret_is_new_after_every_login",
            f"{NGINX}::test_session_cookie_is_bound_to_the_host_and_to_tls",
            "tests/domain/staff/test_sessions.py::test_session_is_kept_as_hash_only",
        ],
    ),
    5: (
        "one voter in parallel",
        [
            "tests/services/test_concurrency.py"
            "::test_one_voter_in_parallel_never_gets_over_the_limit",
            f"{VOTING}::test_second_ballot_of_a_day_is_refused_with_the_next_day_as_next",
        ],
    ),
    6: (
        "sent again after a lost reply",
        [
            f"{VOTING}::test_same_token_again_gives_the_first_receipt_whatever_it_says",
            f"{BALLOT}::test_the_same_post_again_gives_the_first_answer_and_says_repeated",
            "tests/services/test_concurrency.py"
            "::test_one_ballot_sent_in_parallel_counts_once_with_one_receipt",
            "tests/services/test_faults.py::test_the_promises_hold_under_fault",
        ],
    ),
    7: (
        "edges of the window, midnight, the client's clock, a clock that steps back",
        [
            f"{VOTING}::test_window_is_closed_before_its_first_minute",
            f"{VOTING}::test_window_is_open_from_its_first_minute_to_its_last",
            f"{VOTING}::test_window_is_closed_at_its_end_for_ever",
            f"{VOTING}::test_entry_time_never_goes_back_and_a_clock_far_behind_is_refused",
            f"{WORDS}::test_day_is_beijings_wherever_the_machine_stands",
        ],
    ),
    8: (
        "parameters tampered with: other options, doubles, too many, odd digits",
        [
            "tests/domain/voting/test_decide.py::test_decision_is_that_of_the_reference_model",
            f"{BALLOT}::test_an_invalid_ballot_is_refused_and_leaves_nothing",
        ],
    ),
    9: (
        "farms of accounts",
        [
            "tests/domain/integrity/test_signals.py::test_scripted_crowd_is_flagged_and_few_others",
            "tests/domain/integrity/test_scanning.py::test_scan_opens_a_case_and_adds_to_it",
            "tests/domain/integrity/test_cases.py::test_hold_is_a_mark_that_changes_no_figure",
            "tests/domain/voting/test_checks.py::test_ballot_from_a_risky_network_is_asked_and_leaves_nothing",
            "tests/domain/voting/test_checks.py::test_right_answer_lets_the_ballot_in_once",
            "tests/web/voting/test_checks.py::test_waiting_is_no_way_in_for_hundreds",
        ],
    ),
    10: (
        "bought votes of real accounts",
        [
            "tests/domain/integrity/test_signals.py::test_scripted_crowd_is_flagged_and_few_others",
            "tests/domain/decisions/test_voids.py::test_void_takes_two_people_and_one_entry",
            "tests/web/public/test_results.py::test_hidden_figures_show_nowhere",
            "tests/test_hidden_figures.py::test_no_page_tells_of_choices_before_they_are_published",
        ],
    ),
    11: (
        "one voter with many addresses; many voters with one",
        [
            f"{DOORS}::test_whole_town_behind_one_address_votes",
            f"{DOORS}::test_voter_with_a_hundred_addresses_is_braked",
            "tests/domain/integrity/test_signals.py::test_honest_crowd_is_left_alone",
            "tests/domain/voting/test_checks.py::test_address_that_many_others_vote_from_is_not_asked",
        ],
    ),
    12: (
        "X-Forwarded-For made up",
        [
            f"{DOORS}::test_without_proxies_no_header_changes_the_address",
            f"{DOORS}::test_behind_one_proxy_only_the_last_entry_counts",
            f"{DOORS}::test_rubbish_of_a_proxy_counts_as_the_proxy",
            f"{NGINX}::test_written_addresses_do_not_change_whom_the_brakes_hold",
        ],
    ),
    13: (
        "CSRF on every form",
        [
            f"{DOORS}::test_forged_form_changes_nothing",
            f"{DOORS}::test_nothing_is_changed_by_reading",
            f"{MATRIX}::test_forged_form_is_refused_everywhere_and_changes_nothing",
            "tests/test_routes.py::test_every_post_needs_its_token",
        ],
    ),
    14: (
        "an insider edits, deletes, back-dates, stuffs the database",
        [
            f"{TAMPER}::test_database_itself_refuses_while_its_guards_stand",
            f"{TAMPER}::test_edit_of_the_database_is_found_by_the_site_itself",
            f"{TAMPER}::test_edit_of_the_archive_is_found_by_anybody",
            "tests/test_migrations.py::test_an_entry_cannot_be_changed_deleted_or_replaced",
        ],
    ),
    15: (
        "the tally changed",
        [
            f"{TAMPER}::test_edit_of_the_database_is_found_by_the_site_itself",
            f"{TAMPER}::test_rebuild_mends_what_is_derived_and_nothing_else",
            "tests/domain/results/test_tallies.py::test_counts_at_rest_are_sealed",
        ],
    ),
    16: (
        "caches poisoned",
        [
            f"{DOORS}::test_shared_answer_cannot_be_poisoned",
            f"{DOORS}::test_page_with_a_session_is_never_stored",
            f"{NGINX}::test_headers_of_a_visitor_move_nothing_and_are_not_kept",
            f"{NGINX}::test_what_is_personal_is_never_kept",
        ],
    ),
    17: (
        "Host header",
        [
            f"{DOORS}::test_foreign_host_is_refused_and_not_repeated",
            f"{NGINX}::test_foreign_host_is_refused_by_name_and_in_the_request_line",
        ],
    ),
    18: (
        "open redirect",
        [
            f"{DOORS}::test_no_way_leads_out_of_the_site",
            f"{DESK_DOOR}::test_way_back_stays_in_the_admin_area",
            f"{SIGN_IN}::test_next_stays_on_this_host_in_every_form",
        ],
    ),
    19: (
        "stored XSS",
        [
            "tests/attacks/test_scripts.py::test_no_word_becomes_a_program",
            "tests/web/public/test_candidate.py::test_markdown_of_a_dossier_is_harmless",
            "tests/web/test_templates.py::test_templates_have_no_inline_style_or_script",
        ],
    ),
    20: (
        "hostile uploads",
        [
            "tests/domain/media/test_encoding.py::test_hostile_file_is_refused_with_its_reason",
            "tests/domain/media/test_encoding.py::test_picture_becomes_four_clean_files",
            "tests/domain/media/test_encoding.py::test_largest_picture_takes_little_time_and_memory",
        ],
    ),
    21: (
        "formulas in exports",
        [
            "tests/domain/test_spreadsheets.py::test_formula_is_put_behind_an_apostrophe",
            "tests/domain/test_spreadsheets.py::test_no_line_of_a_cell_begins_like_a_formula",
            "tests/domain/test_spreadsheets.py::test_workbook_holds_text_and_no_formula",
            "tests/web/admin/voting/test_results.py::test_exports_hold_no_formula",
        ],
    ),
    22: (
        "SQL injection",
        [
            f"{WORDS}::test_statements_are_written_out",
            f"{DOORS}::test_no_parameter_reaches_the_database_as_sql",
            f"{DOORS}::test_no_part_of_a_path_reaches_the_database_as_sql",
        ],
    ),
    23: (
        "other people's objects, other roles",
        [
            f"{MATRIX}::test_every_route_of_the_admin_area_has_a_row",
            f"{MATRIX}::test_every_role_gets_what_its_row_says",
            f"{MATRIX}::test_stranger_is_sent_to_sign_in_everywhere",
            "tests/test_routes.py::test_every_address_is_listed_with_its_audience",
        ],
    ),
    24: (
        "staff passwords guessed, accounts enumerated",
        [
            f"{ATTEMPTS}"
            "::test_three_wrong_passwords_are_free_then_waits_double_up_to_a_quarter_of_an_hour",
            f"{ATTEMPTS}::test_guesses_in_parallel_wait_too",
            f"{ATTEMPTS}::test_unknown_name_waits_as_a_known_one",
            f"{DESK_DOOR}::test_unknown_name_takes_as_long_as_a_wrong_password",
            f"{DESK_DOOR}::test_wrong_password_and_unknown_name_read_alike",
            f"{PHONE}::test_password_alone_no_longer_lets_in_and_the_answer_says_no_more",
            f"{PHONE}::test_code_is_good_once",
            f"{PHONE}::test_wrong_codes_have_to_wait_like_wrong_passwords",
        ],
    ),
    25: (
        "voters enumerated",
        [
            f"{DOORS}::test_tried_receipts_are_all_alike",
            f"{BALLOT}::test_a_ballot_is_answered_with_its_receipt",
            f"{VOTING}::test_next_day_brings_a_new_ballot_with_another_pseudonym",
        ],
    ),
    26: (
        "SSRF",
        [
            f"{WORDS}::test_redirect_of_wechat_is_not_followed",
            "tests/test_architecture.py::test_only_the_wechat_door_leads_outside",
        ],
    ),
    27: (
        "path traversal",
        [
            f"{DOORS}::test_no_path_leads_out_of_its_folder",
            f"{NGINX}::test_static_folder_has_no_way_out",
            "tests/web/public/test_media.py::test_other_names_are_not_found",
        ],
    ),
    28: (
        "denial of service: slow, big, many",
        [
            f"{NGINX}::test_slow_visitors_do_not_take_the_site_down",
            f"{NGINX}::test_body_over_20_mb_is_refused_before_it_is_read",
            f"{WIRE}::test_ten_thousand_fields_are_refused",
            f"{WIRE}::test_ten_thousand_parts_are_refused",
            f"{WIRE}::test_body_of_50_mb_is_refused",
            f"{WIRE}::test_endless_chunks_are_cut_off",
        ],
    ),
    29: (
        "request smuggling, malformed HTTP",
        [
            f"{WIRE}::test_mutated_requests_are_never_a_fault_of_ours",
            f"{WIRE}::test_request_with_two_ends_is_refused_and_nothing_comes_after_it",
        ],
    ),
    30: (
        "rolled back by an old backup",
        [
            f"{MARKS}::test_shorter_ledger_takes_no_ballots",
            "tests/test_backup.py::test_older_backup_stops_voting_until_an_incident",
        ],
    ),
    31: (
        "two logs for two people",
        [
            f"{SITE}::test_monitor_keeps_silent_while_the_log_grows_and_cries_when_it_forks",
            f"{MARKS}::test_ledger_that_has_grown_another_way_takes_no_ballots",
        ],
    ),
    32: (
        "logs injected into; secrets in logs",
        [
            f"{WORDS}::test_no_word_of_a_person_reaches_a_log",
            f"{SIGN_IN}::test_logs_tell_nothing_of_a_login",
            f"{NGINX}::test_logs_have_no_query",
            "tests/services/test_server.py"
            "::test_access_log_has_paths_but_neither_queries_nor_where_one_came_from",
            "tests/test_canary.py::test_nothing_that_must_not_be_kept_is_kept_anywhere",
        ],
    ),
    33: (
        "packages and third parties",
        [
            f"{WORDS}::test_every_package_is_pinned_by_its_hashes",
            f"{WORDS}::test_pages_and_styles_load_from_this_host_alone",
        ],
    ),
    34: (
        "staff change the rules under a running vote",
        [
            f"{STEPS}::test_frozen_settings_change_by_decision_only_once_voting_begins",
            f"{STEPS}::test_frozen_settings_change_by_decision_only_once_the_ledger_is_open",
            "tests/domain/setup/test_dossiers.py::test_names_and_numbers_are_frozen_while_voting",
            "tests/domain/setup/test_dossiers.py::test_changes_during_the_vote_are_public",
            "tests/domain/decisions/test_proposals.py::test_proposer_cannot_confirm",
            "tests/domain/campaigns/test_publishing.py"
            "::test_no_acts_of_the_desk_make_a_published_campaign_unfit",
        ],
    ),
    35: ("clickjacking", [f"{DOORS}::test_every_answer_has_its_headers"]),
    36: (
        "bodies made to take memory or time, whatever their kind, shape and size",
        [
            f"{BODIES}::test_no_body_takes_much_memory_or_time",
            f"{BODIES}::test_texts_of_a_nomination_have_a_bound_of_their_own",
            f"{BODIES}::test_large_body_is_read_for_those_alone_who_may_send_it",
            f"{BODIES}::test_what_forbids_a_large_body_is_told_in_order_and_unread",
            f"{BODIES}::test_large_bodies_are_braked_unread",
        ],
    ),
    37: (
        "pictures made to take memory or time, and decoders taken over",
        [
            f"{PICTURES}::test_any_shape_is_a_picture_or_refused_within_time_and_memory",
            f"{PICTURES}::test_costly_picture_ends_in_time_and_the_next_is_taken",
            f"{PICTURES}::test_hostile_file_is_refused_with_its_reason",
            f"{PICTURES}::test_confined_process_that_lies_is_not_believed",
            f"{CONFINED}::test_fault_has_its_reason_and_the_next_work_is_done",
            f"{CONFINED}::test_process_knows_nothing_of_the_site",
            "tests/domain/nominations/test_nominating.py::test_picture_is_decoded_last",
            "tests/web/nominations/test_nominate.py"
            "::test_twenty_first_picture_in_a_minute_is_refused",
        ],
    ),
    38: (
        "workbooks and rosters made to take memory or time",
        [
            "tests/domain/setup/test_folder.py::test_hostile_workbook_is_refused_in_time",
            "tests/domain/setup/test_folder.py::test_roster_faults_name_their_line",
        ],
    ),
    39: (
        "staff kept out by the guesses of strangers, votes slowed by passwords",
        [
            f"{ATTEMPTS}::test_strangers_who_guess_all_day_never_keep_out_who_is_known",
            f"{ATTEMPTS}::test_network_waits_whatever_names_and_addresses_it_tries",
            f"{ATTEMPTS}::test_strangers_together_have_a_bound_that_says_whose_guesses_they_are",
            f"{ATTEMPTS}::test_too_many_passwords_at_a_time_are_refused_uncounted",
            f"{ATTEMPTS}::test_few_wait_for_their_turn",
            f"{ATTEMPTS}::test_flood_leaves_no_row_in_the_database",
            f"{DESK_DOOR}::test_browser_that_has_signed_in_is_kept_out_by_nobody",
            f"{DESK_DOOR}::test_cookie_that_is_forged_or_over_a_month_old_makes_no_browser_known",
        ],
    ),
    40: (
        "a halted ledger set going again by one person",
        [
            "tests/domain/decisions/test_proposals.py::test_an_incident_takes_two",
            f"{MARKS}::test_incident_lets_voting_go_on_and_the_log_is_measured_anew",
        ],
    ),
    41: (
        "logins kept out by a flood of invented codes",
        [
            f"{FLOOD}::test_people_from_elsewhere_sign_in_while_one_network_floods",
            f"{FLOOD}::test_network_of_invented_codes_keeps_a_few_places_and_its_people_get_in",
        ],
    ),
    42: (
        "secrets guessed, openings taken by who runs the vote",
        [
            "tests/test_start.py::test_senseless_value_stops_the_start_with_one_sentence",
            "tests/test_start.py::test_keys_of_a_random_source_are_taken",
            "tests/test_doctor.py::test_settings_are_for_the_site_alone",
            "tests/domain/staff/test_grants.py"
            "::test_auditor_and_judge_are_nothing_else_in_the_same_campaign",
            f"{COSIGNING}::test_openings_are_for_who_is_an_auditor_and_nothing_else",
        ],
    ),
    43: (
        "pages of another language, and a full cache, by cookies, hosts and addresses",
        [
            f"{NGINX}::test_no_cookie_of_one_visitor_decides_what_another_reads",
            f"{NGINX}::test_invented_cookies_hosts_and_encodings_fill_no_cache",
            "tests/web/wsgi/test_page_cache.py::test_page_asked_for_in_an_odd_way_names_no_variant",
        ],
    ),
    44: (
        "files torn or mixed while many ask, or while the ledger grows",
        [
            f"{FILES}::test_file_is_made_once_by_many_processes_and_never_seen_in_part",
            f"{FILES}::test_maker_that_is_killed_leaves_no_part_and_keeps_nobody_waiting",
            f"{ARCHIVE}::test_archive_is_of_one_state_whatever_is_written_meanwhile",
            "tests/domain/ledger/test_high_water.py"
            "::test_half_a_line_that_stays_takes_no_other_with_it",
        ],
    ),
    45: (
        "people joined to ballots and answers by a copy of the files, or by logs",
        [
            f"{POOL}::test_copy_of_the_files_joins_no_consent_to_a_ballot_or_an_answer",
            f"{POOL}::test_lot_of_answers_leaves_nothing_in_the_write_ahead_log",
            f"{VOTING}::test_length_of_what_is_sealed_says_nothing_of_what_was_chosen",
            f"{NGINX}::test_logs_lead_from_no_address_to_a_ballot",
            f"{LOGS}::test_servers_access_log_has_no_line_of_a_ballot_or_a_staff_link",
        ],
    ),
    46: (
        "words of visitors in logs, by faults made on purpose",
        [
            f"{LOGS}::test_fault_of_the_database_tells_no_word_of_a_visitor",
            f"{LOGS}::test_fault_is_told_by_type_and_place_in_whatever_logger",
            f"{LOGS}::test_server_names_no_request",
        ],
    ),
    47: (
        "guards taken away, backups that bring more than data, lines in the log's name",
        [
            "tests/test_migrations.py"
            "::test_guard_that_was_replaced_by_one_that_does_nothing_is_missing",
            "tests/test_backup.py::test_backup_brings_nothing_but_data",
            f"{COSIGNING}::test_no_auditor_signs_in_the_logs_name",
            f"{COSIGNING}::test_line_in_the_logs_name_is_no_cosignature_whenever_its_key_came",
        ],
    ),
    48: (
        "two people made of one: colleagues invented or taken over, links found or used twice",
        [
            "tests/web/admin/site/test_account_acts.py::test_owner_invents_no_colleague",
            "tests/web/admin/site/test_account_acts.py::test_owner_does_not_become_a_colleague",
            "tests/web/admin/site/test_accounts.py::test_an_owner_does_not_become_auditor",
            f"{ACTS}::test_who_looks_after_accounts_proposes_and_nobody_else",
            f"{ACTS}::test_another_who_looks_after_accounts_or_an_owner_confirms_and_nobody_else",
            f"{ACTS}::test_role_counts_a_day_after_it_was_confirmed_and_not_before",
            "tests/domain/staff/test_joining.py::test_link_works_once",
            "tests/domain/staff/test_joining.py::test_link_is_good_for_its_own_purpose_alone",
            "tests/domain/staff/test_recovery_codes.py::test_code_confirms_nothing",
        ],
    ),
    49: (
        "a second person forged or hurried: keys, signatures, ids, colleagues of a minute ago",
        [
            "tests/domain/decisions/test_signatures.py::test_nobody_else_sees_an_unsigned_proposal",
            "tests/domain/decisions/test_signatures.py::test_unsigned_proposal_is_gone_after_an_hour",
            "tests/domain/decisions/test_signatures.py::test_signer_and_drop_are_for_two_others",
            "tests/domain/decisions/test_signatures.py::test_proposer_whose_key_was_replaced_before_the_second_signs_has_not_signed",
            "tests/domain/decisions/test_signatures.py::test_wrong_first_signature_changes_nothing",
            "tests/web/admin/campaign/test_proposing.py::test_publishing_in_a_signed_campaign_is_confirmed_on_ones_own_device",
            "tests/web/admin/campaign/test_proposing.py::test_who_is_no_signer_is_told_so",
            "tests/domain/staff/test_signing_keys.py::test_key_without_its_proof_is_refused",
            "tests/domain/staff/test_signing_keys.py::test_fifth_key_is_refused_until_one_is_removed",
            "tests/domain/staff/test_signing_keys.py::test_only_its_owner_removes_a_key_and_once",
            "tests/domain/staff/test_signing_keys.py::test_name_and_password_are_asked_for_again",
            "tests/domain/ledger/test_signers.py::test_those_of_entry_0_sign_at_once_and_new_ones_a_day_later",
            "tests/domain/ledger/test_signers.py::test_a_new_key_waits_and_the_one_that_stays_does_not",
            "tests/domain/ledger/test_two_person.py::test_an_id_is_used_once",
            "tests/domain/ledger/test_two_person.py::test_forged_or_missing_signatures_are_refused",
            "tests/domain/ledger/test_two_person.py::test_a_signed_ledger_takes_no_signer_without_a_key_and_no_key_for_two",
        ],
    ),
    50: (
        "a neighbour read off published figures",
        [
            "tests/domain/ledger/test_steps.py::test_ten_ballots_of_two_people_are_no_step_of_three",
            "tests/domain/ledger/test_steps.py::test_a_voided_ballot_does_not_fill_the_step",
            "tests/domain/ledger/test_steps.py::test_no_step_is_made_in_the_quiet_minutes",
            "tests/domain/results/test_guard.py::test_a_set_of_sealed_ballots_leaves_each_in_doubt",
        ],
    ),
    51: (
        "voters added or made strangers: rosters, site keys, AppID",
        [
            "tests/domain/operations/test_identity.py::test_a_lost_key_is_not_made_again_while_there_is_a_ledger",
            "tests/domain/operations/test_identity.py::test_another_app_id_is_refused_from_entry_0_to_the_count_alone",
            "tests/domain/operations/test_identity.py::test_a_replaced_key_is_refused_during_a_vote",
            "tests/domain/operations/test_identity.py::test_site_that_remembers_nothing_goes_by_entry_0",
            "tests/domain/operations/test_identity.py::test_nobody_votes_twice_by_another_app_id_or_a_lost_key",
            "tests/domain/test_keys.py::test_a_site_key_is_never_made_where_it_is_needed",
            "tests/web/admin/candidates/test_roster.py::test_one_editor_adds_no_voter_to_a_running_vote",
            "tests/web/admin/candidates/test_roster.py::test_one_person_votes_with_one_code",
            "tests/web/admin/candidates/test_roster.py::test_a_name_written_twice_is_named_by_its_line",
            "tests/domain/voting/test_roster_additions.py::test_of_two_proposals_made_for_one_roster_the_second_lapses",
            "tests/domain/results/test_turnout.py::test_voters_are_counted_as_the_public_log_shows_them",
            "tests/domain/campaigns/test_publishing.py::test_roster_without_anybody_is_not_published",
            "tests/test_migrations.py::test_a_look_at_the_migrations_makes_no_key",
            "tests/domain/ledger/test_electorate.py::test_code_that_comes_or_goes_past_the_ledger_is_found",
        ],
    ),
    52: (
        "an honour that does not follow from votes, sheets and figures",
        [
            "tests/domain/ledger/test_honours.py::test_nothing_of_the_panel_follows_it",
            "tests/domain/ledger/test_honours.py::test_a_ranking_needs_all_that_it_is_made_of",
            "tests/domain/ledger/test_honours.py::test_what_changes_after_the_ranking_needs_another",
            "tests/domain/ledger/test_honours.py::test_after_the_final_list_only_honours_are_revoked",
            "tests/domain/decisions/test_honour_effects.py::test_a_ranking_that_would_differ_by_now_lapses",
            "tests/domain/ledger/test_honour_comparison.py::test_what_follows_from_entries_is_found_and_made_again",
            "tests/domain/scoring/test_composite.py::test_verifier_comes_to_the_same_on_a_thousand_random_campaigns",
            "tests/test_verify_honours.py::test_check_falls_even_when_everything_is_signed_anew",
        ],
    ),
    53: (
        "sheets, names and figures read before their time, or by those who judge",
        [
            "tests/domain/ledger/test_disclosure.py::test_everything_is_public_in_its_time_and_not_before",
            "tests/domain/ledger/test_disclosure.py::test_what_entry_0_keeps_back_is_never_public",
            "tests/web/admin/scoring/test_judges.py::test_staff_see_who_has_handed_in_and_never_what",
            "tests/web/admin/scoring/test_judges.py::test_no_screen_of_the_desk_holds_a_score_before_the_panel_is_closed",
            "tests/domain/scoring/test_inputs.py::test_no_sheet_before_the_panel",
            "tests/domain/scoring/test_inputs.py::test_no_count_before_the_close",
            "tests/web/public/test_award.py::test_before_the_notice_begins_there_is_no_such_page",
        ],
    ),
    54: (
        "objections: dropped, decided by those concerned, with a program in the evidence",
        [
            "tests/domain/ledger/test_honours.py::test_a_list_is_not_final_before_all_is_answered_and_the_day_after",
            "tests/domain/decisions/test_honour_proposals.py::test_who_is_concerned_neither_proposes_nor_confirms_an_answer",
            "tests/domain/hearing/test_objections.py::test_three_a_voter_and_notice",
            "tests/domain/hearing/test_evidence.py::test_pdf_that_may_do_something_is_refused_also_where_it_is_packed",
            "tests/web/admin/hearing/test_objection.py::test_who_is_noted_as_concerned_reads_nothing_of_it",
            "tests/web/dossiers/test_dossier.py::test_question_of_another_body_is_not_answered",
            "tests/web/dossiers/test_dossier.py::test_unknown_expired_and_revoked_links_answer_alike",
        ],
    ),
}
