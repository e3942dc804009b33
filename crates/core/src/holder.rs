//! Who had the data: persons, teams, sites, vendors and copies, and the pseudonyms they wear.
