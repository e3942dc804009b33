//! The ledger, tested from outside.

#[cfg(test)]
mod crashes;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod marks;
#[cfg(test)]
mod oracles;
#[cfg(test)]
mod plain;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod script;
#[cfg(test)]
mod sequencer;
#[cfg(test)]
mod simulated;
#[cfg(test)]
mod tails;
#[cfg(test)]
mod transcripts;
#[cfg(test)]
mod tree;
