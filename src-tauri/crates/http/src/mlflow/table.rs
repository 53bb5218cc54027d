//! The route table: every route is declared once, and the router, `drydock openapi` and
//! `docs/mlflow-compatibility.md` are made from it.
//!
//! A capability declares its routes like this; what a route takes and gives is read off the handler's own arguments and
//! answer, so that the description cannot drift from the code:
//!
//! ```text
//! Routes::of("experiments")
//!     .post("/experiments/create", Writes, create)
//!     .get("/experiments/get", Reads, by_id)
//! ```

use std::future::Future;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};
use services::Context;

use super::shape::{Answer, Argument, Header, Shape, Takes};

/// What a route does to the workspace. A policy of who may call it builds on this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Reads,
    Writes,
}

/// Under which roots a route answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// At the path as it stands: `/health`.
    Plain,
    /// Below `/api` and its twin `/ajax-api`.
    Twins,
    /// Below `/ajax-api` alone, where MLflow keeps what only its pages call.
    AjaxOnly,
}

impl Root {
    fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &[""],
            Self::Twins => &["/api", "/ajax-api"],
            Self::AjaxOnly => &["/ajax-api"],
        }
    }
}

/// One route: where it answers, what it does, what goes in and out, and who answers.
#[derive(Debug, Clone)]
pub struct Route {
    pub root: Root,
    pub method: Method,
    /// Below the root; parameters in braces.
    pub path: String,
    /// The word of the house for the capability: `experiments`, `runs`, ...
    pub capability: &'static str,
    pub access: Access,
    pub takes: Takes,
    pub gives: Shape,
    answer: MethodRouter<Context>,
}

impl Route {
    /// Every address of the route.
    pub fn addresses(&self) -> impl Iterator<Item = String> {
        let prefixes = self.root.prefixes().iter();
        prefixes.map(|prefix| format!("{prefix}{}", self.path))
    }
}

/// Routes of one capability, in the order in which the documents list them.
#[derive(Debug)]
pub struct Routes {
    capability: &'static str,
    routes: Vec<Route>,
}

impl Routes {
    pub fn of(capability: &'static str) -> Self {
        Self {
            capability,
            routes: Vec::new(),
        }
    }

    pub fn get<T, H: Described<T>>(self, path: &str, access: Access, handler: H) -> Self {
        self.on(Method::GET, path, access, handler)
    }

    pub fn post<T, H: Described<T>>(self, path: &str, access: Access, handler: H) -> Self {
        self.on(Method::POST, path, access, handler)
    }

    pub fn put<T, H: Described<T>>(self, path: &str, access: Access, handler: H) -> Self {
        self.on(Method::PUT, path, access, handler)
    }

    pub fn patch<T, H: Described<T>>(self, path: &str, access: Access, handler: H) -> Self {
        self.on(Method::PATCH, path, access, handler)
    }

    pub fn delete<T, H: Described<T>>(self, path: &str, access: Access, handler: H) -> Self {
        self.on(Method::DELETE, path, access, handler)
    }

    fn on<T, H: Described<T>>(
        mut self,
        method: Method,
        path: &str,
        access: Access,
        handler: H,
    ) -> Self {
        // The five verbs above all have a filter.
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        self.routes.push(Route {
            root: Root::Twins,
            method,
            path: path.to_owned(),
            capability: self.capability,
            access,
            takes: H::takes(),
            gives: H::gives(),
            answer: handler.answering(filter),
        });
        self
    }

    /// The media types that the last route reads and answers in, where these are not JSON alone.
    pub fn speaking(mut self, media_types: &'static [&'static str]) -> Self {
        if let Some(route) = self.routes.last_mut() {
            route.takes.message = Shape::Media(media_types);
            route.gives = Shape::Media(media_types);
        }
        self
    }

    /// A header that the last route reads.
    pub fn header(mut self, name: &'static str, required: bool) -> Self {
        if let Some(route) = self.routes.last_mut() {
            route.takes.headers.push(Header { name, required });
        }
        self
    }

    /// The shape of the last route's answer, where the handler hands over bytes that it has rendered itself.
    pub fn giving<O: super::shape::JsonShape>(mut self) -> Self {
        if let Some(route) = self.routes.last_mut() {
            route.gives = Shape::json::<O>(super::shape::Direction::Out);
        }
        self
    }
}

