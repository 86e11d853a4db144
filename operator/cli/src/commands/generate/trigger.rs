//! From cron's five fields to a trigger of APScheduler, which counts weekdays otherwise and wants both fields of days to agree.

use aegis_plan::cron::Cron;

use crate::failure::Failure;

const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// The arguments of `CronTrigger`.
pub fn of(cron: &str) -> Result<String, Failure> {
    let refused = |why: &str| {
        Failure::new(format_args!("--cron {cron:?}"), why, "give minute, hour, day, month and weekday, such as '30 2 * * mon-fri'")
    };
    Cron::parse(cron).map_err(|why| refused(&why))?;
    let fields: Vec<&str> = cron.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields[..] else {
        return Err(refused("a word for all five fields is not known to APScheduler"));
    };
    if day != "*" && weekday != "*" {
        return Err(refused("cron means either day, APScheduler both: name one of them, or make two schedules"));
    }
    let weekday = if weekday == "*" { Some("*".to_owned()) } else { weekdays(weekday) };
    let weekday = weekday.ok_or_else(|| refused("weekdays are names, numbers, ranges of them, or a list"))?;
    let named = [("minute", minute), ("hour", hour), ("day", day), ("month", month), ("day_of_week", &weekday)];
    // an hour that is not said would be the first of the day
    let is_said = |(name, value): &(&str, &str)| *value != "*" || ["minute", "hour"].contains(name);
    let said = named.into_iter().filter(is_said).map(|(name, value)| format!("{name}=\"{}\"", value.to_lowercase()));
    Ok(said.collect::<Vec<_>>().join(", "))
}

/// Each day by its name.
fn weekdays(field: &str) -> Option<String> {
    let number = |text: &str| match text.parse::<usize>() {
        Ok(number) => Some(number).filter(|number| *number < WEEKDAYS.len()),
        Err(_) => WEEKDAYS.iter().position(|name| name.eq_ignore_ascii_case(text)),
    };
    let mut days = vec![];
    for part in field.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        days.extend((number(first)?..=number(last)?).map(|day| WEEKDAYS[day]));
    }
    Some(days.join(",")).filter(|days| !days.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_become_arguments() {
        assert_eq!(of("30 2 * * mon-fri").unwrap(), r#"minute="30", hour="2", day_of_week="mon,tue,wed,thu,fri""#);
        assert_eq!(of("*/5 * * * *").unwrap(), r#"minute="*/5", hour="*""#);
        assert_eq!(of("0 0 1 JAN *").unwrap(), r#"minute="0", hour="0", day="1", month="jan""#);
    }

    #[test]
    fn a_weekday_is_the_one_that_cron_means() {
        assert_eq!(of("0 0 * * 0").unwrap(), r#"minute="0", hour="0", day_of_week="sun""#);
        assert_eq!(of("0 0 * * 0-2").unwrap(), r#"minute="0", hour="0", day_of_week="sun,mon,tue""#);
        assert_eq!(of("0 0 * * 1,Wed").unwrap(), r#"minute="0", hour="0", day_of_week="mon,wed""#);
    }

    #[test]
    fn what_the_two_mean_differently_is_refused() {
        for cron in ["0 0 1 * mon", "@daily", "0 0 * * */2", "0 0 * *", "61 * * * *", "0 0 * * fri-mon", "0 0 * * 7"] {
            assert!(of(cron).is_err(), "{cron}");
        }
    }
}
