//! Finds a reporter's record by e-mail, phone or external id without keeping any of them.
//!
//! Values are normalised and kept as 64-bit hashes under a random key, only as long as needed.

use core::hash::{BuildHasher, Hasher};
use std::hash::RandomState;

/// What a value is; the same text as phone and as external id is not the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contact {
    Email,
    Phone,
    ExternalId,
    Domain,
    Organisation,
}

/// The key of the hashes: random, and forgotten with the import.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hashing {
    key: RandomState,
}

impl Hashing {
    /// The hash of a value; 0 = there is no usable value.
    pub(crate) fn of(&self, contact: Contact, value: &[u8]) -> u64 {
        if value.is_empty() {
            return 0;
        }
        let Ok(value) = core::str::from_utf8(value) else {
            return 0;
        };
        let normal = match contact {
            Contact::Email => email(value),
            Contact::Phone => phone(value),
            Contact::ExternalId => some(value.trim().to_owned()),
            Contact::Domain => domain(value),
            Contact::Organisation => some(value.trim().to_lowercase()),
        };
        normal.map_or(0, |text| {
            let mut hasher = self.key.build_hasher();
            hasher.write_u8(contact as u8);
            hasher.write(text.as_bytes());
            hasher.finish().max(1)
        })
    }
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// `Mailto: Ann@Example.com ` → `ann@example.com`.
fn email(value: &str) -> Option<String> {
    // A review writes an address that a spreadsheet could take for a formula behind an apostrophe.
    let lower = value.trim().trim_start_matches('\'').to_lowercase();
    let plain = lower.strip_prefix("mailto:").unwrap_or(&lower).trim();
    let (name, domain) = plain.rsplit_once('@')?;
    (!name.is_empty() && !domain.is_empty()).then(|| plain.to_owned())
}

/// `0043 (1) 234-5678` → `+4312345678`.
fn phone(value: &str) -> Option<String> {
    let mut digits = String::new();
    for letter in value.trim().chars() {
        match letter {
            '+' if digits.is_empty() => digits.push('+'),
            '0'..='9' => digits.push(letter),
            // An extension: `x12`, `ext. 12`, `#12`.
            'x' | 'X' | 'e' | 'E' | '#' if digits.len() >= 6 => break,
            _ => {}
        }
    }
    if let Some(rest) = digits.strip_prefix("00") {
        digits = format!("+{rest}");
    }
    (digits.len() >= 6).then_some(digits)
}

/// The domain of an e-mail address, if it is a company's.
fn domain(value: &str) -> Option<String> {
    let email = email(value)?;
    let (_, domain) = email.rsplit_once('@')?;
    let (brand, _) = domain.split_once('.')?;
    let free = FREE_DOMAINS.contains(&domain) || FREE_BRANDS.contains(&brand);
    (!free).then(|| domain.to_owned())
}

/// Mail services of everybody, whatever their country.
const FREE_BRANDS: [&str; 10] = [
    "gmail",
    "googlemail",
    "hotmail",
    "outlook",
    "live",
    "msn",
    "yahoo",
    "ymail",
    "gmx",
    "yandex",
];

/// Mail services of everybody.
const FREE_DOMAINS: [&str; 46] = [
    "163.com",
    "126.com",
    "aol.com",
    "att.net",
    "bellsouth.net",
    "bigpond.com",
    "btinternet.com",
    "charter.net",
    "comcast.net",
    "cox.net",
    "daum.net",
    "duck.com",
    "earthlink.net",
    "fastmail.com",
    "free.fr",
    "hanmail.net",
    "hey.com",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "naver.com",
    "optonline.net",
    "orange.fr",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rediffmail.com",
    "rocketmail.com",
    "rogers.com",
    "sbcglobal.net",
    "sfr.fr",
    "shaw.ca",
    "sky.com",
    "t-online.de",
    "telus.net",
    "tutanota.com",
    "verizon.net",
    "virginmedia.com",
    "wanadoo.fr",
    "web.de",
    "zoho.com",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_written_otherwise_is_the_same() {
        let hashing = Hashing::default();
        let of = |value: &str| hashing.of(Contact::Phone, value.as_bytes());
        assert_eq!(of("0043 (1) 234-5678"), of("+43 1 2345678"));
        assert_eq!(of("+43 1 2345678 ext. 9"), of("+4312345678"));
        assert_ne!(of("+43 1 2345678"), of("+43 1 2345679"));
        assert_eq!(of("n/a"), 0);
    }

    #[test]
    fn the_same_mailbox_written_otherwise_is_the_same() {
        let hashing = Hashing::default();
        let of = |value: &str| hashing.of(Contact::Email, value.as_bytes());
        assert_eq!(of(" Ann@Example.COM"), of("mailto:ann@example.com"));
        assert_eq!(of("nobody"), 0);
    }

    #[test]
    fn a_free_mail_domain_makes_no_company() {
        assert_eq!(domain("ann@hotmail.co.uk"), None);
        assert_eq!(domain("ann@web.de"), None);
        assert_eq!(domain("ann@acme.example"), Some("acme.example".to_owned()));
    }
}
