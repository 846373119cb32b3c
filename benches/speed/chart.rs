//! What was measured, as bars: a drawing in SVG that needs nothing else.

use std::fmt::Write as _;

use crate::measure::Figure;
use crate::session::Row;

const NAMES_WIDTH: f64 = 130.0;
const PANEL_WIDTH: f64 = 250.0;
/// The longest bar; behind it is room for its number.
const BAR_WIDTH: f64 = 180.0;
const LINE: f64 = 16.0;
const MARGIN: f64 = 12.0;

/// Three bars for each contestant of each row, as long as the medians are beside the row's longest.
pub fn chart(rows: &[Row]) -> String {
    let lines: usize = rows.iter().map(|row| row.runs.len() + 2).sum();
    let width = 2.0 * MARGIN + NAMES_WIDTH + 3.0 * PANEL_WIDTH;
    let height = 2.0 * MARGIN + LINE * (lines + 1) as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    let mut y = MARGIN + LINE;
    for (number, figure) in Figure::ALL.into_iter().enumerate() {
        text(
            &mut svg,
            panel(number),
            y,
            "#666666",
            "normal",
            figure.title(),
        );
    }
    for row in rows {
        y += 1.5 * LINE;
        text(&mut svg, MARGIN, y, "#000000", "bold", &row.title);
        for (name, _) in &row.runs {
            y += LINE;
            contestant(&mut svg, row, name, y);
        }
        y += 0.5 * LINE;
    }
    svg += "</svg>\n";
    svg
}

/// Where the bars of a figure begin.
fn panel(number: usize) -> f64 {
    MARGIN + NAMES_WIDTH + PANEL_WIDTH * number as f64
}

fn contestant(svg: &mut String, row: &Row, name: &str, y: f64) {
    // Blue for imgferry, and grey for others: both are seen by those who see no colours.
    let colour = match name.contains("(C)") || name.contains("(Rust)") {
        true => "#1f5fa8",
        false => "#b0b0b0",
    };
    text(svg, MARGIN, y, "#000000", "normal", name);
    for (number, figure) in Figure::ALL.into_iter().enumerate() {
        let medians = row.runs.iter().map(|(who, _)| row.median(who, figure));
        let longest = medians.fold(0.0, f64::max);
        let value = row.median(name, figure);
        let length = BAR_WIDTH * value / longest;
        let x = panel(number);
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{length:.1}\" height=\"{:.1}\" fill=\"{colour}\"/>",
            y - 0.7 * LINE,
            0.8 * LINE
        );
        text(
            svg,
            x + length + 4.0,
            y,
            "#000000",
            "normal",
            &figure.show(value),
        );
    }
}

/// None of what is written here has a character that XML reads.
fn text(svg: &mut String, x: f64, y: f64, colour: &str, weight: &str, text: &str) {
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{colour}\" font-weight=\"{weight}\">{text}</text>"
    );
}
