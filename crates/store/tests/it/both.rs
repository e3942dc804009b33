//! Each test of the suite, on SQLite and on PostgreSQL.

macro_rules! on_both {
    ($($suite:ident: $($test:ident)*;)*) => {
        mod sqlite {
            use crate::fixture::{Fixture, run};
            $($(
                #[test]
                fn $test() {
                    run(crate::$suite::$test(Fixture::lite()));
                }
            )*)*
        }

        mod postgres {
            use crate::fixture::{Fixture, run};
            use crate::postgres::Server;
            $($(
                #[test]
                fn $test() {
                    let Some(server) = Server::get() else {
                        return;
                    };
                    run(async { crate::$suite::$test(Fixture::pg(server).await).await });
                }
            )*)*
        }
    };
}

on_both! {
    records:
        every_kind_of_record_lands_in_its_row
        reports_come_in_pages
        events_that_belong_together_are_one_batch_and_any_task_may_hand_them_in
        what_a_row_can_not_keep_is_refused_and_leaves_nothing
        a_name_is_taken_once
        the_ledger_is_read_beside_the_sequencer;
    starts:
        a_second_store_on_a_folder_is_refused
        a_folder_is_for_work_or_for_a_demo_and_its_starts_say_which
        a_database_ahead_of_the_ledger_is_refused
        a_database_of_another_ledger_is_refused
        a_newer_database_is_refused
        a_missing_key_is_refused
        what_only_the_ledger_has_becomes_rows
        rows_that_are_made_anew_are_the_same
        a_database_that_was_put_back_is_told
        a_second_projector_stops_the_store
        an_answer_does_not_wait_for_a_locked_database;
    erasures:
        what_was_erased_is_nowhere_and_opens_nowhere
        a_key_that_was_put_back_is_destroyed_again
        nothing_is_added_about_who_was_erased;
    views:
        views_and_names_are_read_as_they_came_until_somebody_is_erased
        views_of_a_day_become_a_file_and_what_does_not_fit_is_made_anew;
    files:
        a_file_opens_with_its_subjects_key_alone_and_goes_with_it
        a_case_keeps_notes_and_names_of_files_until_it_is_erased
        a_table_is_taken_by_somebody_else_than_who_handed_it_in;
    epochs:
        an_epoch_turns_and_what_was_kept_before_opens_nothing
        a_turn_that_broke_off_is_ended;
    kept:
        a_link_is_taken_once
        tries_of_a_code_never_go_below_none
        a_right_code_works_once
        sessions_end
        a_draft_is_opened_by_its_secret_alone
        passkeys_are_kept
        a_token_works_until_the_ledger_says_that_its_program_was_ended
        an_account_at_the_company_is_one_persons;
}
