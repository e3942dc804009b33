//! What the made-up company calls its accounts, customers and tickets.

/// The login name of an account: `k.lindqvist`, 8 to 18 characters, unique by row.
pub(crate) fn login(row: u32) -> String {
    let surname = SURNAMES[(row % SURNAME_COUNT) as usize];
    let turn = row / SURNAME_COUNT;
    let initial = char::from(INITIALS[(turn.wrapping_add(row) % INITIAL_COUNT) as usize]);
    match turn / INITIAL_COUNT {
        0 => format!("{initial}.{surname}"),
        again => format!("{initial}.{surname}{}", again + 1),
    }
}

/// Writes a customer's id: `C-` and eight letters and digits, as `C-7Q3KM0WX`.
///
/// Unique for rows below 2^32: multiplication by an odd number and the xor of the upper half into
/// the lower half are one to one on 40 bits.
pub(crate) fn customer_id(row: u32, into: &mut Vec<u8>) {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const MASK: u64 = (1 << 40) - 1;
    let mut bits = u64::from(row)
        .wrapping_mul(0x9e_3779_b97f)
        .wrapping_add(0x5d_8c31_07a9)
        & MASK;
    bits ^= bits >> 20;
    bits = bits.wrapping_mul(0xc2_b2ae_3d27) & MASK;
    bits ^= bits >> 20;
    into.extend_from_slice(b"C-");
    for place in (0..8).rev() {
        into.push(LETTERS[(bits >> (5 * place)) as usize & 31]);
    }
}

/// Writes a ticket's number: `1-1190-2841`, eight characters or a few more.
///
/// Unique for rows below 2^32, as above on 34 bits; so numbers look alike but can't be guessed
/// from a neighbour's.
pub(crate) fn ticket_id(row: u32, into: &mut Vec<u8>) {
    const MASK: u64 = (1 << 34) - 1;
    let mut bits = u64::from(row)
        .wrapping_mul(0x2_7d4e_b2f1)
        .wrapping_add(0x1_9a37_c615)
        & MASK;
    bits ^= bits >> 17;
    bits = bits.wrapping_mul(0x1_65a6_67b1) & MASK;
    bits ^= bits >> 17;
    into.extend_from_slice(b"1-");
    let mut digits = [0; 11];
    let mut left = bits;
    let mut length = 0;
    while left > 0 || length < 5 {
        digits[length] = b'0' + (left % 10) as u8;
        left /= 10;
        length += 1;
    }
    for place in (0..length).rev() {
        into.push(digits[place]);
        if place == 4 {
            into.push(b'-');
        }
    }
}

/// The row of the customer who has this id, whether or not the company has so many.
pub(crate) fn row_of_customer(id: &str) -> Option<u32> {
    const LETTERS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const MASK: u64 = (1 << 40) - 1;
    let upper = id.trim().to_uppercase();
    let digits = upper.strip_prefix("C-")?;
    if digits.len() != 8 {
        return None;
    }
    let mut bits = 0;
    for letter in digits.chars() {
        bits = bits << 5 | LETTERS.find(letter)? as u64;
    }
    bits ^= bits >> 20;
    bits = bits.wrapping_mul(inverse(0xc2_b2ae_3d27)) & MASK;
    bits ^= bits >> 20;
    bits = bits.wrapping_sub(0x5d_8c31_07a9);
    u32::try_from(bits.wrapping_mul(inverse(0x9e_3779_b97f)) & MASK).ok()
}

/// The row of the ticket that has this number, with or without its strokes.
pub(crate) fn row_of_ticket(number: &str) -> Option<u32> {
    const MASK: u64 = (1 << 34) - 1;
    let plain: String = number.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut bits: u64 = plain.strip_prefix('1')?.parse().ok()?;
    if bits > MASK {
        return None;
    }
    bits ^= bits >> 17;
    bits = bits.wrapping_mul(inverse(0x1_65a6_67b1)) & MASK;
    bits ^= bits >> 17;
    bits = bits.wrapping_sub(0x1_9a37_c615);
    u32::try_from(bits.wrapping_mul(inverse(0x2_7d4e_b2f1)) & MASK).ok()
}