/// Every route of the server.
#[derive(Debug, Default)]
pub struct Table {
    pub routes: Vec<Route>,
}

impl Table {
    /// Adds a capability's routes below `root` and `below`, such as `/2.0/mlflow`.
    pub fn with(mut self, root: Root, below: &str, routes: Routes) -> Self {
        for mut route in routes.routes {
            route.root = root;
            route.path = format!("{below}{}", route.path);
            self.routes.push(route);
        }
        self
    }

    pub fn router(&self) -> Router<Context> {
        let mut router = Router::new();
        for route in &self.routes {
            for address in route.addresses() {
                router = router.route(&address, route.answer.clone());
            }
        }
        router
    }
}

/// A handler whose arguments and answer say what the route takes and gives. `T` is the tuple of its arguments, as in
/// axum's own `Handler`.
pub trait Described<T>: Sized {
    fn takes() -> Takes;
    fn gives() -> Shape;
    fn answering(self, filter: MethodFilter) -> MethodRouter<Context>;
}

impl<F, Fut> Described<((),)> for F
where
    F: Fn() -> Fut + Handler<((),), Context>,
    Fut: Future<Output: Answer>,
{
    fn takes() -> Takes {
        Takes::default()
    }

    fn gives() -> Shape {
        <Fut::Output as Answer>::shape()
    }

    fn answering(self, filter: MethodFilter) -> MethodRouter<Context> {
        on(filter, self)
    }
}

impl<F, Fut, M: 'static, A> Described<(M, A)> for F
where
    F: Fn(A) -> Fut + Handler<(M, A), Context>,
    Fut: Future<Output: Answer>,
    A: Argument + 'static,
{
    fn takes() -> Takes {
        let mut takes = Takes::default();
        A::describe(&mut takes);
        takes
    }

    fn gives() -> Shape {
        <Fut::Output as Answer>::shape()
    }

    fn answering(self, filter: MethodFilter) -> MethodRouter<Context> {
        on(filter, self)
    }
}

impl<F, Fut, M: 'static, A, B> Described<(M, A, B)> for F
where
    F: Fn(A, B) -> Fut + Handler<(M, A, B), Context>,
    Fut: Future<Output: Answer>,
    A: Argument + 'static,
    B: Argument + 'static,
{
    fn takes() -> Takes {
        let mut takes = Takes::default();
        A::describe(&mut takes);
        B::describe(&mut takes);
        takes
    }

    fn gives() -> Shape {
        <Fut::Output as Answer>::shape()
    }

    fn answering(self, filter: MethodFilter) -> MethodRouter<Context> {
        on(filter, self)
    }
}

impl<F, Fut, M: 'static, A, B, C> Described<(M, A, B, C)> for F
where
    F: Fn(A, B, C) -> Fut + Handler<(M, A, B, C), Context>,
    Fut: Future<Output: Answer>,
    A: Argument + 'static,
    B: Argument + 'static,
    C: Argument + 'static,
{
    fn takes() -> Takes {
        let mut takes = Takes::default();
        A::describe(&mut takes);
        B::describe(&mut takes);
        C::describe(&mut takes);
        takes
    }

    fn gives() -> Shape {
        <Fut::Output as Answer>::shape()
    }

    fn answering(self, filter: MethodFilter) -> MethodRouter<Context> {
        on(filter, self)
    }
}

impl<F, Fut, M: 'static, A, B, C, D> Described<(M, A, B, C, D)> for F
where
    F: Fn(A, B, C, D) -> Fut + Handler<(M, A, B, C, D), Context>,
    Fut: Future<Output: Answer>,
    A: Argument + 'static,
    B: Argument + 'static,
    C: Argument + 'static,
    D: Argument + 'static,
{
    fn takes() -> Takes {
        let mut takes = Takes::default();
        A::describe(&mut takes);
        B::describe(&mut takes);
        C::describe(&mut takes);
        D::describe(&mut takes);
        takes
    }

    fn gives() -> Shape {
        <Fut::Output as Answer>::shape()
    }

    fn answering(self, filter: MethodFilter) -> MethodRouter<Context> {
        on(filter, self)
    }
}
