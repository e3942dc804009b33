//! The whole of Countersign, tested from outside.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod report;
#[cfg(test)]
mod webdriver;
