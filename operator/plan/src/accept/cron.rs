//! Cron expressions as Kubernetes reads them: five fields, names of months and weekdays, steps and ranges.
//! It says whether one is valid, not when it fires.

/// Why an expression is refused.
pub(super) fn fault(text: &str) -> Option<String> {
    if let Some(word) = text.strip_prefix('@') {
        let known = ["yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly"];
        return (!known.contains(&word)).then(|| format!("@{word} is not a known schedule"));
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Some(format!("it has {} fields instead of five", fields.len()));
    }
    let bad = FIELDS.iter().zip(&fields).find(|(field, text)| !text.split(',').all(|range| field.holds(range)))?;
    Some(format!("its {} field {:?} is not {}", bad.0.name, bad.1, bad.0.shape()))
}

struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    words: &'static [&'static str],
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const FIELDS: [Field; 5] = [
    Field { name: "minute", min: 0, max: 59, words: &[] },
    Field { name: "hour", min: 0, max: 23, words: &[] },
    Field { name: "day-of-month", min: 1, max: 31, words: &[] },
    Field { name: "month", min: 1, max: 12, words: &MONTHS },
    Field { name: "day-of-week", min: 0, max: 6, words: &DAYS },
];

impl Field {
    fn holds(&self, text: &str) -> bool {
        let (range, step) = text.split_once('/').map_or((text, None), |(range, step)| (range, Some(step)));
        let has_step = step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| step > 0));
        has_step && (range == "*" || range == "?" || self.is_range(range))
    }

    fn is_range(&self, text: &str) -> bool {
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        self.value(from).zip(self.value(to)).is_some_and(|(from, to)| from <= to)
    }

    fn value(&self, text: &str) -> Option<u32> {
        let word = self.words.iter().position(|word| text.eq_ignore_ascii_case(word));
        let number = word.and_then(|i| u32::try_from(i).ok()).map(|i| i + self.min).or_else(|| text.parse().ok())?;
        (self.min..=self.max).contains(&number).then_some(number)
    }

    fn shape(&self) -> String {
        format!("{} to {}, a range, a list or a step of them", self.min, self.max)
    }
}
