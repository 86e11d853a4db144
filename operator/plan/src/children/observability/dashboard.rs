//! The dashboard of an app, as Grafana reads it: panels of thirds in rows.
//! What the panels show is decided in `panels.rs`.

use serde_json::{Value, json};

use super::panels;
use crate::App;

/// Columns of the grid, and of a panel.
const WIDTH: usize = 24;
const PANEL: usize = 8;

/// Panels below one heading.
pub(super) struct Row {
    pub(super) title: &'static str,
    pub(super) panels: Vec<Panel>,
}

/// A picture of numbers over time.
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) description: &'static str,
    pub(super) unit: &'static str,
    pub(super) queries: Vec<Query>,
}

/// A query, and how each of its series is called.
pub(super) struct Query(pub(super) String, pub(super) String);

/// The dashboard, as one file.
pub(super) fn dashboard(app: &App, uid: &str) -> Value {
    json!({
        "uid": uid,
        "title": format!("{} ({})", app.name, app.namespace),
        "description": "Made by the Aegis operator from the app's spec: what is changed here is put back.",
        "tags": ["aegis", app.name],
        "editable": false,
        "refresh": "30s",
        "schemaVersion": 39,
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [{"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}]},
        "panels": laid_out(panels::rows(app)),
    })
}

fn laid_out(rows: Vec<Row>) -> Vec<Value> {
    let (mut all, mut y) = (vec![], 0);
    for row in rows.into_iter().filter(|row| !row.panels.is_empty()) {
        all.push(json!({"id": all.len() + 1, "type": "row", "title": row.title, "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1}}));
        y += 1;
        let lines = row.panels.len().div_ceil(WIDTH / PANEL);
        for (i, panel) in row.panels.into_iter().enumerate() {
            let place = json!({"x": i % 3 * PANEL, "y": y + i / 3 * PANEL, "w": PANEL, "h": PANEL});
            all.push(shown(&panel, all.len() + 1, place));
        }
        y += lines * PANEL;
    }
    all
}

fn shown(panel: &Panel, id: usize, place: Value) -> Value {
    let source = json!({"type": "prometheus", "uid": "${datasource}"});
    let target = |(i, Query(expr, legend)): (usize, &Query)| {
        let letter = char::from(b'A' + u8::try_from(i).expect("a panel has few queries"));
        json!({"refId": letter, "datasource": source, "expr": expr, "legendFormat": legend})
    };
    json!({
        "id": id,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.description,
        "datasource": source,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": panel.queries.iter().enumerate().map(target).collect::<Vec<_>>(),
    })
}
