//! Who acts. Every change of a workspace is made by an actor, and says so in the audit log.

/// The person or program on whose behalf a use case runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub name: String,
}

impl Actor {
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }

    /// The person at this machine: the name of the operating system's account.
    pub fn this_user() -> Self {
        let name = std::env::var("USER").or_else(|_| std::env::var("USERNAME"));
        Self::new(
            name.ok()
                .filter(|n| !n.is_empty())
                .unwrap_or_else(|| "local".to_owned()),
        )
    }
}
