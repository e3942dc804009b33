//! Hexadecimal and base64 with one way to write each value.
//!
//! Lenient readers take `A` for `a` and stray bits at the end of base64, so that a changed file
//! still reads as the same. None of that is taken here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes as base64 with padding.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Bytes of a base64 text, if this is the one way to write them.
#[must_use]
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(text).ok()?;
    (STANDARD.encode(&bytes) == text).then_some(bytes)
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

/// Bytes of lower-case hexadecimal digits.
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

/// A decimal number without leading zeros.
#[must_use]
pub fn from_decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_written_in_one_way_only() {
        assert_eq!(from_base64("AA=="), Some(vec![0]));
        for other in ["AB==", "AA", "AA=", "AA==\n", " AA==", "A-=="] {
            assert_eq!(from_base64(other), None, "{other}");
        }
        assert_eq!(from_hex("00ff"), Some(vec![0, 255]));
        assert_eq!(hex(&[0, 255]), "00ff");
        for other in ["00FF", "0", "0g", " 00"] {
            assert_eq!(from_hex(other), None, "{other}");
        }
        assert_eq!(from_decimal("10"), Some(10));
        for other in ["010", "+1", "", "-0", "1 ", "18446744073709551616"] {
            assert_eq!(from_decimal(other), None, "{other}");
        }
    }
}
