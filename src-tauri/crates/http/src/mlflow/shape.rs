//! What goes in and out of a route, read off the types of its handler.

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use services::Context;

use super::input::Input;
use crate::error::ApiError;

pub use schemars::JsonSchema as JsonShape;

/// A message read by the server, or one written by it: what must be there differs.
#[derive(Debug, Clone, Copy)]
pub enum Direction {
    In,
    Out,
}

/// What stands in a body.
#[derive(Debug, Clone, Default)]
pub enum Shape {
    #[default]
    Nothing,
    /// JSON of this schema (2020-12, which OpenAPI 3.1 speaks).
    Json(Box<Schema>),
    Text,
    /// Anything: an artifact, a file.
    Bytes,
    /// A message in one of these media types.
    Media(&'static [&'static str]),
}

impl Shape {
    pub fn json<T: JsonSchema>(direction: Direction) -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        });
        let settings = match direction {
            Direction::In => settings.for_deserialize(),
            Direction::Out => settings.for_serialize(),
        };
        Self::Json(Box::new(
            settings.into_generator().into_root_schema_for::<T>(),
        ))
    }
}

/// What a route takes besides what stands in its path.
#[derive(Debug, Clone, Default)]
pub struct Takes {
    /// The message: the query of a GET, the body of everything else.
    pub message: Shape,
    pub headers: Vec<Header>,
}

/// A header with a meaning of its own.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    pub name: &'static str,
    pub required: bool,
}

/// An argument of a handler.
pub trait Argument {
    fn describe(takes: &mut Takes);
}

impl Argument for State<Context> {
    fn describe(_: &mut Takes) {}
}

/// Parameters of the path are read from the path itself.
impl<P> Argument for Path<P> {
    fn describe(_: &mut Takes) {}
}

impl<P> Argument for Result<Path<P>, PathRejection> {
    fn describe(_: &mut Takes) {}
}

impl Argument for super::download::Wanted {
    fn describe(_: &mut Takes) {}
}

impl<T: JsonSchema> Argument for Input<T> {
    fn describe(takes: &mut Takes) {
        takes.message = Shape::json::<T>(Direction::In);
    }
}

impl Argument for Body {
    fn describe(takes: &mut Takes) {
        takes.message = Shape::Bytes;
    }
}

impl Argument for axum::body::Bytes {
    fn describe(takes: &mut Takes) {
        takes.message = Shape::Bytes;
    }
}

impl Argument for axum::http::HeaderMap {
    fn describe(_: &mut Takes) {}
}

/// The whole request: a handler that answers bytes in its own way.
impl Argument for axum::extract::Request {
    fn describe(takes: &mut Takes) {
        takes.message = Shape::Bytes;
    }
}

/// What a handler answers.
pub trait Answer {
    fn shape() -> Shape;
}

impl<T: JsonSchema> Answer for Json<T> {
    fn shape() -> Shape {
        Shape::json::<T>(Direction::Out)
    }
}

impl Answer for Response {
    fn shape() -> Shape {
        Shape::Bytes
    }
}

impl Answer for &'static str {
    fn shape() -> Shape {
        Shape::Text
    }
}

impl<T: Answer> Answer for Result<T, ApiError> {
    fn shape() -> Shape {
        T::shape()
    }
}
