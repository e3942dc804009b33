//! `bench serve` in small: what it counts, and not how long anything took.

use crate::program::Place;

#[test]
fn all_of_the_load_is_answered_and_every_verified_report_is_shown() {
    let place = Place::new();
    let words = [
        "bench",
        "serve",
        "--customers",
        "20000",
        "--seconds",
        "2",
        "--unverified",
        "20",
        "--verified",
        "2",
        "--views",
        "2000",
        "--dir",
        "load",
    ];
    let output = place.program(&words).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    let row = |what: &str| {
        let mut rows = said.lines().filter(|line| line.starts_with("| "));
        rows.find(|row| row.contains(what))
            .unwrap_or_else(|| panic!("{what}: {said}"))
    };
    assert!(row("unverified reports").contains(" 40: median"), "{said}");
    assert!(row("codes typed").contains(" 4: median"), "{said}");
    assert!(row("views, until").contains(" 4: median"), "{said}");
    let evidence = row("from a code to the evidence");
    assert!(
        evidence.contains("| 4: median") && evidence.contains(", 0 never"),
        "{said}"
    );
    // The company stays for the next run, and nothing else.
    assert!(place.path().join("load/20000/company/index").exists());
    assert!(!place.path().join("load/20000/data").exists());
}
