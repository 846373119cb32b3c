//! `include/imgferry.h` as doxygen renders it, which is how many C programmers read a manual.

mod support;

use std::fs;
use std::process::Command;

use support::{CHeader, TempDir, in_project, installed};

/// Nothing but what differs from doxygen's defaults; `WARN_AS_ERROR` makes it render all and fail at the end.
const SETTINGS: &str = "
INPUT = imgferry.h
OPTIMIZE_OUTPUT_FOR_C = YES
JAVADOC_AUTOBRIEF = YES
GENERATE_LATEX = NO
HAVE_DOT = NO
QUIET = YES
WARN_AS_ERROR = FAIL_ON_WARNINGS
";

/// What doxygen says about a header, and the page that it makes of it.
fn render(header: &str) -> (String, String) {
    let folder = TempDir::new("doxygen");
    fs::write(folder.join("imgferry.h"), header).expect("write a header");
    fs::write(folder.join("Doxyfile"), SETTINGS).expect("write the settings");
    let output = Command::new(installed("doxygen", "doxygen"))
        .current_dir(folder.path())
        .output()
        .expect("run doxygen");
    let said = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
    assert_eq!(output.status.success(), said.is_empty(), "{said}");
    let page = fs::read_to_string(folder.join("html/imgferry_8h.html"));
    (said, page.expect("a page"))
}

#[test]
fn the_header_is_rendered_without_a_warning() {
    let header = fs::read_to_string(in_project("include/imgferry.h")).expect("the header");
    let (said, page) = render(&header);
    assert_eq!(said, "");
    for function in CHeader::parse(&header).functions {
        let entry = format!("{}</a>", function.name);
        assert!(page.contains(&entry), "{} is on no page", function.name);
    }
    assert!(page.contains("ERRORS"), "the manual is on the page");

    // It would have said something.
    let wrong =
        format!("{header}\n/** @param no_such Wrong. */\nint imgferry_wrong(int number);\n");
    let (said, _) = render(&wrong);
    assert!(said.contains("no_such"), "{said}");
}
