//! Progress for people: a bar for each layer and one for the sum on a terminal, plain lines elsewhere.

use std::collections::HashMap;
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;

use imgferry::{ImageProgressPull, ImageProgressPush, ImageProgressStep, Phase, Progress, Unit};

const BAR_WIDTH: usize = 32;

/// Shows what it receives as [`Progress`].
pub struct Show {
    terminal: bool,
    /// The layers' lines in the order in which they came.
    lines: Vec<String>,
    line_of: HashMap<String, usize>,
    /// How many lines are on the screen, to be written over.
    drawn: usize,
    /// Off the terminal a layer gets a line only when its phase changes.
    last_phase: HashMap<String, Phase>,
}

impl Show {
    /// Bars when standard output is a terminal, lines otherwise.
    pub fn new() -> Show {
        Show {
            terminal: io::stdout().is_terminal(),
            lines: Vec::new(),
            line_of: HashMap::new(),
            drawn: 0,
            last_phase: HashMap::new(),
        }
    }

    fn begin(&mut self, title: &str) {
        println!("{title}");
        self.lines.clear();
        self.line_of.clear();
        self.last_phase.clear();
        self.drawn = 0;
    }

    fn step_on_terminal(&mut self, step: &ImageProgressStep<'_>) -> io::Result<()> {
        if !step.layer_id.is_empty() {
            let line = layer_line(step);
            let next = self.lines.len();
            let at = *self.line_of.entry(step.layer_id.to_owned()).or_insert(next);
            if at == next {
                self.lines.push(line);
            } else {
                self.lines[at] = line;
            }
        }
        let mut out = io::stdout().lock();
        if self.drawn > 0 {
            write!(out, "\x1b[{}A", self.drawn)?;
        }
        for line in &self.lines {
            writeln!(out, "\r\x1b[2K{line}")?;
        }
        writeln!(out, "\r\x1b[2K{}", sum_line(step))?;
        self.drawn = self.lines.len() + 1;
        out.flush()
    }

    fn step_as_line(&mut self, step: &ImageProgressStep<'_>) {
        if matches!(step.phase, Phase::Waiting) {
            return;
        }
        if step.layer_id.is_empty() {
            if !step.message.is_empty() {
                println!("{}", step.message);
            }
            if step.phase == Phase::Done {
                println!("{}", sum_line(step));
            }
            return;
        }
        let key = step.layer_id.to_owned();
        if self.last_phase.insert(key, step.phase) != Some(step.phase) {
            println!("{}{}", layer_line(step), sum_line(step));
        }
    }
}

impl Progress for Show {
    fn push(&mut self, start: &ImageProgressPush<'_>) -> ControlFlow<()> {
        self.begin(&format!("pushing {} to {}", start.src, start.dst));
        ControlFlow::Continue(())
    }

    fn pull(&mut self, start: &ImageProgressPull<'_>) -> ControlFlow<()> {
        self.begin(&format!("pulling {} as {}", start.src, start.dst));
        ControlFlow::Continue(())
    }

    fn step(&mut self, step: &ImageProgressStep<'_>) -> ControlFlow<()> {
        if !self.terminal {
            self.step_as_line(step);
            return ControlFlow::Continue(());
        }
        match self.step_on_terminal(step) {
            Ok(()) => ControlFlow::Continue(()),
            // Nobody looks any more.
            Err(_) => ControlFlow::Break(()),
        }
    }
}

fn layer_line(step: &ImageProgressStep<'_>) -> String {
    let numbers = match (step.unit, step.total) {
        (_, _) if step.current == 0 => String::new(),
        (Unit::Bytes, Some(total)) => {
            format!(
                " {} {}/{}",
                bar(step.current, total),
                megabytes(step.current),
                megabytes(total)
            )
        }
        (Unit::Bytes, None) => format!(" {}", megabytes(step.current)),
        (_, _) => format!(" {} s", step.current),
    };
    format!("  {:12} {:20}{numbers}", step.layer_id, step.status)
}

fn sum_line(step: &ImageProgressStep<'_>) -> String {
    let word = match step.phase {
        Phase::Done => "done",
        _ => "total",
    };
    match step.sum_total {
        Some(total) => format!(
            "  {word:12} {} {}/{}",
            bar(step.sum_current, total),
            megabytes(step.sum_current),
            megabytes(total)
        ),
        None => format!("  {word:12} {}", megabytes(step.sum_current)),
    }
}

fn bar(current: u64, total: u64) -> String {
    let share = current.min(total) as f64 / total.max(1) as f64;
    let full = (share * BAR_WIDTH as f64) as usize;
    format!("[{}{}]", "=".repeat(full), " ".repeat(BAR_WIDTH - full))
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
