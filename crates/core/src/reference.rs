//! Public references of reports and cases: random, never in order of time, and sayable.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Ten digits of chance and a check digit, in Crockford's base 32: `7H3KM-2QX9T-4`.
///
/// 50 bits: whoever guesses one a second for a year meets one of a million reports with a chance of
/// 1 in 36. Addresses that take one are limited further.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Reference([u8; DIGITS]);

/// Text that is no reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// Too short, too long, or with other letters.
    #[error("a reference has eleven letters and digits, such as 7H3KM-2QX9T-4")]
    Form,
    /// One digit is wrong, or two are exchanged.
    #[error("the reference has a typing error: compare it with what you were given")]
    Check,
}

impl Reference {
    /// The reference of these bits of chance; the upper 14 are not used.
    #[must_use]
    pub fn new(chance: u64) -> Self {
        let mut digits = [0; DIGITS];
        for (place, digit) in digits.iter_mut().enumerate() {
            *digit = (chance >> (5 * place) & 31) as u8;
        }
        Self(digits)
    }

    /// As it stands in an address: eleven letters and digits.
    #[must_use]
    pub fn plain(&self) -> String {
        let all = self.0.into_iter().chain([check(&self.0)]);
        let letters = all.map(|digit| ALPHABET.get(usize::from(digit)).copied());
        letters.flatten().map(char::from).collect()
    }
}

impl fmt::Display for Reference {
    /// As people read it: `7H3KM-2QX9T-4`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.plain();
        let (first, rest) = plain.split_at(5);
        let (second, check) = rest.split_at(5);
        write!(f, "{first}-{second}-{check}")
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    /// Reads what a person typed: any case, with or without strokes and blanks, and I, L, O as the
    /// digits that they look like.
    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let mut digits = Vec::with_capacity(DIGITS + 1);
        for letter in text.chars().filter(|letter| !matches!(letter, '-' | ' ')) {
            let letter = match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                letter => letter,
            };
            let digit = ALPHABET
                .iter()
                .position(|known| char::from(*known) == letter);
            let digit = digit.and_then(|digit| u8::try_from(digit).ok());
            digits.push(digit.ok_or(ReferenceError::Form)?);
            if digits.len() > DIGITS + 1 {
                return Err(ReferenceError::Form);
            }
        }
        let Some((&last, digits)) = digits.split_last() else {
            return Err(ReferenceError::Form);
        };
        let digits: [u8; DIGITS] = digits.try_into().map_err(|_error| ReferenceError::Form)?;
        if check(&digits) != last {
            return Err(ReferenceError::Check);
        }
        Ok(Self(digits))
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.plain()
    }
}

impl TryFrom<String> for Reference {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Self, ReferenceError> {
        text.parse()
    }
}

/// Luhn's check digit to the base 32: it finds each wrong digit, and each exchange of neighbours
/// but that of the first and the last digit of the alphabet.
fn check(digits: &[u8; DIGITS]) -> u8 {
    let sum = digits.iter().rev().zip([true, false].into_iter().cycle());
    let sum = sum.fold(0_u32, |sum, (digit, doubled)| {
        let digit = u32::from(*digit) << u32::from(doubled);
        sum + digit / 32 + digit % 32
    });
    u8::try_from((32 - sum % 32) % 32).unwrap_or_default()
}

const DIGITS: usize = 10;
/// Crockford's: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_reference_reads_as_it_is_written(chance in any::<u64>()) {
            let reference = Reference::new(chance);
            prop_assert_eq!(reference.to_string().parse(), Ok(reference));
            prop_assert_eq!(reference.plain().parse(), Ok(reference));
            let typed = reference.to_string().to_lowercase().replace('0', "o").replace('1', " l");
            prop_assert_eq!(typed.parse(), Ok(reference));
            prop_assert_eq!(Reference::new(chance & ((1 << 50) - 1)), reference);
        }

        #[test]
        fn one_wrong_digit_is_found(chance in any::<u64>(), place in 0..11_usize, other in 0..32_usize) {
            let plain = Reference::new(chance).plain();
            let mut typed = plain.clone().into_bytes();
            typed[place] = ALPHABET[other];
            let typed = String::from_utf8(typed).unwrap();
            prop_assert_eq!(typed == plain, typed.parse::<Reference>().is_ok());
        }

        #[test]
        fn no_text_breaks_the_reader(text in ".{0,40}") {
            let _ = text.parse::<Reference>();
        }
    }
}
