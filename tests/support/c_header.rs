//! `include/imgferry.h` as data. It reads what cbindgen writes, not C in general; what it does not know, it refuses.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// What the header declares.
#[derive(Debug, Default)]
pub struct CHeader {
    /// The types whose content is hidden.
    pub handles: Vec<String>,
    /// The structs that both sides see.
    pub structs: Vec<CStruct>,
    /// All other types: the name, and the definition with the name left out.
    pub types: Vec<(String, String)>,
    /// The names of the numbers.
    pub constants: Vec<String>,
    pub functions: Vec<CFunction>,
    /// The comment before each of them, by name; of a field, by `struct.field`.
    pub comments: BTreeMap<String, String>,
}

#[derive(Debug)]
pub struct CStruct {
    pub name: String,
    pub fields: Vec<CVariable>,
}

#[derive(Debug)]
pub struct CFunction {
    pub name: String,
    pub returns: String,
    pub parameters: Vec<CVariable>,
}

/// A field or a parameter.
#[derive(Debug)]
pub struct CVariable {
    /// `const struct imgferry_call *`
    pub kind: String,
    pub name: String,
}

impl CHeader {
    /// Fails the test unless the sources of a binding name every function, number and field but those that are left out,
    /// each for a reason.
    #[track_caller]
    pub fn check_all_are_in(&self, sources: &[PathBuf], left_out: &[(&str, &str)]) {
        let fields = self.structs.iter().flat_map(|each| &each.fields);
        let fields = fields.map(|field| &field.name);
        let functions = self.functions.iter().map(|each| &each.name);
        let names: BTreeSet<_> = functions
            .chain(&self.constants)
            .chain(fields)
            .map(String::as_str)
            .filter(|name| !["reserved", "struct_size"].contains(name))
            .collect();
        let is_in_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
        let texts = sources
            .iter()
            .map(|path| fs::read_to_string(path).expect("a source"));
        let text: String = texts.collect();
        let words = text.split(|char| !is_in_name(char)).collect();
        let missing: BTreeSet<_> = names.difference(&words).copied().collect();
        let left_out = left_out.iter().map(|(name, _)| *name).collect();
        assert_eq!(missing, left_out);
    }

    /// What stands in `text` after its includes.
    pub fn parse(text: &str) -> CHeader {
        let mut header = CHeader::default();
        let mut comment = String::new();
        let (_, mut rest) = text
            .rsplit_once("#include")
            .and_then(|(_, rest)| rest.split_once('\n'))
            .expect("includes");
        while let Some(found) = next(&mut rest) {
            match found {
                Piece::Comment(text) => comment = text,
                Piece::Directive(line) => {
                    let constant = line.strip_prefix("#define ");
                    if let Some((name, _value)) = constant.and_then(|rest| rest.split_once(' ')) {
                        header.constants.push(name.to_owned());
                        header.note(name.to_owned(), &mut comment);
                    }
                }
                Piece::Declaration(text) => {
                    let name = header.declare(&text);
                    header.note(name, &mut comment);
                }
            }
        }
        header
    }

    /// Every name that the header declares.
    pub fn names(&self) -> Vec<String> {
        let fields = self.structs.iter().flat_map(|each| {
            let fields = each.fields.iter();
            fields.map(move |field| format!("{}.{}", each.name, field.name))
        });
        let handles = self.handles.iter().cloned();
        let structs = self.structs.iter().map(|each| each.name.clone());
        let types = self.types.iter().map(|(name, _)| name.clone());
        let functions = self.functions.iter().map(|each| each.name.clone());
        let constants = self.constants.iter().cloned();
        let items = handles.chain(structs).chain(types).chain(functions);
        items.chain(constants).chain(fields).collect()
    }

    /// Whether the comment of a function allows NULL for a parameter: "NULL for `x` is …", or "`x` may be NULL" at the
    /// end of a part of a sentence that may name others, too.
    pub fn may_be_null(&self, function: &CFunction, parameter: &str) -> bool {
        let comment = &self.comments[&function.name];
        let quoted = format!("`{parameter}`");
        let is_named = |part: &str| {
            let (_, part) = part.rsplit_once(['.', ';', ':']).unwrap_or(("", part));
            part.contains(&quoted)
        };
        comment.contains(&format!("NULL for {quoted}"))
            || comment
                .match_indices("may be NULL")
                .any(|(at, _)| is_named(&comment[..at]))
    }

