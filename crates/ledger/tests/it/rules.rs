//! Rules that events are taken under, also after a start, a lost batch, and in one batch together.

use countersign_ledger::gate::Rule;
use countersign_ledger::leaf::{EventId, Leaf, Token, event_id};
use countersign_ledger::log::{Append, Log, Refused};

use crate::script::{MARKED, NOW, SETTINGS, open_with};
use crate::simulated::{Fault, Simulated};

const ANNA: Token = [1; 16];
const BERT: Token = [2; 16];
const HOUR: u64 = 3_600_000;

fn name(number: u8, at: u64) -> EventId {
    event_id(at, [number; 10])
}

fn event(id: EventId, rules: &[Rule]) -> Append {
    let mut event = Append::new(Leaf::new(id, 9, None, Vec::new()), Vec::new());
    event.rules = rules.to_vec();
    event
}

/// What the log answers: the place, or the rule that does not hold.
fn ask(log: &mut Log, number: u8, now: u64, rules: &[Rule]) -> Result<u64, &'static str> {
    match log
        .append(&[vec![event(name(number, now), rules)]], now)
        .remove(0)
    {
        Ok(places) => Ok(places[0]),
        Err(Refused::Bad(what)) => Err(what),
        Err(other) => panic!("{other:?}"),
    }
}

/// The log after a start from its journal, and after one from a mark.
fn started_again(disk: &Simulated, log: Log) -> [Log; 2] {
    drop(log);
    let whole = open_with(&disk.after_kill(), SETTINGS).unwrap();
    let marked = disk.after_kill();
    let mut log = open_with(&marked, MARKED).unwrap();
    log.mark(NOW).unwrap();
    drop(log);
    [whole, open_with(&marked, MARKED).unwrap()]
}

#[test]
fn only_so_many_are_taken_in_a_time() {
    let disk = Simulated::new();
    let mut log = open_with(&disk, SETTINGS).unwrap();
    let rules = [
        Rule::By(ANNA),
        Rule::AtMost {
            events: 3,
            within: HOUR,
        },
    ];
    for number in 0..3 {
        assert!(ask(&mut log, number, NOW, &rules).is_ok());
    }
    let full = "as many as are allowed in this time were done before";
    assert_eq!(ask(&mut log, 3, NOW, &rules), Err(full));
    // Asked again under the same name, it is the same event.
    assert_eq!(ask(&mut log, 2, NOW, &rules), Ok(2));
    for mut log in started_again(&disk, log) {
        assert_eq!(ask(&mut log, 3, NOW + HOUR - 1, &rules), Err(full));
        let by_other = [Rule::By(BERT), rules[1]];
        assert!(ask(&mut log, 4, NOW, &by_other).is_ok());
        assert_eq!(ask(&mut log, 5, NOW + HOUR, &rules), Err(full));
        let later = NOW + HOUR + 5 * 60_000;
        assert!(ask(&mut log, 5, later, &rules).is_ok());
        // A name of the past does not find the room of the past.
        let late = event(name(6, NOW), &rules);
        let answer = log.append(&[vec![late]], NOW + HOUR).remove(0);
        assert!(matches!(answer, Err(Refused::Bad(_))), "{answer:?}");
    }
}

/// Who makes the names may make them a little older than now, and still has no more room.
#[test]
fn names_of_some_minutes_ago_find_no_room_for_more() {
    const MINUTE: u64 = 60_000;
    for within in [MINUTE, HOUR] {
        let disk = Simulated::new();
        let mut log = open_with(&disk, SETTINGS).unwrap();
        let rules = [Rule::By(ANNA), Rule::AtMost { events: 2, within }];
        let mut taken = 0;
        // All in half a second, at the very end of what the names' times leave out.
        for number in 0..40 {
            let now = NOW + within + u64::from(number) * 10;
            let before = event(name(number, now - 5 * MINUTE), &rules);
            taken += usize::from(log.append(&[vec![before]], now).remove(0).is_ok());
        }
        assert_eq!(taken, 2);
        // An hour later, by a clock that nobody chooses, there is room again.
        let later = NOW + 2 * within + 5 * MINUTE + 1_000;
        assert!(ask(&mut log, 50, later, &rules).is_ok());
    }
}

/// The second person is one person.
#[test]
fn an_event_that_two_did_is_refused() {
    let disk = Simulated::new();
    let mut log = open_with(&disk, SETTINGS).unwrap();
    let grant = name(0, NOW);
    let gives = [Rule::By(ANNA), Rule::Grants(NOW + HOUR)];
    assert!(ask(&mut log, 0, NOW, &gives).is_ok());
    let both = [Rule::By(BERT), Rule::By(ANNA), Rule::NotBy(grant)];
    assert!(ask(&mut log, 1, NOW, &both).is_err());
    let once = [Rule::By(BERT), Rule::NotBy(grant)];
    assert!(ask(&mut log, 2, NOW, &once).is_ok());
}

