//! How much memory the operator holds with more and more apps that run.
//! It looks at the process from outside.

use serde::Serialize;

use crate::{app, lab::Lab, operator::Operator, ready::ready};

/// Memory with a number of apps.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Held {
    /// Apps that run.
    pub apps: usize,
    /// Memory at rest, in MiB.
    pub steady: f64,
    /// Most memory since the start, in MiB.
    pub peak: f64,
}

/// Brings up `apps` in four steps.
pub async fn grow(lab: &Lab, operator: &Operator, apps: usize) -> Vec<Held> {
    let (mut held, mut first) = (vec![], 0);
    lab.namespaces(&app::names(0, apps)).await;
    for end in [0, apps / 4, apps / 2, apps] {
        let names = app::names(first, end);
        lab.create(&names).await;
        ready(&lab.admin.client, end).await;
        operator.rest().await;
        let usage = operator.usage();
        held.push(Held { apps: end, steady: usage.rss, peak: usage.peak });
        first = end;
    }
    held
}

/// What each further app adds, in KiB, by least squares.
pub fn slope(held: &[Held]) -> f64 {
    let number = crate::floor::count(held.len());
    let at = |held: &Held| crate::floor::count(held.apps);
    let (x, y) = (held.iter().map(at).sum::<f64>() / number, held.iter().map(|held| held.steady).sum::<f64>() / number);
    let over: f64 = held.iter().map(|held| (at(held) - x) * (held.steady - y)).sum();
    let under: f64 = held.iter().map(|held| (at(held) - x).powi(2)).sum();
    if under == 0.0 { 0.0 } else { over / under * 1024.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_what_each_app_adds() {
        let held = [0, 50, 100].map(|apps| Held { apps, steady: 20.0 + 0.1 * crate::floor::count(apps), peak: 0.0 });
        assert!((slope(&held) - 102.4).abs() < 1e-6);
        assert_eq!(slope(&held[..1]), 0.0);
    }
}
