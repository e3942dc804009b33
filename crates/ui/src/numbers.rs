//! Numbers as a reader takes them in: thousands set apart, evidence in plain words.
//!
//! Evidence is always rounded towards "less", so that every sentence "at most one in ..." is true
//! of the figure behind it. Powers of ten come from `libm`: same bytes on every machine.

use core::f64::consts::LN_10;

/// Between a figure and its unit, so that a line never breaks there.
pub(crate) const NARROW: char = '\u{a0}';

/// No evidence that anyone computes has more digits; a broken figure stays short.
const MOST_TENS: f64 = 99_999.0;

/// `1204339` as `1,204,339`.
pub(crate) fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A figure with that many decimals, thousands set apart; `–` where it is no number.
pub(crate) fn decimal(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{:.*}", places, value.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let whole = whole
        .parse::<u64>()
        .map_or_else(|_| whole.to_owned(), thousands);
    let zero = text.chars().all(|c| c == '0' || c == '.');
    let sign = if value < 0.0 && !zero { "−" } else { "" };
    format!("{sign}{whole}{rest}")
}

/// A share as a percentage that never says 0 or 100 when it is neither.
pub(crate) fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "–".to_owned();
    }
    let figure = if share > 0.0 && share < 0.001 {
        "under 0.1".to_owned()
    } else if share > 0.999 && share < 1.0 {
        "over 99.9".to_owned()
    } else if share == 0.0 || share == 1.0 || (0.1..=0.99).contains(&share) {
        decimal(share * 100.0, 0)
    } else {
        decimal(share * 100.0, 1)
    };
    format!("{figure}{NARROW}%")
}

/// A chance as `1 in 1,000`, rounded towards the larger chance.
pub(crate) fn one_in(chance: f64) -> String {
    if !(chance > 0.0 && chance <= 1.0) {
        return "–".to_owned();
    }
    // The smallest step keeps 1 / 0.001 from becoming 999.
    format!("1 in {}", decimal(libm::floor(1.0 / chance + 1e-6), 0))
}

/// A count with its noun: `1 report`, `2 reports`.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        thousands(count),
        if count == 1 { one } else { many }
    )
}

/// Evidence for a reader: an e-value kept as its natural logarithm.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Weight {
    /// The logarithm with six decimals, as in `verdict.json`.
    pub(crate) value: String,
    /// The e-value: `660,000`, `1.3 million`, `3.8 × 10⁶⁵`.
    pub(crate) number: String,
    /// What it means: `1 in 1.3 million by chance`.
    pub(crate) words: String,
}

/// Which way a figure may err.
#[derive(Clone, Copy, Debug)]
enum Rounding {
    /// What was found: never more than it is.
    Down,
    /// What is needed: the same way, so that evidence over it never reads as less. A round figure
    /// that six decimals of its logarithm made a hair smaller is still that figure.
    Needed,
}

impl Weight {
    /// Evidence that was found, rounded towards less.
    pub(crate) fn new(log_e: f64) -> Self {
        Self::rounded(log_e, Rounding::Down)
    }

    /// Evidence that is needed, rounded as what is found is.
    pub(crate) fn threshold(log_e: f64) -> Self {
        Self::rounded(log_e, Rounding::Needed)
    }

    fn rounded(log_e: f64, rounding: Rounding) -> Self {
        let number = e_value(log_e, rounding);
        let words = if log_e.is_nan() {
            "–".to_owned()
        } else if log_e <= 0.0 {
            "no more than chance".to_owned()
        } else if log_e == f64::INFINITY {
            "never by chance".to_owned()
        } else {
            format!("1 in {number} by chance")
        };
        Self {
            value: format!("{:.6}", if log_e == 0.0 { 0.0 } else { log_e }),
            number,
            words,
        }
    }
}

