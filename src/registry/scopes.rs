//! Scopes: what a token must allow (the distribution specification of tokens, "Scope").

use std::collections::BTreeSet;
use std::fmt;

/// Several scopes, in the order in which they are asked for: some token services read only the first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Scopes(Vec<Scope>);

/// One resource, such as `repository:library/busybox`, and what is to be done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Scope {
    resource: String,
    actions: BTreeSet<String>,
}

impl Scopes {
    /// For reading a repository.
    pub(super) fn pull(repository: &str) -> Scopes {
        Scopes::repository(repository, &["pull"])
    }

    /// For writing to a repository.
    pub(super) fn push(repository: &str) -> Scopes {
        Scopes::repository(repository, &["pull", "push"])
    }

    /// For removing from a repository. There is no agreement on what that needs: see
    /// [`alternatives`](Scopes::alternatives).
    pub(super) fn delete(repository: &str) -> Scopes {
        Scopes::repository(repository, &["pull", "push", DELETE])
    }

    /// For listing the repositories of a registry.
    pub(super) fn catalog() -> Scopes {
        Scopes(vec![Scope::new("registry:catalog".to_owned(), &["*"])])
    }

    fn repository(repository: &str, actions: &[&str]) -> Scopes {
        Scopes(vec![Scope::new(
            format!("repository:{repository}"),
            actions,
        )])
    }

    /// Reads the scopes of a challenge, separated by blanks; what is not a scope is left out.
    pub(super) fn read(text: &str) -> Scopes {
        let mut scopes = Scopes::default();
        for scope in text.split_ascii_whitespace() {
            // A name may contain colons, so the type ends at the first and the actions begin after the last.
            if let Some((resource, actions)) = scope.rsplit_once(':')
                && resource.contains(':')
            {
                let actions: Vec<_> = actions.split(',').collect();
                scopes.add(&Scope::new(resource.to_owned(), &actions));
            }
        }
        scopes
    }

    /// These scopes, then those of `others`; of the same resource, the actions of both.
    pub(super) fn and(mut self, others: &Scopes) -> Scopes {
        for scope in &others.0 {
            self.add(scope);
        }
        self
    }

    fn add(&mut self, scope: &Scope) {
        match self.0.iter_mut().find(|own| own.resource == scope.resource) {
            Some(own) => own.actions.extend(scope.actions.iter().cloned()),
            None => self.0.push(scope.clone()),
        }
    }

    /// The first repository that they are about; empty when it is none.
    pub(super) fn first_repository(&self) -> &str {
        let mut resources = self.0.iter().map(|scope| scope.resource.as_str());
        resources
            .find_map(|resource| resource.strip_prefix("repository:"))
            .unwrap_or("")
    }

    /// Whether everything that `others` allow is among these.
    pub(super) fn include(&self, others: &Scopes) -> bool {
        others.0.iter().all(|other| {
            self.0.iter().any(|own| {
                own.resource == other.resource && own.actions.is_superset(&other.actions)
            })
        })
    }

    /// What to ask for instead when a token service refuses to read these: only the first; and for a removal, all
    /// actions (some services do not know `delete`), then what a push needs.
    pub(super) fn alternatives(&self) -> Vec<Scopes> {
        let mut alternatives = Vec::new();
        let Some(first) = self.0.first() else {
            return alternatives;
        };
        if self.0.len() > 1 {
            alternatives.push(Scopes(vec![first.clone()]));
        }
        if let Some(removal) = self.0.iter().find(|scope| scope.actions.contains(DELETE)) {
            for actions in [&["*"] as &[&str], &["pull", "push"]] {
                let scope = Scope::new(removal.resource.clone(), actions);
                alternatives.push(Scopes(vec![scope]));
            }
        }
        alternatives
    }

    /// Each scope as a text.
    pub(super) fn texts(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(Scope::to_string)
    }

    /// A text that is the same for the same scopes in any order.
    pub(super) fn key(&self) -> String {
        let mut texts: Vec<_> = self.texts().collect();
        texts.sort();
        texts.join(" ")
    }
}

const DELETE: &str = "delete";

impl Scope {
    fn new(resource: String, actions: &[&str]) -> Scope {
        Scope {
            resource,
            actions: actions
                .iter()
                .filter(|action| !action.is_empty())
                .map(|action| (*action).to_owned())
                .collect(),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.resource)?;
        for (at, action) in self.actions.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{action}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(scopes: &Scopes) -> Vec<String> {
        scopes.texts().collect()
    }

    #[test]
    fn a_name_with_a_port_is_not_cut_at_the_wrong_colon() {
        let scopes = Scopes::read("repository:host:5000/a:push,pull registry:catalog:* junk :");
        assert_eq!(
            texts(&scopes),
            ["repository:host:5000/a:pull,push", "registry:catalog:*"]
        );
    }

    #[test]
    fn the_union_has_each_resource_once() {
        let union = Scopes::read("repository:a:pull repository:b:pull")
            .and(&Scopes::read("repository:b:push,pull repository:c:pull"));
        assert_eq!(
            texts(&union),
            [
                "repository:a:pull",
                "repository:b:pull,push",
                "repository:c:pull"
            ]
        );
        assert!(union.include(&Scopes::pull("b")));
        assert!(!union.include(&Scopes::delete("b")));
        let other_order =
            Scopes::read("repository:c:pull repository:b:push,pull repository:a:pull");
        assert_eq!(union.key(), other_order.key());
    }

    #[test]
    fn a_removal_can_be_asked_for_in_three_ways() {
        let scopes = Scopes::delete("a");
        assert_eq!(texts(&scopes), ["repository:a:delete,pull,push"]);
        let alternatives: Vec<_> = scopes.alternatives().iter().map(texts).collect();
        assert_eq!(
            alternatives,
            [["repository:a:*"], ["repository:a:pull,push"]]
        );
        assert!(Scopes::pull("a").alternatives().is_empty());
    }
}
