//! Columns for people: as wide as their content, the last one wrapped. Programs get JSON instead.

use crate::page::{Colour, Page, wrap};

/// Narrower than this, wrapped text is no longer readable; the line grows instead.
const NARROWEST: usize = 30;

/// One cell and its colour.
pub struct Cell(pub String, pub Colour);

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self(text.to_owned(), Colour::Plain)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self(text, Colour::Plain)
    }
}

/// A header and its rows, each of which has as many cells.
pub struct Table<const N: usize> {
    pub header: [&'static str; N],
    pub rows: Vec<[Cell; N]>,
}

impl<const N: usize> Table<N> {
    pub fn text(&self, page: &Page) -> String {
        let widths = self.widths();
        let indent: usize = widths[..N - 1].iter().map(|width| width + 2).sum();
        let rest = page.columns.saturating_sub(indent).max(NARROWEST);
        let mut lines = vec![line(&self.header.map(|word| Cell(word.to_owned(), Colour::Bold)), &widths, page)];
        for row in &self.rows {
            let Cell(last, colour) = &row[N - 1];
            for (i, part) in wrap(last, rest).into_iter().enumerate() {
                let part = page.paint(*colour, &part);
                let before = if i == 0 { line(&row[..N - 1], &widths, page) } else { String::new() };
                // Padding does not count the colours' own characters.
                let shown = if i == 0 { self.shown(row, &widths) } else { 0 };
                lines.push(format!("{before}{}{part}", " ".repeat(indent.saturating_sub(shown))).trim_end().to_owned());
            }
        }
        lines.join("\n")
    }

    fn widths(&self) -> [usize; N] {
        std::array::from_fn(|i| {
            let cells = self.rows.iter().map(|row| row[i].0.chars().count());
            cells.chain([self.header[i].len()]).max().unwrap_or_default()
        })
    }

    /// Columns that the row takes before its last cell, without the padding at the end.
    fn shown(&self, row: &[Cell; N], widths: &[usize; N]) -> usize {
        let last = N - 2;
        widths[..last].iter().map(|width| width + 2).sum::<usize>() + row[last].0.chars().count()
    }
}

/// The cells side by side, the last one without padding.
fn line(cells: &[Cell], widths: &[usize], page: &Page) -> String {
    let last = cells.len() - 1;
    let padded = cells.iter().zip(widths).enumerate().map(|(i, (Cell(text, colour), width))| {
        let gap = if i == last { 0 } else { width + 2 - text.chars().count() };
        format!("{}{}", page.paint(*colour, text), " ".repeat(gap))
    });
    padded.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table<3> {
        Table {
            header: ["ROLE", "READY", "MESSAGE"],
            rows: vec![
                ["api".into(), "1/1".into(), "".into()],
                ["orders".into(), Cell("0/1".into(), Colour::Red), "it ended with exit code 2 after 3 restarts".into()],
            ],
        }
    }

    #[test]
    fn the_last_column_is_wrapped_under_itself() {
        let page = Page { columns: 45, colour: false, is_live: false };
        let lines: Vec<String> = table().text(&page).lines().map(str::to_owned).collect();
        assert_eq!(
            lines,
            ["ROLE    READY  MESSAGE", "api     1/1", "orders  0/1    it ended with exit code 2", "               after 3 restarts"]
        );
    }

    #[test]
    fn colours_do_not_move_columns() {
        let page = Page { columns: 200, colour: true, is_live: true };
        let text = table().text(&page);
        assert!(text.contains("orders  \u{1b}[31;1m0/1\u{1b}[0m    it ended"), "{text}");
    }
}
