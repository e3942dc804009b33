//! The witness and the served log, as others meet them.

#[cfg(test)]
mod http;
