//! Header values in which a text in quotes may hold the separator (RFC 9110, section 5.6.4).

/// Splits at the separators that stand outside of quotes.
pub(super) fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    text.split(move |char: char| {
        let separates = char == separator && !quoted;
        match char {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        separates
    })
}

/// The text that begins after an opening quote, when its closing quote is the end.
pub(super) fn unquote(quoted: &str) -> Option<String> {
    let mut text = String::new();
    let mut chars = quoted.chars();
    loop {
        match chars.next()? {
            '"' => return chars.as_str().is_empty().then_some(text),
            '\\' => text.push(chars.next()?),
            char => text.push(char),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_in_quotes_separates_nothing() {
        let parts: Vec<_> = split(r#"a, b="x, \", y", c"#, ',').collect();
        assert_eq!(parts, ["a", r#" b="x, \", y""#, " c"]);
        assert_eq!(split("", ',').count(), 1);
    }

    #[test]
    fn a_text_in_quotes_is_taken_out_of_them() {
        assert_eq!(unquote(r#"a \"b\" \\""#).as_deref(), Some(r#"a "b" \"#));
        for open in ["", "a", r#"a\"#, r#"a"b"#] {
            assert_eq!(unquote(open), None, "{open}");
        }
    }
}
