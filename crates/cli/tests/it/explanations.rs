//! Logs of changes as explanations: who had worked on a record, and nothing of the evidence.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::program::{Place, reports};
use crate::schema::faults;
use crate::servicenow::{SELLER, excerpt};

/// Lines of a table of changes.
fn table(changes: &[(&str, &str, &str)]) -> String {
    let mut text = String::from("time,actor,customer,action\n");
    for (time, actor, customer) in changes {
        writeln!(text, "{time},{actor},{customer},change").unwrap();
    }
    text
}

/// Changes of the small desk: `desk-0` worked on two reported customers before their calls.
fn changes() -> String {
    let mut text = table(&[
        ("2019-01-01T09:00:30Z", "desk-0", "customer-0"),
        ("2019-01-02T09:00:30Z", "desk-0", "customer-12"),
        ("2019-01-02T09:10:30Z", "desk-0", "customer-12"),
        // At the very second of the call, which is too late.
        ("2019-08-03T09:00:00Z", "desk-0", "customer-24"),
        // What nobody reported.
        ("2019-01-02T09:00:30Z", "desk-5", "customer-5"),
        // Whom and what nothing else knows.
        ("2019-01-02T09:00:30Z", "somebody-else", "customer-36"),
        ("2019-01-02T09:00:30Z", "desk-0", "no-such-customer"),
        // Nobody.
        ("2019-01-02T09:00:30Z", "", "customer-36"),
    ]);
    // A look is no work.
    text.push_str("2019-01-02T09:00:30Z,desk-0,customer-48,view\n");
    text
}

/// A verdict without all that a log of changes may add to it; the number of the run aside.
fn evidence(verdict: &Value) -> Value {
    let mut verdict = verdict.clone();
    for top in verdict["top"].as_array_mut().unwrap() {
        top["worked_on"].take();
    }
    let inputs = verdict["inputs"].as_array_mut().unwrap();
    inputs.retain(|input| input["table"] != "changes");
    verdict["recompute"].take();
    verdict["run"].take();
    verdict
}

fn worked_on<'a>(verdict: &'a Value, holder: &str) -> &'a Value {
    let mut top = verdict["top"].as_array().unwrap().iter();
    let row = top.find(|top| top["holder"] == holder).unwrap();
    &row["worked_on"]
}

#[test]
fn a_change_of_a_seen_record_before_the_call_counts_and_nothing_else_does() {
    let place = Place::with_small_desk();
    place.write("changes.csv", changes());
    let words = ["--json", "--reveal-ids", "--changes", "changes.csv"];
    let ran = place.trace(&words).well();
    let verdict = ran.verdict();
    assert_eq!(faults(&verdict), Vec::<String>::new());
    let expected = json!({"seen": 6, "changed": 2, "in_logs": true});
    assert_eq!(worked_on(&verdict, "desk-0"), &expected);
    // Worked, but on nothing that was reported; and never worked at all.
    assert_eq!(worked_on(&verdict, "desk-5")["in_logs"], true);
    assert_eq!(worked_on(&verdict, "desk-5")["changed"], 0);
    assert_eq!(worked_on(&verdict, "desk-3")["in_logs"], false);
    for top in verdict["top"].as_array().unwrap() {
        assert_eq!(top["worked_on"]["seen"], top["saw"]);
    }
    let input = verdict["inputs"].as_array().unwrap().last().unwrap();
    assert_eq!(input["table"], "changes");
    assert_eq!(input["path"], "changes.csv");
    assert_eq!(input["rows"], 9);
    assert!(
        verdict["recompute"]
            .as_str()
            .unwrap()
            .contains("--changes changes.csv")
    );
    let told = "changes.csv is a table of changes, taken as an explanation and never as evidence: \
                changes from 2019-01-01T09:00:30Z to 2019-08-03T09:00:00Z: 8, of which 5 are by a \
                known account and of a known ticket or customer, 2 by an account that neither \
                tables nor log know, 1 of what they don't know; rows that are no changes: 1, not \
                used";
    assert!(ran.err.contains(told), "{}", ran.err);
}

