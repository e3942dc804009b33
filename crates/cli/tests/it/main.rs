//! The whole of Countersign, tested from outside.

#[cfg(test)]
mod reference;
