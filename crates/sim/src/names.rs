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
    fn logins_are_unique_and_eight_to_eighteen_characters_long() {
        let logins: BTreeSet<String> = (0..20_000).map(login).collect();
        assert_eq!(logins.len(), 20_000);
        assert!(logins.iter().all(|l| (8..=18).contains(&l.len())));
    }
}