#[test]
fn with_and_without_changes_a_verdict_is_the_same_but_for_what_was_worked_on() {
    let place = Place::with_small_desk();
    place.write("changes.csv", changes());
    // Accounts and records that stand in no other file, each a hundred times.
    let strangers: Vec<(String, String)> = (0..100)
        .map(|number| (format!("stranger-{number}"), format!("unheard-{number}")))
        .collect();
    let rows: Vec<(&str, &str, &str)> = strangers
        .iter()
        .flat_map(|(actor, customer)| {
            let time = "2019-01-03T09:00:00Z";
            [
                (time, actor.as_str(), "customer-0"),
                (time, actor.as_str(), customer.as_str()),
                (time, "desk-0", customer.as_str()),
            ]
        })
        .collect();
    place.write("strangers.csv", table(&rows));
    let without = place.trace(&["--json"]).well().verdict();
    assert_eq!(without["top"][0]["worked_on"], Value::Null);
    let words = ["--json", "--changes", "changes.csv"];
    let with = place.trace(&words).well().verdict();
    let words = [words.as_slice(), &["--changes", "strangers.csv"]].concat();
    let more = place.trace(&words).well().verdict();
    assert_eq!(evidence(&with), evidence(&without));
    assert_eq!(evidence(&more), evidence(&without));
    assert_eq!(with["accounts"], 12);
    assert_ne!(with["top"][0]["worked_on"], Value::Null);
    assert_eq!(
        more["inputs"].as_array().unwrap().len(),
        without["inputs"].as_array().unwrap().len() + 2
    );
}

/// `trace` on a real desk's log, whose columns have other names, with these words behind it.
fn named(place: &Place, more: &[&str]) -> Value {
    let words = [&["--json", "--reveal-ids"], more].concat();
    let ran = crate::servicenow::trace(place, &excerpt(), &words).well();
    ran.verdict()
}

#[test]
fn a_naming_stands_as_it_is_whether_the_named_account_had_worked_or_not() {
    let place = Place::new();
    let without = named(&place, &[]);
    assert_eq!(without["state"], "named");
    let first = without["timeline"][0]["report"].as_str().unwrap();
    assert_eq!(first, "R0004");
    // Long before the calls, on the first report's ticket and on one that nobody reported.
    let mut rows = String::from("time,actor,ticket,action\n");
    for ticket in ["INC0000155", "INC0000045"] {
        writeln!(rows, "2016-01-01T10:00:00Z,{SELLER},{ticket},change").unwrap();
    }
    place.write("work.csv", rows);
    let with = named(&place, &["--changes", "work.csv"]);
    assert_eq!(evidence(&with), evidence(&without));
    let worked = worked_on(&with, SELLER);
    assert_eq!(worked["changed"], 1);
    assert_eq!(worked["in_logs"], true);
    assert!(worked["seen"].as_u64().unwrap() > 10);
}

/// A desk that counts its accounts and tickets, as Request Tracker does.
fn desk_of_numbers() -> Place {
    let place = Place::new();
    let (mut events, mut transactions) = (
        String::from("time,actor,ticket\n"),
        String::from("id,ObjectType,ObjectId,Type,Field,OldValue,NewValue,Creator,Created\n"),
    );
    let mut tickets = String::from("ticket,customer\n");
    for customer in 0..120 {
        let (day, minute) = (1 + customer / 60, customer % 60);
        for (hour, actor) in [(9, customer % 12), (10, (customer / 12) % 12)] {
            let time = format!("2019-01-{day:02}T{hour:02}:{minute:02}:00Z");
            writeln!(events, "{time},{},{}", 20 + actor, 1000 + customer).unwrap();
        }
        writeln!(tickets, "{},customer-{customer}", 1000 + customer).unwrap();
        // Whoever comes second replies; RT writes its times in UTC, without saying so.
        let (ticket, creator) = (1000 + customer, 20 + (customer / 12) % 12);
        writeln!(
            transactions,
            "{customer},RT::Ticket,{ticket},Correspond,,,,{creator},2019-01-{day:02} 10:{minute:02}:00"
        )
        .unwrap();
    }
    // The system's own, a group, and a ticket of another desk.
    transactions.push_str(
        "900,RT::Ticket,1000,Create,,,,1,2019-01-01 09:00:00\n\
         901,RT::Group,5,AddMember,,,9,20,2019-01-02 03:06:00\n\
         902,RT::Ticket,77,Status,Status,new,open,20,2019-01-02 03:07:00\n",
    );
    place.write("events.csv", events);
    place.write("tickets.csv", tickets);
    place.write("transactions.csv", transactions);
    place.write("reports.csv", reports(6));
    place
}

