//! Every sentence of the suite, in the order in which it runs.
//! What each means stands in the files of `tests/`.

#[path = "tests/access.rs"]
mod access;
#[path = "tests/admission.rs"]
mod admission;
#[path = "tests/arq.rs"]
mod arq;
#[path = "tests/auth.rs"]
mod auth;
#[path = "tests/authority.rs"]
mod authority;
#[path = "tests/by_hand.rs"]
mod by_hand;
#[path = "tests/config.rs"]
mod config;
#[path = "tests/data.rs"]
mod data;
#[path = "tests/deletion.rs"]
mod deletion;
#[path = "tests/dev.rs"]
mod dev;
#[path = "tests/drain.rs"]
mod drain;
#[path = "tests/examples.rs"]
mod examples;
#[path = "tests/files.rs"]
mod files;
#[path = "tests/flagship.rs"]
mod flagship;
#[path = "tests/guide.rs"]
mod guide;
#[path = "tests/init.rs"]
mod init;
#[path = "tests/installation.rs"]
mod installation;
#[path = "tests/lifecycle.rs"]
mod lifecycle;
#[path = "tests/look.rs"]
mod look;
#[path = "tests/migration.rs"]
mod migration;
#[path = "tests/observability.rs"]
mod observability;
#[path = "tests/operator.rs"]
mod operator;
#[path = "tests/pause.rs"]
mod pause;
#[path = "tests/pod.rs"]
mod pod;
#[path = "tests/queues.rs"]
mod queues;
#[path = "tests/refusal.rs"]
mod refusal;
#[path = "tests/rollout.rs"]
mod rollout;
#[path = "tests/routes.rs"]
mod routes;
#[path = "tests/scheduler.rs"]
mod scheduler;
#[path = "tests/stop.rs"]
mod stop;
#[path = "tests/traces.rs"]
mod traces;
#[path = "tests/trouble.rs"]
mod trouble;

use libtest_mimic::Trial;
use tokio::runtime::Handle;

use crate::{lab::Lab, space};

/// Every sentence, and where it runs: `within` a fresh namespace, `on_shop`, or `alone`, with no other test at its side.
macro_rules! sentences {
    ($($place:ident $file:ident::$test:ident)*) => {
        /// Every sentence as something to run.
        pub fn trials(handle: &Handle, lab: &Lab) -> Vec<Trial> {
            vec![$({
                let (handle, lab) = (handle.clone(), lab.clone());
                let name = concat!(stringify!($file), "::", stringify!($test));
                Trial::test(name, move || handle.block_on(space::$place(lab, name, $file::$test)))
            }),*]
        }
    };
}

sentences! {
    on_shop flagship::an_order_is_fulfilled_and_shown
    on_shop flagship::the_schedule_reports
    within migration::it_runs_before_any_role
    within migration::a_failure_leaves_the_release_serving
    within migration::an_overtaken_one_does_not_run_beside_the_next
    within migration::a_wrong_image_is_mended_by_an_edit
    within scheduler::never_two_at_once
    on_shop stop::every_role_of_the_shop_ends_in_time
    within stop::a_role_that_ignores_sigterm_ends_by_sigint
    within trouble::missing_secret_by_env
    within trouble::missing_secret_by_file
    within trouble::missing_config_map
    within trouble::wrong_image
    within trouble::crashing_api
    within trouble::wrong_command
    within trouble::crashing_worker
    within trouble::out_of_memory
    within trouble::no_node
    within trouble::never_ready
    on_shop data::orders_outlive_the_database_pod
    within data::notes_outlive_their_pod
    within data::two_writers_are_refused
    within refusal::a_refused_edit_leaves_the_release_running_and_repaired
    within refusal::the_schema_refuses_before_anything_changes
    within pause::suspended_is_silent_and_keeps_data
    within pause::paused_lets_edits_be
    within by_hand::a_command_runs_once_in_the_context_of_a_role
    within by_hand::a_run_can_be_ended_and_a_wrong_one_is_told
    within by_hand::what_pods_say_is_read_by_role
    within look::what_roles_use_is_measured
    within guide::each_of_its_commands_works
    within examples::each_of_every_help_works
    within by_hand::people_go_into_a_pod
    within by_hand::an_app_without_a_route_is_opened_on_a_loopback_port
    within by_hand::a_bundle_has_everything_but_secrets
    within by_hand::a_deployment_is_followed_until_it_runs_or_fails
    within by_hand::a_schedule_runs_by_hand_out_of_turn
    within by_hand::queues_are_looked_at_and_emptied_by_hand
    within by_hand::size_and_sleep_are_changed_by_hand
    within init::a_new_app_keeps_the_notes_of_who_logs_in
    within init::a_new_app_is_used_in_a_browser
    within init::an_agent_adds_to_an_app_that_it_knows_by_its_blueprint
    within init::a_new_app_with_taskiq_counts_words
    within init::a_new_app_of_an_api_alone_answers
    within dev::a_folder_runs_until_it_is_lost
    within dev::who_applies_the_app_goes_on_and_nothing_is_left
    within observability::kinds_that_come_later_are_told_of_the_shop_and_every_panel_has_something_to_show
    alone examples::clusters_come_and_go
    alone operator::a_restart_writes_nothing
    alone rollout::no_request_fails_whatever_is_rolled_out
    within queues::a_schedule_puts_a_task_into_the_queue_once_for_each_time
    within queues::pods_come_and_go_with_the_work_and_no_task_is_lost_or_run_twice
    alone drain::no_task_is_lost_or_run_twice_while_pools_come_go_and_move
    within auth::three_rotations_refuse_no_token_and_only_the_api_sees_a_private_half
    within rollout::a_release_whose_pods_are_refused_gives_way
    within rollout::an_undo_across_a_migration_warns_asks_and_obeys
    within arq::tasks_are_waited_for_without_a_pause_key_and_told_when_they_are_given_up
    within authority::a_broker_of_a_private_authority_is_known_by_its_certificate
    alone installation::apps_outlive_it
    alone installation::two_care_for_their_own_namespaces
    within lifecycle::a_preview_goes_by_itself_and_its_data_stays
    within routes::requests_go_where_their_host_and_path_lead
    within routes::an_ingress_leads_where_its_host_and_path_say
    within routes::a_session_stays_with_its_pod_and_has_time_to_end
    within files::they_reach_their_roles_and_a_new_version_of_a_secret_rolls
    within deletion::data_is_found_again
    within config::a_changed_value_rolls_its_readers
    within traces::an_order_is_one_trace_from_the_api_to_the_last_worker
    within admission::every_example_is_admitted
    within pod::what_is_asked_of_pods_reaches_them
    within pod::only_named_paths_are_writable
    within access::a_policy_by_hand_is_enforced
    within access::nobody_else_reaches_an_app_until_it_names_him
    within access::an_app_reaches_everything_until_it_says_what
}
