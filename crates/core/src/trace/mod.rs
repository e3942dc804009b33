//! From a log and scam reports to a name under a bound.
