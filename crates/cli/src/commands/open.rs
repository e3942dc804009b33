//! `countersign open`: from the pseudonym of a named holder to the name.
