//! §4 of the method: one report's factor, and the evidence that the factors make.

/// The nine ε.
pub(crate) fn epsilons() -> [f64; 9] {
    [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
}

/// What one report says about one holder, before Γ and ε are chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bet {
    /// Nothing: the factor is 1.
    Nothing,
    /// The holder saw the item or not; its share of the stratum `q`; its share of all items.
    Staked { hit: bool, q: f64, share: f64 },
}

impl Bet {
    /// ln of the factor.
    pub(crate) fn ln_factor(self, epsilon: f64, gamma: f64) -> f64 {
        let Self::Staked { hit, q, share } = self else {
            return 0.0;
        };
        if q == 0.0 || q == 1.0 {
            return 0.0;
        }
        let fair = gamma * q / (1.0 - q + gamma * q);
        let kept = (1.0 - epsilon) * share;
        let below = epsilon * fair + kept;
        let above = if hit { epsilon + kept } else { kept };
        (above / below).ln()
    }
}

/// ln of the mean of the nine exp S by subtracting the maximum.
pub(crate) fn mix(sums: [f64; 9]) -> f64 {
    let most = sums.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for s in sums {
        sum += (s - most).exp();
    }
    most + (sum / 9.0).ln()
}

/// The evidence of these bets with the `strike` largest positive factors struck, for each ε.
pub(crate) fn ln_evidence(bets: &[Bet], gamma: f64, strike: usize) -> f64 {
    mix(epsilons().map(|epsilon| struck_sum(bets, epsilon, gamma, strike)))
}

fn struck_sum(bets: &[Bet], epsilon: f64, gamma: f64, strike: usize) -> f64 {
    let mut sum = 0.0;
    let mut positive = Vec::new();
    for bet in bets {
        let ln = bet.ln_factor(epsilon, gamma);
        sum += ln;
        if ln > 0.0 {
            positive.push(ln);
        }
    }
    positive.sort_by(|x, y| y.total_cmp(x));
    for ln in positive.into_iter().take(strike) {
        sum -= ln;
    }
    sum
}
