//! JSON that people write, taken apart key by key: nothing in it is passed over, and what is wrong is told by its
//! place, without the value, which may be a secret.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// What stands in a document. It takes every JSON, so that serde has nothing to complain of: its complaints repeat
/// values.
pub(super) enum Node {
    Text(String),
    List(Vec<Node>),
    Members(BTreeMap<String, Node>),
    /// What it is instead.
    Other(&'static str),
}

impl Node {
    pub(super) fn parse(json: &[u8]) -> Result<Node, String> {
        // What serde_json says of a text that is no JSON has the place and no value.
        serde_json::from_slice(json).map_err(|error| match error.is_data() {
            true => error.to_string(),
            false => format!("it is no JSON: {error}"),
        })
    }

    /// The members of an object, which stands at `place`.
    pub(super) fn members(self, place: &str) -> Result<Members, String> {
        match self {
            Node::Members(left) => Ok(Members {
                place: place.to_owned(),
                left,
                known: Vec::new(),
            }),
            other => Err(other.is_not("an object", place)),
        }
    }

    fn text(self, place: &str) -> Result<String, String> {
        match self {
            Node::Text(text) => Ok(text),
            other => Err(other.is_not("a text", place)),
        }
    }

    fn is_not(&self, wanted: &str, place: &str) -> String {
        let is = match self {
            Node::Text(_) => "a text",
            Node::List(_) => "a list",
            Node::Members(_) => "an object",
            Node::Other(what) => what,
        };
        told(place, &format!("it is {wanted}, not {is}"))
    }
}

/// An object of which the known members are taken one after the other.
pub(super) struct Members {
    place: String,
    left: BTreeMap<String, Node>,
    /// The keys that were asked for.
    known: Vec<&'static str>,
}

impl Members {
    pub(super) fn text(&mut self, key: &'static str) -> Result<Option<String>, String> {
        let place = self.place_of(key);
        self.take(key).map(|node| node.text(&place)).transpose()
    }

    /// A list of texts, which is empty where there is none.
    pub(super) fn texts(&mut self, key: &'static str) -> Result<Vec<String>, String> {
        let place = self.place_of(key);
        let list = match self.take(key) {
            None => Vec::new(),
            Some(Node::List(list)) => list,
            Some(other) => return Err(other.is_not("a list of texts", &place)),
        };
        let texts = list.into_iter().enumerate();
        texts
            .map(|(index, node)| node.text(&format!("{place}[{index}]")))
            .collect()
    }

    pub(super) fn members(&mut self, key: &'static str) -> Result<Option<Members>, String> {
        let place = self.place_of(key);
        self.take(key).map(|node| node.members(&place)).transpose()
    }

    /// Every member with its place, where the keys are names.
    pub(super) fn each(self) -> Vec<(String, String, Node)> {
        let each = self.left.into_iter().map(|(key, node)| {
            let place = place_in(&self.place, &key);
            (key, place, node)
        });
        each.collect()
    }

    /// Fails when something is left that nobody has asked for.
    pub(super) fn end(self) -> Result<(), String> {
        match self.left.first_key_value() {
            None => Ok(()),
            Some((key, _)) => {
                let known = self.known.join(", ");
                Err(self.at(
                    key,
                    &format!("it is not known here, where there are {known}"),
                ))
            }
        }
    }

    /// Tells what is wrong with a member.
    pub(super) fn at(&self, key: &str, reason: &str) -> String {
        told(&self.place_of(key), reason)
    }

    fn place_of(&self, key: &str) -> String {
        place_in(&self.place, key)
    }

    fn take(&mut self, key: &'static str) -> Option<Node> {
        self.known.push(key);
        self.left.remove(key)
    }
}

fn place_in(place: &str, key: &str) -> String {
    let key = key.escape_debug();
    match place {
        "" => key.to_string(),
        place => format!("{place}.{key}"),
    }
}

/// The top of a document has no name.
fn told(place: &str, reason: &str) -> String {
    match place {
        "" => reason.to_owned(),
        place => format!("{place}: {reason}"),
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(AnyNode)
    }
}

struct AnyNode;

impl<'de> Visitor<'de> for AnyNode {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Other("true or false"))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Other("a number"))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Other("a number"))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Other("a number"))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Other("null"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element()? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut members = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            if members.contains_key(&key) {
                return Err(A::Error::custom(format_args!("{key:?} is there twice")));
            }
            members.insert(key, map.next_value()?);
        }
        Ok(Node::Members(members))
    }
}