/// What undoes a multiplication by an odd number in 64 bits or fewer: each step of Newton's method
/// doubles the bits that are right.
const fn inverse(odd: u64) -> u64 {
    let mut inverse = odd;
    let mut step = 0;
    while step < 5 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
        step += 1;
    }
    inverse
}

const SURNAME_COUNT: u32 = SURNAMES.len() as u32;
const INITIAL_COUNT: u32 = INITIALS.len() as u32;
const INITIALS: &[u8] = b"abcdefghijklmnoprstuvwz";
const SURNAMES: &[&str] = &[
    "abernathy",
    "almeida",
    "andersson",
    "baptiste",
    "barrientos",
    "bergmann",
    "castillo",
    "chaudhary",
    "dasgupta",
    "delacroix",
    "dimitrov",
    "eriksson",
    "espinoza",
    "fernandes",
    "fitzgerald",
    "gallagher",
    "giordano",
    "gutierrez",
    "hakimian",
    "hoffmann",
    "horvath",
    "ibrahim",
    "ivanova",
    "jankowski",
    "jimenez",
    "kaminski",
    "kowalczyk",
    "lindqvist",
    "lombardi",
    "macdonald",
    "magnusson",
    "marchetti",
    "mendoza",
    "montgomery",
    "nakamura",
    "navarro",
    "novotny",
    "obrien-lee",
    "okonkwo",
    "oliveira",
    "papadakis",
    "petrovic",
    "pretorius",
    "quintero",
    "ramaswamy",
    "richardson",
    "rodriguez",
    "sandoval",
    "santiago",
    "schneider",
    "shimizu",
    "silveira",
    "stevenson",
    "sullivan",
    "takahashi",
    "thompson",
    "underwood",
    "valentine",
    "vasquez",
    "villanueva",
    "wakefield",
    "whitfield",
    "yamamoto",
    "zielinski",
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_eight_to_eighteen_characters_long() {
        for write in [customer_id, ticket_id] {
            let mut ids: Vec<Vec<u8>> = (0..300_000_u32)
                .chain((0..300_000).map(|row| u32::MAX - 7_919 * row))
                .map(|row| {
                    let mut id = Vec::new();
                    write(row, &mut id);
                    id
                })
                .collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), 600_000);
            assert!(ids.iter().all(|id| (8..=18).contains(&id.len())));
        }
    }

    #[test]
    fn an_id_leads_back_to_its_row_and_another_to_none() {
        for row in (0..100_000).chain((0..1_000).map(|row| u32::MAX - 7_919 * row)) {
            let (mut customer, mut ticket) = (Vec::new(), Vec::new());
            customer_id(row, &mut customer);
            ticket_id(row, &mut ticket);
            let (customer, ticket) = (
                String::from_utf8(customer).unwrap(),
                String::from_utf8(ticket).unwrap(),
            );
            assert_eq!(row_of_customer(&customer.to_lowercase()), Some(row));
            assert_eq!(row_of_ticket(&ticket), Some(row));
            assert_eq!(row_of_ticket(&ticket.replace('-', "")), Some(row));
        }
        for odd in [
            "",
            "C-",
            "C-0000000",
            "C-0000000U",
            "X-00000000",
            "ß",
            "1",
            "2",
        ] {
            assert_eq!(row_of_customer(odd), None, "{odd}");
        }
        for odd in ["", "1-", "2-1190-2841", "1-99999-99999999", "1-x", "ß"] {
            assert_eq!(row_of_ticket(odd), None, "{odd}");
        }
    }

    #[test]
    fn logins_are_unique_and_eight_to_eighteen_characters_long() {
        let logins: BTreeSet<String> = (0..20_000).map(login).collect();
        assert_eq!(logins.len(), 20_000);
        assert!(logins.iter().all(|l| (8..=18).contains(&l.len())));
    }
}