    fn note(&mut self, name: String, comment: &mut String) {
        if !comment.is_empty() {
            self.comments.insert(name, std::mem::take(comment));
        }
    }

    /// Takes a declaration in; its name.
    fn declare(&mut self, text: &str) -> String {
        let Some(definition) = text.strip_prefix("typedef ") else {
            return self.declare_function(text);
        };
        if let Some((_, rest)) = definition.split_once('{') {
            let (fields, name) = rest.rsplit_once('}').expect("the end of a struct");
            return self.declare_struct(name.trim(), fields);
        }
        if let Some((result, rest)) = definition.split_once("(*") {
            let (name, parameters) = rest.split_once(')').expect("the name of a callback");
            let definition = format!("{result}(*){parameters}");
            self.types.push((name.to_owned(), definition));
            return name.to_owned();
        }
        let (definition, name) = definition.rsplit_once(' ').expect("a name");
        if definition == format!("struct {name}") {
            self.handles.push(name.to_owned());
        } else {
            self.types.push((name.to_owned(), definition.to_owned()));
        }
        name.to_owned()
    }

    fn declare_struct(&mut self, name: &str, mut fields: &str) -> String {
        let mut comment = String::new();
        let mut found = Vec::new();
        while let Some(piece) = next(&mut fields) {
            match piece {
                Piece::Comment(text) => comment = text,
                Piece::Declaration(text) => {
                    let field = variable(&text);
                    self.note(format!("{name}.{}", field.name), &mut comment);
                    found.push(field);
                }
                Piece::Directive(line) => panic!("a directive in a struct: {line}"),
            }
        }
        self.structs.push(CStruct {
            name: name.to_owned(),
            fields: found,
        });
        name.to_owned()
    }

    fn declare_function(&mut self, text: &str) -> String {
        let (head, parameters) = text.split_once('(').expect("a function");
        let head = variable(head);
        let parameters = parameters.strip_suffix(')').expect("one parenthesis");
        let parameters = match parameters {
            "void" => Vec::new(),
            list => list.split(", ").map(variable).collect(),
        };
        self.functions.push(CFunction {
            name: head.name.clone(),
            returns: head.kind,
            parameters,
        });
        head.name
    }
}

/// `const char *name` and `size_t name`
fn variable(text: &str) -> CVariable {
    let split = text.rfind(['*', ' ']).expect("a type and a name") + 1;
    let (kind, name) = text.split_at(split);
    assert!(
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
        "not understood: {text}"
    );
    CVariable {
        kind: kind.trim().to_owned(),
        name: name.to_owned(),
    }
}

enum Piece {
    Comment(String),
    Directive(String),
    /// Without its semicolon, white space made single blanks.
    Declaration(String),
}

/// Takes the next piece from the beginning of `rest`.
fn next(rest: &mut &str) -> Option<Piece> {
    *rest = rest.trim_start();
    // `extern "C"` stands between directives.
    for block in ["extern \"C\" {", "}  // extern \"C\""] {
        if let Some(after) = rest.strip_prefix(block) {
            *rest = after.trim_start();
        }
    }
    if rest.is_empty() {
        return None;
    }
    if let Some(after) = rest.strip_prefix("/*") {
        let (comment, after) = after.split_once("*/").expect("the end of a comment");
        *rest = after;
        let lines = comment
            .lines()
            .map(|line| line.trim().trim_start_matches(['*', ' ']));
        return Some(Piece::Comment(
            lines.collect::<Vec<_>>().join(" ").trim().to_owned(),
        ));
    }
    if rest.starts_with('#') {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        *rest = after;
        return Some(Piece::Directive(line.to_owned()));
    }
    let mut depth = 0;
    let end = rest.find(|char| {
        depth += i32::from(char == '{') - i32::from(char == '}');
        char == ';' && depth == 0
    });
    let (declaration, after) = rest.split_at(end.expect("a semicolon"));
    *rest = &after[1..];
    // The comments of a struct's fields stay as they are.
    let text = match declaration.contains('{') {
        true => declaration.to_owned(),
        false => declaration.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    Some(Piece::Declaration(text))
}
