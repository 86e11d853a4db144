//! What was found wrong, as it is told.

use serde::Serialize;

use crate::page::{Colour, Page, wrap};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Severity {
    Error,
    Warning,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stays the same from version to version.
    pub id: String,
    pub severity: Severity,
    /// `Kind/name`.
    pub object: String,
    pub cause: String,
    pub cure: String,
}

impl Finding {
    pub fn error(id: &str, object: impl Into<String>, cause: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { id: id.to_owned(), severity: Severity::Error, object: object.into(), cause: cause.into(), cure: cure.into() }
    }

    pub fn warning(id: &str, object: impl Into<String>, cause: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(id, object, cause, cure) }
    }

    fn lines(&self, page: &Page) -> Vec<String> {
        let word = page.paint(super::colour(self.severity), &format!("{:?}", self.severity).to_lowercase());
        let under =
            |text: &str| wrap(text, page.columns.saturating_sub(4)).into_iter().map(|line| format!("    {line}")).collect::<Vec<_>>();
        let cure: Vec<String> = self.cure.lines().flat_map(under).collect();
        let head = format!("  {word} {} at {}", page.paint(Colour::Bold, &self.id), self.object);
        let mut cure = cure.into_iter();
        let first = cure.next().map(|line| format!("    {} {}", page.paint(Colour::Cyan, "cure:"), line.trim_start()));
        [vec![head], under(&self.cause), first.into_iter().chain(cure).collect()].concat()
    }
}

/// What was found about one app.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    pub name: String,
    pub namespace: String,
    /// One word for how it is.
    pub state: String,
    /// What others follow from first.
    pub findings: Vec<Finding>,
    /// What was looked at, and what could not be.
    pub looked_at: Vec<String>,
    pub hidden: Vec<String>,
}

impl Diagnosis {
    /// Whether an error was found.
    pub fn is_wrong(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    pub fn text(&self, page: &Page) -> String {
        let verdict = match (self.is_wrong(), self.findings.is_empty()) {
            (true, _) => page.paint(Colour::Red, &self.state),
            (false, false) => page.paint(Colour::Yellow, &self.state),
            (false, true) => page.paint(Colour::Green, &format!("{}, nothing is wrong", self.state)),
        };
        let mut lines = vec![format!("{} in namespace {}: {verdict}", page.paint(Colour::Bold, &self.name), self.namespace)];
        lines.extend(self.findings.iter().flat_map(|finding| finding.lines(page)));
        if self.findings.is_empty() {
            lines.push(format!("  looked at {}", self.looked_at.join(", ")));
        }
        lines.extend(self.hidden.iter().map(|hidden| format!("  you may not look at {hidden}")));
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_has_its_id_its_place_its_cause_and_its_cure() {
        let page = Page { columns: 60, colour: false, is_live: false };
        let finding = Finding::error(
            "ImageNotPulled",
            "Pod/shop-api-1",
            "the registry says that there is no such image",
            "push it\nor deploy another",
        );
        let diagnosis = Diagnosis {
            name: "shop".into(),
            namespace: "prod".into(),
            state: "Stalled".into(),
            findings: vec![finding],
            looked_at: vec![],
            hidden: vec!["nodes".into()],
        };
        assert!(diagnosis.is_wrong());
        let lines = [
            "shop in namespace prod: Stalled",
            "  error ImageNotPulled at Pod/shop-api-1",
            "    the registry says that there is no such image",
            "    cure: push it",
            "    or deploy another",
            "  you may not look at nodes",
        ];
        assert_eq!(diagnosis.text(&page), lines.join("\n"));
    }
}
