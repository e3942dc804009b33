//! Remembers the line of each row of a table in little memory, for messages.

/// Lines of rows in order; only jumps are kept.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// (row, line) where the line is not the one after the row before.
    jumps: Vec<(u32, u64)>,
    count: u32,
    last: u64,
}

impl Lines {
    /// Adds the line of the next row.
    pub(crate) fn push(&mut self, line: u64) {
        if self.count == 0 || line != self.last + 1 {
            self.jumps.push((self.count, line));
        }
        self.last = line;
        self.count += 1;
    }

    /// The line of a row.
    pub(crate) fn of(&self, row: u32) -> u64 {
        let after = self.jumps.partition_point(|(begin, _)| *begin <= row);
        after
            .checked_sub(1)
            .and_then(|at| self.jumps.get(at))
            .map_or(0, |(begin, line)| line + u64::from(row - begin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_jumps_are_found_again() {
        let lines = [2, 3, 4, 9, 10, 7, 8, 20];
        let mut kept = Lines::default();
        for line in lines {
            kept.push(line);
        }
        let found: Vec<u64> = (0..8).map(|row| kept.of(row)).collect();
        assert_eq!(found, lines);
        assert_eq!(kept.jumps.len(), 4);
    }
}
