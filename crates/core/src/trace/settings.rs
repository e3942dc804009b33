//! What a case fixes before the first report counts.

/// Settings of the naming rule; fixed and logged when a case opens.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The promise: chance that anyone innocent is ever named, over all versions.
    pub alpha: f64,
    /// Number of this version of the computation, 1, 2, …: version j has alpha / 2^j.
    pub version: u32,
    /// How many colleagues a naming is guarded against: 1 or 2.
    pub colluders: u8,
    /// Unfairness of the comparison (odds) that a naming must survive.
    pub gamma: f64,
    /// How many of the strongest factors are struck before a naming.
    pub strike: u32,
    /// Days before the campaign's first call at which exposure is frozen for naming.
    pub freeze_days: u32,
    /// Persons and reserve as fixed when the case opened; `None` = as they are in the desk now.
    pub persons: Option<(u64, u64)>,
    /// How many holders the verdict's ranking shows.
    pub top: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            alpha: 0.001,
            version: 1,
            colluders: 1,
            gamma: 1.5,
            strike: 2,
            freeze_days: 30,
            persons: None,
            top: 6,
        }
    }
}

impl Settings {
    /// The version's own alpha.
    #[must_use]
    pub fn alpha_of_version(&self) -> f64 {
        self.alpha * libm::pow(0.5, f64::from(self.version))
    }
}
