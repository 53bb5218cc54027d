//! The documented example.

/// A gate file that asks exactly what is asked without one, and offers the rest in comments that begin with `#:`. This is
/// what `drydock gate --init` prints and what a new gate file begins with.
pub const EXAMPLE: &str = include_str!("example.toml");