/// The number whose natural logarithm this is.
fn e_value(log_e: f64, rounding: Rounding) -> String {
    if log_e.is_nan() {
        return "–".to_owned();
    }
    if log_e.is_infinite() {
        return if log_e > 0.0 { "∞" } else { "0" }.to_owned();
    }
    let tens = log_e / LN_10;
    if tens > MOST_TENS {
        return format!("over{NARROW}{}", power_of_ten(MOST_TENS));
    }
    let value = libm::pow(10.0, tens.min(16.0));
    if tens < -2.0 {
        format!("<{NARROW}0.01")
    } else if tens < 0.0 {
        cut(value, rounding, 2)
    } else if tens < 1.0 {
        cut(value, rounding, 1)
    } else if tens < 4.0 {
        cut(value, rounding, 0)
    } else if tens < 6.0 {
        // Three figures are enough, and a hundredth is never promised.
        let unit = libm::pow(10.0, libm::floor(tens) - 2.0);
        decimal(rounding.whole(value / unit) * unit, 0)
    } else if tens < 15.0 {
        let (unit, word) = if tens < 9.0 {
            (1e6, "million")
        } else if tens < 12.0 {
            (1e9, "billion")
        } else {
            (1e12, "trillion")
        };
        let figure = value / unit;
        format!(
            "{}{NARROW}{word}",
            cut(figure, rounding, usize::from(figure < 100.0))
        )
    } else {
        let exponent = libm::floor(tens);
        let mantissa = libm::pow(10.0, tens - exponent);
        format!(
            "{}{NARROW}×{NARROW}{}",
            cut(mantissa, rounding, 1),
            power_of_ten(exponent)
        )
    }
}

fn cut(value: f64, rounding: Rounding, places: usize) -> String {
    let scale = [1.0, 10.0, 100.0][places.min(2)];
    decimal(rounding.whole(value * scale) / scale, places)
}

impl Rounding {
    fn whole(self, value: f64) -> f64 {
        match self {
            // A power of ten that came out a hair too small is still that power.
            Self::Down => libm::floor(value + 1e-9),
            Self::Needed => libm::floor(value * (1.0 + 2e-6)),
        }
    }
}

/// `10⁶⁵`.
pub(crate) fn power_of_ten(exponent: f64) -> String {
    let raised: String = format!("{exponent:.0}")
        .chars()
        .map(|c| match c {
            '0' => '⁰',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '4' => '⁴',
            '5' => '⁵',
            '6' => '⁶',
            '7' => '⁷',
            '8' => '⁸',
            '9' => '⁹',
            _ => '⁻',
        })
        .collect();
    format!("10{raised}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn e(value: f64) -> String {
        Weight::new(libm::log(value)).number.replace(NARROW, " ")
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(2_430_282), "2,430,282");
        assert_eq!(decimal(-0.001, 1), "0.0");
        assert_eq!(decimal(-1234.56, 1), "−1,234.6");
    }

    #[test]
    fn a_share_says_neither_nothing_nor_all_when_it_is_neither() {
        let shown = |share| percent(share).replace(NARROW, " ");
        assert_eq!(shown(0.0), "0 %");
        assert_eq!(shown(0.000_4), "under 0.1 %");
        assert_eq!(shown(0.996), "99.6 %");
        assert_eq!(shown(0.999_9), "over 99.9 %");
        assert_eq!(shown(1.0), "100 %");
        assert_eq!(shown(0.413), "41 %");
    }

    #[test]
    fn a_bound_is_said_as_one_in_so_many() {
        assert_eq!(one_in(0.001), "1 in 1,000");
        assert_eq!(one_in(0.0015), "1 in 666");
        assert_eq!(one_in(0.0), "–");
    }

    #[test]
    fn evidence_is_rounded_towards_less_and_read_in_words() {
        assert_eq!(e(0.001), "< 0.01");
        assert_eq!(e(0.5), "0.50");
        assert_eq!(e(3.19), "3.1");
        assert_eq!(e(659.9), "659");
        assert_eq!(e(213_456.0), "213,000");
        assert_eq!(e(1_399_999.0), "1.3 million");
        assert_eq!(e(7.19e13), "71.9 trillion");
        assert_eq!(Weight::new(151.7).number.replace(NARROW, " "), "7.6 × 10⁶⁵");
        assert_eq!(
            Weight::new(libm::log(1_399_999.0))
                .words
                .replace(NARROW, " "),
            "1 in 1.3 million by chance"
        );
        // Ln of 660,000 with six decimals lies below it; the need is still 660,000.
        assert_eq!(Weight::threshold(13.399_995).number, "660,000");
        for over in [0.0, 1e-5, 0.004, 0.02] {
            let needed = libm::log(1_367_000.0);
            let found = Weight::new(needed + over).number;
            assert!(found >= Weight::threshold(needed).number, "{found}");
        }
        assert_eq!(Weight::new(-1.0).words, "no more than chance");
        assert_eq!(Weight::new(f64::NAN).number, "–");
        assert_eq!(Weight::new(f64::MAX).number, "over\u{a0}10⁹⁹⁹⁹⁹");
    }
}
