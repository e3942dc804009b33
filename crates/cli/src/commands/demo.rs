//! `countersign demo`: the incident of 2019, made up at its real size and replayed day by day.
