//! The page of a case: what it shows of a verdict, and when it shows no account.

use countersign_core::reference::Reference;
use countersign_core::staff::Role;
use countersign_core::time::Second;
use countersign_core::verdict::Verdict;
use countersign_ui::pages::staff::{CasePage, CaseSecond, Keeps, Left, Room, Shell};

use crate::wellformed::{Element, read};

/// A case with a verdict, as `customers` customers would make it show.
fn case(verdict: &str, customers: u64) -> String {
    let (_, verdict) = countersign_ui::samples()
        .into_iter()
        .find(|(name, _)| *name == verdict)
        .unwrap();
    let page = CasePage {
        shell: Shell {
            name: "Ann".to_owned(),
            roles: vec![Role::Investigator],
            here: Room::Cases,
            csrf: "c5rf".to_owned(),
            story: None,
        },
        reference: Reference::new(7),
        title: "Calls".to_owned(),
        worker: None,
        colleagues: Vec::new(),
        now: Second(800_000_000),
        moved: None,
        customers,
        unverified: 1_201,
        second: CaseSecond {
            left: (0..1_202)
                .map(|report| Left {
                    what: format!("R{report}"),
                    reason: "withdrawn".to_owned(),
                })
                .collect(),
            ..CaseSecond::default()
        },
        burst: None,
        keeps: Keeps::default(),
        verdict: Some(Box::new(verdict)),
        runs: Vec::new(),
    };
    page.render().unwrap()
}

#[test]
fn under_three_customers_no_account_is_shown_whatever_the_verdict_says() {
    for verdict in ["lead", "named", "set_named", "many"] {
        for customers in 0..3 {
            let page = case(verdict, customers);
            for pseudonym in ["Heron-41", "Wren-08", "Magpie-50", "Finch-77"] {
                assert!(
                    !page.contains(pseudonym),
                    "{verdict} {customers}: {pseudonym}"
                );
            }
            assert!(
                page.contains("No account is shown yet"),
                "{verdict} {customers}"
            );
            assert!(page.contains("1,201") && page.contains("1,202"));
        }
        assert!(case(verdict, 3).contains("Heron-41"), "{verdict}");
    }
}

#[test]
fn a_lead_has_the_words_and_the_colour_of_a_lead() {
    for (verdict, red) in [("lead", false), ("strong_lead", false), ("named", true)] {
        let page = read(&case(verdict, 9)).unwrap();
        let alert = |one: &Element| one.has_class("alert") || one.has_class("named");
        assert_eq!(page.iter().any(alert), red, "{verdict}");
        let said = page.iter().find(|one| one.has_class("verdict")).unwrap();
        assert_eq!(said.text.contains("No account is named"), !red, "{verdict}");
    }
}

#[test]
fn a_case_says_what_its_report_says_in_the_same_order() {
    let (_, verdict) = countersign_ui::samples().swap_remove(4);
    let report = countersign_ui::report(&verdict).unwrap();
    let case = case("named", 9);
    let ids = |page: &str| {
        let page = read(page).unwrap();
        let headings = page.into_iter().filter(|element| element.name == "h2");
        headings
            .filter_map(|one| one.get("id").map(ToOwned::to_owned))
            .collect::<Vec<_>>()
    };
    let mut of_case = ids(&case);
    let beside = ["keeps", "left", "runs", "second", "replies"];
    of_case.retain(|id| !beside.contains(&id.as_str()));
    assert_eq!(of_case, ids(&report));
}

/// What is read of `verdict.json` is what was written: a bundle's page is drawn and checked by it.
#[test]
fn a_verdict_that_was_read_gives_the_same_bytes() {
    for (name, verdict) in countersign_ui::samples() {
        let json = verdict.to_json().unwrap();
        let Ok(read) = serde_json::from_str::<Verdict>(&json) else {
            // It has numbers that JSON has no word for, which no run brings about.
            assert!(json.contains("null") && name == "hostile", "{name}");
            continue;
        };
        assert_eq!(read.to_json().unwrap(), json, "{name}");
    }
}
