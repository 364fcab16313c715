//! Harness of the tests that no single crate can hold.

pub mod simulation;
