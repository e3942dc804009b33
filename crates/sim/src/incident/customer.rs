//! A customer as the desk knows it: region, product, plan, and the team that serves it.

use super::staff::Staff;
use crate::chance::Chance;

pub(crate) const REGIONS: [&str; 6] = [
    "North America",
    "Latin America",
    "Western Europe",
    "Eastern Europe",
    "South Asia",
    "Pacific",
];
pub(crate) const PRODUCTS: [&str; 6] = [
    "Antivirus",
    "Total",
    "Mobile",
    "Parental",
    "Password Vault",
    "Small Business",
];
pub(crate) const PLANS: [&str; 3] = ["trial", "yearly", "auto-renewal"];

/// Attributes of a customer, as indexes into the tables above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) region: u8,
    pub(crate) product: u8,
    pub(crate) plan: u8,
    /// The team that serves this customer first.
    pub(crate) home: u16,
}

impl Profile {
    /// The profile of the customer whose stream this is.
    pub(super) fn draw(mut chance: Chance, staff: &Staff) -> Self {
        let region = chance.weighted(&[34, 8, 24, 9, 13, 12]) as u8;
        let product = chance.weighted(&[30, 27, 16, 9, 10, 8]) as u8;
        let plan = chance.weighted(&[12, 38, 50]) as u8;
        let home = staff.home(&mut chance, region, product);
        Self {
            region,
            product,
            plan,
            home,
        }
    }
}
