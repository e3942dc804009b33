//! The import, tested from outside.

#[cfg(test)]
mod adapters;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod directory;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod ocsf;
#[cfg(test)]
mod parts;
#[cfg(test)]
mod read;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod sign_ins;
#[cfg(test)]
mod told_reports;
#[cfg(test)]
mod versions;
#[cfg(test)]
mod words;
