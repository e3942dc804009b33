//! The whole of Countersign, tested from outside.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod custody;
#[cfg(test)]
mod differential;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod explanations;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fetching;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod program;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod report;
#[cfg(test)]
mod reviews;
#[cfg(test)]
mod rt;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod schema;
#[cfg(test)]
#[cfg(feature = "serve")]
mod serve;
#[cfg(test)]
mod servicenow;
#[cfg(test)]
mod signals;
#[cfg(test)]
mod webdriver;
