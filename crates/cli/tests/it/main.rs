//! The whole of Countersign, tested from outside.

#[cfg(test)]
mod differential;
#[cfg(test)]
mod reference;
