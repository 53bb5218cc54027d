//! Values in all spellings that clients use: numbers as strings, `"NaN"`, one item where a list is meant.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::StrDeserializer;
use serde::de::{self, Deserialize, Deserializer, IntoDeserializer, SeqAccess, Visitor};

/// An int64: `7`, `"7"` or `7.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Int(pub i64);

/// A double: `1.5`, `"1.5"`, `"NaN"`, `"Infinity"`, `"-Infinity"`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Double(pub f64);

/// A string; ids also come as numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text(pub String);

/// A bool; queries carry it as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flag(pub bool);

/// A repeated field: a list, nothing, or in a query a single item.
#[derive(Debug, Clone, PartialEq)]
pub struct Many<T>(pub Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl Many<Text> {
    pub fn into_strings(self) -> Vec<String> {
        self.0.into_iter().map(|text| text.0).collect()
    }
}

struct Read<T>(PhantomData<T>);

impl Visitor<'_> for Read<Int> {
    type Value = Int;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer of 64 bits")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Int, E> {
        Ok(Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Int, E> {
        i64::try_from(value)
            .map(Int)
            .map_err(|_| E::custom(format!("{value} does not fit into 64 bits")))
    }

    #[allow(clippy::cast_possible_truncation)]
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Int, E> {
        if value.fract() == 0.0 && value.abs() < 9.0e18 {
            return Ok(Int(value as i64));
        }
        Err(E::custom(format!("{value} is not an integer of 64 bits")))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Int, E> {
        text.trim()
            .parse()
            .map(Int)
            .map_err(|_| E::custom(format!("'{text}' is not an integer of 64 bits")))
    }
}

impl Visitor<'_> for Read<Double> {
    type Value = Double;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Double, E> {
        Ok(Double(value))
    }

    #[allow(clippy::cast_precision_loss)]
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Double, E> {
        Ok(Double(value as f64))
    }

    #[allow(clippy::cast_precision_loss)]
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Double, E> {
        Ok(Double(value as f64))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Double, E> {
        // Rust reads NaN, inf, Infinity and their negatives in any case.
        text.trim()
            .parse()
            .map(Double)
            .map_err(|_| E::custom(format!("'{text}' is not a number")))
    }
}

impl Visitor<'_> for Read<Text> {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Text, E> {
        Ok(Text(text))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }
}

impl Visitor<'_> for Read<Flag> {
    type Value = Flag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Flag, E> {
        Ok(Flag(value))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Flag, E> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(Flag(true)),
            "false" | "0" => Ok(Flag(false)),
            _ => Err(E::custom(format!("'{text}' is neither true nor false"))),
        }
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Read<Many<T>> {
    type Value = Many<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Many<T>, A::Error> {
        let mut many = Vec::with_capacity(items.size_hint().unwrap_or(0).min(1024));
        while let Some(item) = items.next_element()? {
            many.push(item);
        }
        Ok(Many(many))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Many<T>, E> {
        Ok(Many(Vec::new()))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Many<T>, E> {
        let one: StrDeserializer<'_, E> = text.into_deserializer();
        Ok(Many(vec![T::deserialize(one)?]))
    }
}

macro_rules! deserialize_any {
    ($($type:ty),*) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Read::<$type>(PhantomData))
            }
        }
    )*};
}
deserialize_any!(Int, Double, Text, Flag);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Read::<Self>(PhantomData))
    }
}

/// How the values above are described to readers of the API's schema.
macro_rules! json_schema_as {
    ($($type:ident => $types:tt),*) => {$(
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": $types })
            }
        }
    )*};
}
json_schema_as!(Int => ["integer", "string"], Double => ["number", "string"], Text => ["string", "integer"], Flag => ["boolean", "string"]);

impl<T: JsonSchema> JsonSchema for Many<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Many{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "array", "items": generator.subschema_for::<T>() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn integers() {
        for (json, value) in [
            ("7", 7),
            ("\"7\"", 7),
            ("-7.0", -7),
            ("9223372036854775807", i64::MAX),
        ] {
            assert_eq!(
                serde_json::from_str::<Int>(json).unwrap(),
                Int(value),
                "{json}"
            );
        }
        for json in ["1.5", "\"x\"", "9223372036854775808", "true", "1e30"] {
            assert!(serde_json::from_str::<Int>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn doubles() {
        for (json, value) in [
            ("1.5", 1.5),
            ("\"1.5\"", 1.5),
            ("2", 2.0),
            ("\"-Infinity\"", f64::NEG_INFINITY),
        ] {
            assert_eq!(
                serde_json::from_str::<Double>(json).unwrap(),
                Double(value),
                "{json}"
            );
        }
        assert!(
            serde_json::from_str::<Double>("\"NaN\"")
                .unwrap()
                .0
                .is_nan()
        );
        assert!(serde_json::from_str::<Double>("\"one\"").is_err());
    }

    #[test]
    fn lists() {
        let many = |json: &str| {
            serde_json::from_str::<Many<Text>>(json)
                .unwrap()
                .into_strings()
        };
        assert_eq!(many(r#"["a", 2]"#), ["a", "2"]);
        assert_eq!(many("null"), Vec::<String>::new());
        assert_eq!(many(r#""a""#), ["a"]);
    }
}
