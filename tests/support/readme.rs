//! The programs that README.md shows.

use std::fs;

use super::c_program::in_project;

/// The program in `language`; there must be just one.
#[track_caller]
pub fn in_readme(language: &str) -> String {
    let text = fs::read_to_string(in_project("README.md")).expect("read README.md");
    let blocks: Vec<&str> = text.split(&format!("```{language}\n")).skip(1).collect();
    assert_eq!(blocks.len(), 1, "programs in {language}");
    let (program, _) = blocks[0].split_once("```").expect("the end of the program");
    program.to_owned()
}
