//! What every id of the house has in common: made by the app, and checked at the door.

/// An id that is a word: safe as a file name, at most 64 characters, the same in both databases and after an import. Types
/// of this macro keep their text private to the module that calls it.
macro_rules! word_id {
    ($(#[$doc:meta])* $type:ident, $field:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(String);

        impl $type {
            pub fn parse(text: &str) -> Result<Self, crate::names::Invalid> {
                let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
                if !text.is_empty() && text.len() <= 64 && text.bytes().all(word) {
                    return Ok(Self(text.to_owned()));
                }
                let expected = "an id of at most 64 letters, digits, '-' and '_'";
                Err(crate::names::Invalid::new($field, text, expected))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }

            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $type {
            type Error = crate::names::Invalid;

            fn try_from(text: String) -> Result<Self, crate::names::Invalid> {
                Self::parse(&text)
            }
        }
    };
}

pub(crate) use word_id;
