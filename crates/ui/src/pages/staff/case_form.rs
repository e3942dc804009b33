//! What is typed to open a case, and what it means.

use countersign_core::time::Second;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::FormError;

/// What was typed; every field as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseForm {
    /// What it is called.
    pub title: String,
    /// First day that counts, `2026-09-01`.
    pub from: String,
    /// Last day that counts, or empty: all later ones.
    pub until: String,
    /// The bound.
    pub alpha: String,
    /// Colleagues guarded against.
    pub colluders: String,
    /// Days of freeze.
    pub freeze_days: String,
}

/// What was typed, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseWish {
    /// What it is called.
    pub title: String,
    /// Calls from this second on count.
    pub from: Second,
    /// Calls before this second count; none: all later ones.
    pub until: Option<Second>,
    /// The bound.
    pub alpha: f64,
    /// Colleagues guarded against, 1 or 2.
    pub colluders: u8,
    /// Days of freeze.
    pub freeze_days: u32,
}

impl Default for CaseForm {
    fn default() -> Self {
        Self {
            title: String::new(),
            from: String::new(),
            until: String::new(),
            alpha: "0.001".to_owned(),
            colluders: "1".to_owned(),
            freeze_days: "30".to_owned(),
        }
    }
}

impl CaseForm {
    /// What was typed, understood.
    ///
    /// # Errors
    /// Every field that can't be taken.
    pub fn checked(&self, now: Second) -> Result<CaseWish, Vec<FormError>> {
        let mut errors = Vec::new();
        let mut refuse = |field, message: &str| errors.push(FormError::new(field, message));
        let title = self.title.trim();
        if title.is_empty() {
            refuse("title", "Type a title, such as “Calls in autumn”.");
        } else if title.chars().count() > LONGEST || title.chars().any(char::is_control) {
            refuse("title", "Type a title of at most 100 letters, on one line.");
        }
        let from = start_of(self.from.trim());
        match from {
            None => refuse(
                "from",
                "Type the first day as year, month, day, such as 2026-09-01.",
            ),
            Some(from) if from > now => refuse("from", "The first day is still to come."),
            Some(_) => {}
        }
        let until = match self.until.trim() {
            "" => None,
            day => {
                let end = start_of(day).and_then(|start| start.0.checked_add(Second::DAY));
                if end.is_none() {
                    refuse(
                        "until",
                        "Type the last day as year, month, day, such as 2026-11-30, or leave it empty.",
                    );
                } else if end.is_some_and(|end| from.is_some_and(|from| end <= from.0)) {
                    refuse("until", "The last day is before the first.");
                }
                end.map(Second)
            }
        };
        let alpha = self.alpha.trim().parse::<f64>().ok();
        let alpha = alpha.filter(|alpha| *alpha >= LEAST_ALPHA && *alpha <= MOST_ALPHA);
        if alpha.is_none() {
            refuse(
                "alpha",
                "Type a bound from 0.000001 to 0.01, such as 0.001. A larger one can name nobody.",
            );
        }
        let colluders = self.colluders.trim().parse::<u8>().ok();
        let colluders = colluders.filter(|colluders| matches!(colluders, 1 | 2));
        if colluders.is_none() {
            refuse("colluders", "Choose one or two colleagues.");
        }
        let freeze_days = self.freeze_days.trim().parse::<u32>().ok();
        let freeze_days = freeze_days.filter(|days| (1..=MOST_DAYS).contains(days));
        if freeze_days.is_none() {
            refuse(
                "freeze_days",
                "Type a number of days from 1 to 365, such as 30.",
            );
        }
        match (from, alpha, colluders, freeze_days) {
            (Some(from), Some(alpha), Some(colluders), Some(freeze_days)) if errors.is_empty() => {
                Ok(CaseWish {
                    title: title.to_owned(),
                    from,
                    until,
                    alpha,
                    colluders,
                    freeze_days,
                })
            }
            _ => Err(errors),
        }
    }

    /// The fields as pairs of a name and what was typed.
    pub(super) fn pairs(&self) -> [(&'static str, &String); 6] {
        [
            ("title", &self.title),
            ("from", &self.from),
            ("until", &self.until),
            ("alpha", &self.alpha),
            ("colluders", &self.colluders),
            ("freeze_days", &self.freeze_days),
        ]
    }

    /// Reads the fields that were sent; what it does not know is left out.
    #[must_use]
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs {
            let field = match name {
                "title" => &mut form.title,
                "from" => &mut form.from,
                "until" => &mut form.until,
                "alpha" => &mut form.alpha,
                "colluders" => &mut form.colluders,
                "freeze_days" => &mut form.freeze_days,
                _ => continue,
            };
            value.clone_into(field);
        }
        form
    }
}

/// The first second of a day in UTC.
fn start_of(day: &str) -> Option<Second> {
    let date = day.parse::<Date>().ok().filter(|_| day.len() == 10)?;
    let start = date.to_zoned_datetime(TimeZone::UTC).ok()?;
    Second::from_unix(start.timestamp().as_second())
}

/// Letters of a title.
const LONGEST: usize = 100;
/// The smallest and the largest bound.
const LEAST_ALPHA: f64 = 1e-6;
const MOST_ALPHA: f64 = 0.01;
/// Days of freeze.
const MOST_DAYS: u32 = 365;

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Second {
        Second::from_unix(1_795_809_600).unwrap()
    }

    fn form() -> CaseForm {
        CaseForm::read([
            ("title", " Calls in autumn "),
            ("from", "2026-09-01"),
            ("until", "2026-11-30"),
        ])
    }

    #[test]
    fn a_case_counts_from_its_first_day_to_the_end_of_its_last() {
        let wish = form().checked(now()).unwrap();
        assert_eq!(wish.title, "Calls in autumn");
        assert_eq!(wish.from.to_string(), "2026-09-01T00:00:00Z");
        assert_eq!(wish.until.unwrap().to_string(), "2026-12-01T00:00:00Z");
        assert_eq!((wish.colluders, wish.freeze_days), (1, 30));
        let all = CaseForm {
            until: String::new(),
            ..form()
        };
        assert_eq!(all.checked(now()).unwrap().until, None);
    }

    #[test]
    fn every_field_that_cannot_be_taken_is_said() {
        let wrong = CaseForm {
            title: "a\u{0}b".to_owned(),
            from: "1.9.2026".to_owned(),
            until: "soon".to_owned(),
            alpha: "0.02".to_owned(),
            colluders: "3".to_owned(),
            freeze_days: "-1".to_owned(),
        };
        let fields: Vec<_> = wrong
            .checked(now())
            .unwrap_err()
            .iter()
            .map(|error| error.field)
            .collect();
        assert_eq!(
            fields,
            [
                "title",
                "from",
                "until",
                "alpha",
                "colluders",
                "freeze_days"
            ]
        );
        let back = CaseForm {
            until: "2026-08-31".to_owned(),
            ..form()
        };
        assert_eq!(back.checked(now()).unwrap_err()[0].field, "until");
        for alpha in ["NaN", "inf", "0", "-0.001", "0.010001", ""] {
            let form = CaseForm {
                alpha: alpha.to_owned(),
                ..form()
            };
            assert_eq!(
                form.checked(now()).unwrap_err()[0].field,
                "alpha",
                "{alpha}"
            );
        }
    }
}
