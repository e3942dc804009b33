//! Groups customers who share a phone, a company's domain, or an organisation.

/// The keys of one kind, a hash for each customer; 0 = none.
#[derive(Debug)]
pub(crate) struct Keys<'a> {
    pub(crate) hashes: &'a [u64],
}

/// Groups of customers by number.
#[derive(Debug, Default)]
pub(crate) struct Households {
    /// Another member of the group, nearer to its first; the first names itself.
    parent: Vec<u32>,
    /// Groups that were too large to be one.
    pub(crate) too_large: u64,
}

impl Households {
    pub(crate) fn new(customers: u32) -> Self {
        Self {
            parent: (0..customers).collect(),
            too_large: 0,
        }
    }

    /// Joins the customers of each key that 2 to [`MOST`] of them share.
    ///
    /// A value that more share is a placeholder or a wholesaler: joined, it would make one voice
    /// of many.
    pub(crate) fn join(&mut self, keys: &Keys<'_>) {
        let mut order: Vec<(u64, u32)> = (0..)
            .zip(keys.hashes)
            .filter(|(_, hash)| **hash != 0)
            .map(|(customer, hash)| (*hash, customer))
            .collect();
        order.sort_unstable();
        for group in order.chunk_by(|a, b| a.0 == b.0) {
            if group.len() > MOST {
                self.too_large += 1;
                continue;
            }
            if let Some(((_, first), rest)) = group.split_first() {
                for (_, other) in rest {
                    self.union(*first, *other);
                }
            }
        }
    }

    /// The first customer of a customer's group; customers of no group are their own.
    pub(crate) fn of(&self, customer: u32) -> u32 {
        let mut at = customer;
        while let Some(parent) = self.parent.get(at as usize).filter(|parent| **parent != at) {
            at = *parent;
        }
        at
    }

    fn union(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        let (first, second) = (a.min(b), a.max(b));
        if let Some(parent) = self.parent.get_mut(second as usize) {
            *parent = first;
        }
    }

    /// The group's first, with the way to it halved.
    fn root(&mut self, mut at: u32) -> u32 {
        loop {
            let parent = self.parent.get(at as usize).copied().unwrap_or(at);
            if parent == at {
                return at;
            }
            let above = self.parent.get(parent as usize).copied().unwrap_or(parent);
            if let Some(place) = self.parent.get_mut(at as usize) {
                *place = above;
            }
            at = above;
        }
    }
}

/// Most customers that share a value because they belong together.
const MOST: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_with_a_common_key_of_any_kind_are_one_household() {
        let mut households = Households::new(5);
        households.join(&Keys {
            hashes: &[7, 0, 7, 0, 9],
        });
        households.join(&Keys {
            hashes: &[0, 5, 5, 0, 0],
        });
        let groups: Vec<u32> = (0..6).map(|customer| households.of(customer)).collect();
        assert_eq!(groups, [0, 0, 0, 3, 4, 5]);
    }

    #[test]
    fn a_value_that_everybody_has_makes_no_household() {
        let mut households = Households::new(300);
        households.join(&Keys { hashes: &[1; 300] });
        assert_eq!(households.of(299), 299);
        assert_eq!(households.too_large, 1);
    }
}
