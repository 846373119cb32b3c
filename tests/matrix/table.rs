//! The printed table: operations, faults, cases, and how they ended.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::faults::Class;
use crate::operations::Operation;
use crate::outcome::{End, Outcome, Wrong};
use crate::process::Held;
use crate::support::deep;

pub struct Table {
    seed: u64,
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    outcomes: Vec<Outcome>,
    held: Held,
}

impl Table {
    pub fn new(seed: u64) -> Table {
        Table {
            seed,
            rows: Vec::new(),
        }
    }

    pub fn add(&mut self, operation: &Operation, outcomes: Vec<Outcome>, held: Held) {
        self.rows.push(Row {
            name: operation.name,
            outcomes,
            held,
        });
    }

    pub fn cases(&self) -> usize {
        self.outcomes().count()
    }

    /// How many of what must not be there were.
    pub fn not_allowed(&self) -> usize {
        let wrong = self.outcomes().filter(|outcome| outcome.wrong.is_some());
        let held = self.rows.iter().filter(|row| row.held != Held::default());
        wrong.count() + held.count()
    }

    fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        self.rows.iter().flat_map(|row| &row.outcomes)
    }

    pub fn markdown(&self, took: Duration) -> String {
        let extent = if deep() { "deep" } else { "a sample" };
        let mut text = format!(
            "\n## Operations and faults\n\n{} cases ({extent}) with seed {} in {} s\n\n",
            self.cases(),
            self.seed,
            took.as_secs()
        );
        self.by_operation(&mut text);
        self.by_fault(&mut text);
        text
    }

    fn by_operation(&self, text: &mut String) {
        let classes = Class::ALL.iter().map(|class| class.title());
        let wrongs = Wrong::ALL.iter().map(|wrong| wrong.title());
        let titles = ["operation"]
            .into_iter()
            .chain(classes)
            .chain(["cases", "success", "error"])
            .chain(wrongs)
            .chain(["descriptors", "threads", "slowest"]);
        head(text, titles);
        for row in &self.rows {
            let outcomes: Vec<_> = row.outcomes.iter().collect();
            line(text, row.name, &outcomes, row.held);
        }
        let held = self.rows.iter().fold(Held::default(), |sum, row| Held {
            descriptors: sum.descriptors + row.held.descriptors,
            threads: sum.threads + row.held.threads,
        });
        line(text, "**all**", &self.outcomes().collect::<Vec<_>>(), held);
        text.push('\n');
    }

    fn by_fault(&self, text: &mut String) {
        let wrongs = Wrong::ALL.iter().map(|wrong| wrong.title());
        let titles = ["fault", "cases", "success"].into_iter();
        head(text, titles.chain(wrongs).chain(["errors"]));
        for class in Class::ALL {
            let outcomes: Vec<_> = self.outcomes().filter(|one| one.class == class).collect();
            let mut errors = BTreeMap::new();
            for outcome in &outcomes {
                if let Some(End::Error(kind)) = outcome.end {
                    *errors.entry(format!("{kind:?}")).or_insert(0) += 1;
                }
            }
            let errors = errors.iter().map(|(kind, count)| format!("{kind} {count}"));
            let mut cells = vec![
                class.title().to_owned(),
                outcomes.len().to_string(),
                ended(&outcomes, |end| end == End::Success),
            ];
            cells.extend(Wrong::ALL.map(|wrong| found(&outcomes, wrong)));
            cells.push(errors.collect::<Vec<_>>().join(", "));
            cells_line(text, &cells);
        }
        text.push('\n');
    }

    /// What must not be of the last operation, a line each.
    pub fn last_wrongs(&self) -> String {
        let mut text = String::new();
        for outcome in self.rows.last().iter().flat_map(|row| &row.outcomes) {
            if let Some((wrong, what)) = &outcome.wrong {
                let _ = writeln!(text, "- **{}** {}: {what}", wrong.title(), outcome.case);
            }
        }
        text
    }
}

fn line(text: &mut String, name: &str, outcomes: &[&Outcome], held: Held) {
    let mut cells = vec![name.to_owned()];
    cells.extend(Class::ALL.map(|class| count(outcomes, |one| one.class == class)));
    cells.push(outcomes.len().to_string());
    cells.push(ended(outcomes, |end| end == End::Success));
    cells.push(ended(outcomes, |end| end != End::Success));
    cells.extend(Wrong::ALL.map(|wrong| found(outcomes, wrong)));
    cells.push(held.descriptors.to_string());
    cells.push(held.threads.to_string());
    let slowest = outcomes.iter().map(|one| one.took).max();
    cells.push(match slowest {
        Some(slowest) => format!("{:.1} s", slowest.as_secs_f64()),
        None => "no case".into(),
    });
    cells_line(text, &cells);
}

fn count(outcomes: &[&Outcome], is: impl Fn(&Outcome) -> bool) -> String {
    let count = outcomes.iter().filter(|one| is(one)).count();
    count.to_string()
}

fn ended(outcomes: &[&Outcome], is: impl Fn(End) -> bool) -> String {
    count(outcomes, |one| one.end.is_some_and(&is))
}

fn found(outcomes: &[&Outcome], wanted: Wrong) -> String {
    count(
        outcomes,
        |one| matches!(&one.wrong, Some((wrong, _)) if *wrong == wanted),
    )
}

fn head<'a>(text: &mut String, titles: impl Iterator<Item = &'a str>) {
    let titles: Vec<_> = titles.map(str::to_owned).collect();
    cells_line(text, &titles);
    cells_line(text, &vec!["---".to_owned(); titles.len()]);
}

fn cells_line(text: &mut String, cells: &[String]) {
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}