#[test]
fn a_number_is_kept_within_one_batch_and_one_caller_and_a_group_goes_in_whole() {
    let disk = Simulated::new();
    let mut log = open_with(&disk, SETTINGS).unwrap();
    let rules = [
        Rule::By(ANNA),
        Rule::AtMost {
            events: 3,
            within: HOUR,
        },
    ];
    let group = |numbers: std::ops::Range<u8>| -> Vec<Append> {
        numbers
            .map(|number| event(name(number, NOW), &rules))
            .collect()
    };
    let answers = log.append(&[group(0..2), group(2..4), group(4..5), group(5..6)], NOW);
    let taken: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    // Of the second caller's two only one had room, so neither went in.
    assert_eq!(taken, [true, false, true, false]);
    assert_eq!(log.size(), 3);
}

#[test]
fn what_may_be_used_once_is_used_once() {
    let disk = Simulated::new();
    let mut log = open_with(&disk, SETTINGS).unwrap();
    let once = [Rule::Once(name(200, NOW))];
    assert!(ask(&mut log, 0, NOW, &once).is_ok());
    for mut log in started_again(&disk, log) {
        let again = ask(&mut log, 1, NOW, &once);
        assert_eq!(again, Err("what may be used once was used before"));
        let later = NOW + SETTINGS.remembered;
        assert!(
            ask(&mut log, 2, later, &once)
                .unwrap_err()
                .contains("too old")
        );
    }
}

#[test]
fn a_grant_holds_until_its_time_or_its_end_and_a_second_person_is_another() {
    let disk = Simulated::new();
    let mut log = open_with(&disk, SETTINGS).unwrap();
    let grant = name(0, NOW);
    let under = [Rule::Under(grant)];
    assert!(
        ask(&mut log, 1, NOW, &under).is_err(),
        "before it was given"
    );
    let gives = [Rule::By(ANNA), Rule::Grants(NOW + HOUR)];
    assert!(ask(&mut log, 0, NOW, &gives).is_ok());
    assert!(ask(&mut log, 2, NOW, &under).is_ok());
    for mut log in started_again(&disk, log) {
        let second = |who| [Rule::By(who), Rule::NotBy(grant), Rule::Under(grant)];
        assert_eq!(
            ask(&mut log, 3, NOW, &second(ANNA)),
            Err("a second person is needed")
        );
        assert!(ask(&mut log, 4, NOW, &second(BERT)).is_ok());
        let nobody = [Rule::NotBy(grant)];
        assert!(ask(&mut log, 5, NOW, &nobody).is_err());
        assert!(
            ask(&mut log, 6, NOW + HOUR, &under).is_err(),
            "its time is over"
        );
        assert!(ask(&mut log, 7, NOW, &under).is_ok());
        assert!(ask(&mut log, 8, NOW, &[Rule::Ends(grant)]).is_ok());
        assert!(ask(&mut log, 9, NOW, &under).is_err(), "it was ended");
        assert!(ask(&mut log, 10, NOW, &[Rule::Ends(grant)]).is_err());
    }
}

#[test]
fn a_batch_that_the_disk_refused_leaves_nothing_behind() {
    let disk = Simulated::new();
    let mut log = open_with(&disk, SETTINGS).unwrap();
    let grant = name(0, NOW);
    assert!(
        ask(
            &mut log,
            0,
            NOW,
            &[Rule::By(ANNA), Rule::Grants(NOW + HOUR)]
        )
        .is_ok()
    );
    let rules = [
        Rule::By(ANNA),
        Rule::AtMost {
            events: 2,
            within: HOUR,
        },
        Rule::Once(name(200, NOW)),
        Rule::Ends(grant),
    ];
    let events = vec![event(name(1, NOW), &rules)];
    disk.fail(&[Fault::Full(0, 8)]);
    let mut refused = 0;
    while let Err(cause) = log.append(std::slice::from_ref(&events), NOW).remove(0) {
        assert!(matches!(cause, Refused::Journal(_)), "{cause:?}");
        refused += 1;
    }
    assert!(refused > 1);
    assert_eq!(ask(&mut log, 1, NOW, &rules), Ok(1));
    assert!(ask(&mut log, 2, NOW, &rules).is_err());
}

#[test]
fn another_event_under_a_name_that_is_taken_is_refused() {
    let disk = Simulated::new();
    let mut log = open_with(&disk, SETTINGS).unwrap();
    let one = event(name(1, NOW), &[]);
    let mut other = one.clone();
    other.leaf.kind = 10;
    let answers = log.append(&[vec![one.clone()], vec![other.clone()]], NOW);
    assert!(answers[0].is_ok() && matches!(answers[1], Err(Refused::Bad(_))));
    let together = log
        .append(&[vec![other.clone(), one.clone()]], NOW)
        .remove(0);
    assert!(matches!(together, Err(Refused::Bad(_))));
    assert_eq!(
        log.append(&[vec![one.clone(), one]], NOW)
            .remove(0)
            .unwrap(),
        [0, 0]
    );
    assert!(matches!(
        log.append(&[vec![other]], NOW).remove(0),
        Err(Refused::Bad(_))
    ));
}