#[test]
fn transactions_of_request_tracker_say_who_had_worked_on_a_ticket() {
    let place = desk_of_numbers();
    // `--from` and columns by other names are about the log of views.
    let reading = ["--from", "tables", "--map", "events.actor=actor"];
    let desk = ["--json", "--reveal-ids", "--tickets", "tickets.csv"];
    let desk = [desk.as_slice(), &reading].concat();
    let without = place.trace(&desk).well().verdict();
    let words = [desk.as_slice(), &["--changes", "transactions.csv"]].concat();
    let ran = place.trace(&words).well();
    let with = ran.verdict();
    assert_eq!(evidence(&with), evidence(&without));
    // Account 20 looks at each reported ticket, and replied to the first alone.
    let expected = json!({"seen": 6, "changed": 1, "in_logs": true});
    assert_eq!(worked_on(&with, "20"), &expected);
    let others = with["top"].as_array().unwrap().iter();
    let mut worked = others.filter(|top| top["holder"] != "20" && top["saw"] == 1);
    assert!(worked.all(|top| top["worked_on"]["changed"] == 1));
    assert!(
        ran.err
            .contains("transactions.csv is Request Tracker's transactions, taken as"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains(
            "122, of which 120 are by a known account and of a known ticket or customer, \
             1 by an account that neither tables nor log know, 1 of what they don't know"
        ),
        "{}",
        ran.err
    );
}

#[test]
fn a_log_of_changes_begins_no_version() {
    let place = Place::with_small_desk();
    place.write("changes.csv", changes());
    let version = |more: &[&str]| {
        let words = [&["--json"], more].concat();
        place.trace(&words).well().verdict()["version"].clone()
    };
    assert_eq!(version(&[]), 1);
    assert_eq!(version(&["--changes", "changes.csv"]), 1, "one more file");
    place.write("changes.csv", changes().replace("09:10:30", "09:11:30"));
    assert_eq!(version(&["--changes", "changes.csv"]), 1, "another");
    assert_eq!(version(&[]), 1, "none again");
    assert_eq!(version(&["--alpha", "0.002"]), 2);
    let words = ["--alpha", "0.002", "--changes", "changes.csv"];
    assert_eq!(version(&words), 2, "the same settings again");
}

#[test]
fn the_page_says_what_was_worked_on_and_that_it_proves_nothing() {
    let place = Place::with_small_desk();
    place.write("changes.csv", changes());
    place.trace(&[]).well();
    assert!(!place.read("case/report.html").contains("Also changed"));
    place.trace(&["--changes", "changes.csv"]).well();
    let page = place.read("case/report.html");
    assert!(page.contains("“Also changed” explains and proves nothing."));
    assert!(page.contains("<td class=\"num\">2 of 6</td>"));
    assert!(page.contains("not in these logs"));
}

#[test]
fn files_that_explain_nothing_are_refused_and_leave_no_trace() {
    let place = Place::with_small_desk();
    place.write(
        "other.csv",
        table(&[("2019-01-01T09:00:30Z", "7", "customer-0")]),
    );
    place.write("late.csv", table(&[("no time", "desk-0", "customer-0")]));
    place.write("empty.csv", table(&[]));
    for (file, what) in [
        ("events.csv", "`events.csv` tells of no change"),
        ("other.csv", "none of the 1 changes is by an account"),
        ("late.csv", "1 of 1 rows of `late.csv` can't be used"),
        ("empty.csv", "`empty.csv` has a header and no rows"),
        ("none.csv", "`none.csv` can't be opened"),
    ] {
        let ran = place.trace(&["--changes", file]);
        assert_eq!(ran.status, 2, "{file}: {ran:#?}");
        assert!(ran.err.contains(what), "{file}: {}", ran.err);
        assert!(ran.err.contains("help: "), "{file}");
        assert!(!place.case().contains_key("runs.jsonl"), "{file}");
    }
    let ran = place.trace(&["--changes", "events.csv", "--power"]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("--power"), "{}", ran.err);
}

#[test]
fn rows_of_changes_that_cannot_be_used_are_kept_with_their_reason() {
    let place = Place::with_small_desk();
    let text = changes() + "2019-01-02T09:00:30Z,desk-0,,change\n";
    place.write(
        "changes.csv",
        text + "2019-01-02T09:00:30Z,desk-0,customer-0,dance\n",
    );
    let words = ["--changes", "changes.csv", "--allow-rejects", "50"];
    place.trace(&words).well();
    let rejected = place.read("case/rejected.csv");
    let rows: Vec<&str> = rejected.lines().skip(1).collect();
    assert_eq!(rows.len(), 2, "{rejected}");
    assert!(
        rows[0].starts_with("changes,\"changes.csv\",11,"),
        "{}",
        rows[0]
    );
    assert!(
        rows[1].starts_with("changes,\"changes.csv\",12,"),
        "{}",
        rows[1]
    );
}

#[test]
fn columns_of_a_table_of_changes_may_have_other_names() {
    let place = Place::with_small_desk();
    let text = changes().replace("time,actor,customer,action", "created,who,about,did");
    place.write("changes.csv", text);
    let map = "changes.time=created,changes.actor=who,changes.customer=about,changes.action=did";
    let words = ["--json", "--reveal-ids", "--changes", "changes.csv"];
    let verdict = place.trace(&[words.as_slice(), &["--map", map]].concat());
    let expected = json!({"seen": 6, "changed": 2, "in_logs": true});
    assert_eq!(worked_on(&verdict.well().verdict(), "desk-0"), &expected);
}
