//! What is told of schedules: when each runs next, when it last succeeded, and whether it is late. What was told before
//! says since when its times count: those of another schedule, or of a time of sleep, make nothing late.

use aegis_crds::status::ScheduleStatus;
use jiff::{SignedDuration, Timestamp, tz::TimeZoneDatabase};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::{
    App, Facts,
    app::Schedule,
    cron::Cron,
    facts::{CronJobSeen, Detail},
    parts::http,
};

/// A run is seen within this time after it was due: then one status tells that it began, and when the next one does.
const BEGINNING: SignedDuration = SignedDuration::from_secs(5);

/// One entry per schedule, in the order of the spec.
pub(crate) fn told(app: &App, facts: &Facts) -> Vec<ScheduleStatus> {
    app.schedules.iter().map(|schedule| status(app, schedule, facts)).collect()
}

fn status(app: &App, schedule: &Schedule, facts: &Facts) -> ScheduleStatus {
    let seen = seen(app, schedule, facts);
    let clock = Clock::of(app, schedule, facts);
    ScheduleStatus {
        name: schedule.role.name.clone(),
        schedule: schedule.cron.clone(),
        time_zone: schedule.time_zone.clone(),
        suspended: is_suspended(app, schedule),
        late: clock.as_ref().is_some_and(Clock::is_late),
        since: clock.as_ref().map(|clock| Time(clock.since)),
        last_schedule_time: seen.and_then(|seen| seen.last_schedule).map(Time),
        last_success_time: seen.and_then(|seen| seen.last_success).map(Time),
        next_run: clock.and_then(|clock| clock.next()).map(Time),
    }
}

/// When time alone will have made something else of it.
pub(crate) fn due(app: &App, facts: &Facts) -> Option<Timestamp> {
    let clocks = app.schedules.iter().filter_map(|schedule| Clock::of(app, schedule, facts));
    clocks.flat_map(|clock| [clock.next().map(|next| next + BEGINNING), clock.limit().filter(|limit| *limit > facts.now)]).flatten().min()
}

/// When a late one was due and when a run last succeeded; none while it is on time.
pub(crate) fn late(app: &App, schedule: &Schedule, facts: &Facts) -> Option<(Timestamp, Option<Timestamp>)> {
    let clock = Clock::of(app, schedule, facts).filter(Clock::is_late)?;
    Some((clock.awaited()?, clock.seen.last_success))
}

/// Whether it fires nothing.
pub(crate) fn is_suspended(app: &App, schedule: &Schedule) -> bool {
    app.is_suspended || schedule.is_suspended
}

fn seen<'a>(app: &App, schedule: &Schedule, facts: &'a Facts) -> Option<&'a CronJobSeen> {
    match &facts.child("CronJob", &http::object(app, &schedule.role))?.detail {
        Detail::CronJob(seen) => Some(seen),
        _ => None,
    }
}

/// A schedule that fires.
struct Clock<'a> {
    schedule: &'a Schedule,
    seen: &'a CronJobSeen,
    /// From when on its times count.
    since: Timestamp,
    now: Timestamp,
}

impl<'a> Clock<'a> {
    fn of(app: &App, schedule: &'a Schedule, facts: &'a Facts) -> Option<Self> {
        let seen = seen(app, schedule, facts).filter(|_| !is_suspended(app, schedule))?;
        let before = facts.status.schedules.iter().find(|before| before.name == schedule.role.name);
        let is_same = |before: &&ScheduleStatus| before.schedule == schedule.cron && before.time_zone == schedule.time_zone;
        let since = match before {
            None => seen.created,
            Some(before) => Some(before).filter(is_same).and_then(|before| before.since.as_ref()).map_or(facts.now, |since| since.0),
        };
        Some(Self { schedule, seen, since, now: facts.now })
    }

    fn after(&self, moment: Timestamp) -> Option<Timestamp> {
        let zone = TimeZoneDatabase::bundled().get(&self.schedule.time_zone).ok()?;
        Cron::parse(&self.schedule.cron).ok()?.next(moment, &zone)
    }

    /// The next run. That of a moment to come may have begun by a clock that is ahead.
    fn next(&self) -> Option<Timestamp> {
        self.after(self.seen.last_schedule.map_or(self.now, |last| last.max(self.now)))
    }

    /// The first time that no run has succeeded since.
    fn awaited(&self) -> Option<Timestamp> {
        self.after(self.seen.last_success.map_or(self.since, |last| last.max(self.since)))
    }

    /// From when on it is late.
    fn limit(&self) -> Option<Timestamp> {
        let late = SignedDuration::from_secs(self.schedule.late_after?);
        self.awaited()?.checked_add(late).ok()
    }

    fn is_late(&self) -> bool {
        self.limit().is_some_and(|limit| limit <= self.now)
    }
}
