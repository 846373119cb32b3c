//! The table of operations against the sources of the library.

use crate::sources::sources;

/// What can be called of these rooms and asks a peer: it takes a call.
fn public_functions() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (path, text) in sources() {
        let path = path.display().to_string();
        let is_asking = ["engine", "registry", "images", "copy"]
            .iter()
            .any(|room| path.contains(&format!("/src/{room}/")));
        for rest in text.split("    pub fn ").skip(1).filter(|_| is_asking) {
            let Some((head, _)) = rest.split_once('{') else {
                continue;
            };
            if head.contains("call: &mut Call<'_>")
                && let Some((name, _)) = head.split_once('(')
            {
                found.push((path.clone(), name.to_owned()));
            }
        }
    }
    found
}

#[test]
fn no_public_operation_is_left_out() {
    let table: String = sources()
        .into_iter()
        .filter(|(path, _)| {
            path.display()
                .to_string()
                .contains("/tests/matrix/operations/")
        })
        .map(|(_, text)| text)
        .collect();
    let found = public_functions();
    assert!(found.len() > 50, "{found:?}");
    for (path, name) in found {
        assert!(
            table.contains(&format!(".{name}(")),
            "{name} of {path} is in no operation"
        );
    }
}
