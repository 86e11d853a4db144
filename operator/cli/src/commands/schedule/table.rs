//! Schedules as a table: what is late is red, what rests is told so.

use aegis_crds::AegisAppStatus;
use aegis_crds::status::ScheduleStatus;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::age::age;
use crate::page::{Colour, Page};
use crate::table::{Cell, Table};

pub fn schedules(told: &AegisAppStatus, page: &Page) -> String {
    let rows = told.schedules.iter().map(|schedule| row(schedule, told)).collect();
    Table { header: ["SCHEDULE", "TIMES", "NEXT RUN", "LAST RUN", "LAST SUCCESS", "STATE", "MESSAGE"], rows }.text(page)
}

fn row(schedule: &ScheduleStatus, told: &AegisAppStatus) -> [Cell; 7] {
    let of = |component: &&aegis_crds::status::Component| component.section == "schedules" && component.name == schedule.name;
    let component = told.components.iter().find(of).cloned().unwrap_or_default();
    let colour = match component.reason.as_str() {
        "Scheduled" => Colour::Green,
        "Suspended" | "Waiting" => Colour::Yellow,
        _ => Colour::Red,
    };
    let ago = |time: &Option<Time>| time.as_ref().map_or_else(|| "never".to_owned(), |time| format!("{} ago", age(&time.0.to_string())));
    [
        schedule.name.clone().into(),
        format!("{} {}", schedule.schedule, schedule.time_zone).into(),
        schedule.next_run.as_ref().map_or_else(|| "-".to_owned(), |time| time.0.to_string()).into(),
        ago(&schedule.last_schedule_time).into(),
        ago(&schedule.last_success_time).into(),
        Cell(component.reason, colour),
        component.message.unwrap_or_default().into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{SignedDuration, Timestamp};
    use serde_json::json;

    #[test]
    fn what_never_was_is_told_so() {
        let hours_ago = Timestamp::now() - SignedDuration::from_secs(7260);
        let schedule =
            |name: &str| json!({"name": name, "schedule": "0 2 * * *", "timeZone": "Etc/UTC", "suspended": false, "late": false});
        let mut nightly = schedule("nightly");
        (nightly["nextRun"], nightly["lastScheduleTime"]) = (json!("2026-01-02T02:00:00Z"), json!(hours_ago));
        let late = json!({"name": "nightly", "section": "schedules", "ready": 0, "desired": 0, "reason": "ScheduleLate", "message": "a run was due"});
        let status = serde_json::from_value(json!({"schedules": [nightly, schedule("weekly")], "components": [late]})).unwrap();
        let text = schedules(&status, &Page { columns: 200, colour: false, is_live: false });
        let words: Vec<Vec<&str>> =
            text.lines().map(|line| line.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect()).collect();
        let row = ["nightly", "0 2 * * * Etc/UTC", "2026-01-02T02:00:00Z", "2h 1m ago", "never", "ScheduleLate", "a run was due"];
        assert_eq!((&words[1][..], &words[2][..]), (&row[..], &["weekly", "0 2 * * * Etc/UTC", "-", "never", "never"][..]));
    }
}
