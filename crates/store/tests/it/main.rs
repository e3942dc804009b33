//! The store, tested from outside, on both databases.

#[cfg(test)]
mod apart;
#[cfg(test)]
mod both;
#[cfg(test)]
mod epochs;
#[cfg(test)]
mod erasures;
#[cfg(test)]
mod files;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod records;
#[cfg(test)]
mod starts;
#[cfg(test)]
mod views;
