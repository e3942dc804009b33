//! The ledger, tested from outside.

#[cfg(test)]
mod crashes;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod script;
#[cfg(test)]
mod simulated;
