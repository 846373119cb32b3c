//! What was measured, as Markdown.

use std::fmt::Write as _;

use crate::machine;
use crate::measure::{Figure, Taken, median};
use crate::session::{Row, Session, Target};

/// All that is to be said of a run.
pub fn document(session: &Session, library_bytes: u64) -> String {
    let mut text = machine::describe();
    text += &targets(&session.rows, library_bytes);
    text += "\n## What each took\n\n";
    text += "Medians, with the least and the most. The ratios are imgferry's from C to the other's: medians of the ratios of \
             runs that followed one another.\n";
    for row in &session.rows {
        text += &table(row);
    }
    text
}

/// The most that the shared library may have, in MiB.
const LIBRARY_MIB: f64 = 3.0;

/// A table of what is wanted of imgferry from C, and what was reached.
fn targets(rows: &[Row], library_bytes: u64) -> String {
    let mut text = String::from(
        "## What was wanted\n\n| work | imgferry from C | wanted | measured | |\n| --- | --- | --- | --- | --- |\n",
    );
    for row in rows {
        for target in &row.targets {
            text += &verdict(row, *target);
        }
    }
    let size = library_bytes as f64 / (1 << 20) as f64;
    let _ = writeln!(
        text,
        "| the shared library, stripped | MiB | at most {LIBRARY_MIB} | {size:.2} | {} |",
        mark(size <= LIBRARY_MIB)
    );
    text
}

fn mark(reached: bool) -> &'static str {
    match reached {
        true => "✓",
        false => "✗",
    }
}

fn verdict(row: &Row, target: Target) -> String {
    let ours = |figure| row.median(row.ours(), figure);
    let (what, most, measured, digits) = match target {
        Target::Ratio(peer, figure, most) => {
            let what = format!("{} / {peer}", figure.title());
            (what, most, row.ratio(peer, figure), 2)
        }
        Target::Most(figure, most) => (figure.title().to_owned(), most, ours(figure), 1),
        Target::Apart(peer, figure, most) => {
            let what = format!("{} apart from {peer}", figure.title());
            let apart = (ours(figure) - row.median(peer, figure)).abs();
            (what, most, apart, 2)
        }
    };
    format!(
        "| {} | {what} | at most {most:.digits$} | {measured:.digits$} | {} |\n",
        row.title,
        mark(measured <= most)
    )
}

fn table(row: &Row) -> String {
    let turns = row.taken(row.ours()).len();
    let turns = match turns {
        1 => "once".to_owned(),
        _ => format!("{turns} turns"),
    };
    let mut text = format!("\n### {}\n\n| {turns} |", row.title);
    for figure in Figure::ALL {
        let _ = write!(text, " {} | ratio |", figure.title());
    }
    text += "\n| --- | --- | --- | --- | --- | --- | --- |\n";
    for (name, taken) in &row.runs {
        let _ = write!(text, "| {name} |");
        for figure in Figure::ALL {
            let _ = write!(text, " {} |", spread(taken, figure));
            match *name == row.ours() {
                true => text += " |",
                false => {
                    let _ = write!(text, " {:.2} |", row.ratio(name, figure));
                }
            }
        }
        text += "\n";
    }
    text
}

fn spread(taken: &[Taken], figure: Figure) -> String {
    let values = || taken.iter().map(|taken| figure.of(taken));
    let middle = figure.show(median(values()));
    if taken.len() == 1 {
        return middle;
    }
    let least = values().fold(f64::INFINITY, f64::min);
    let most = values().fold(0.0, f64::max);
    format!("{middle} ({} to {})", figure.show(least), figure.show(most))
}
