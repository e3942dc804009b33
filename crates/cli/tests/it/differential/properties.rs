//! What must not change the answer: later reports, the order of rows, numbers, threads.
