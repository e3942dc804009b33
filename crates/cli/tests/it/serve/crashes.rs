//! The server killed while it takes reports.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use countersign_core::program::May;
use countersign_core::staff::Role;

use super::asked::report;
use super::journey::make_token;
use super::office::Office;
use super::served::Served;
use super::views::{hand_in, line, on_record, said};
use crate::program::full;

/// Customers who report at once.
const AT_ONCE: u32 = 4;

#[test]
fn a_report_that_was_answered_is_there_after_a_kill() {
    let (kills, most) = if full() { (50, 40) } else { (5, 25) };
    let mut served = Served::start();
    let mut references: Vec<String> = Vec::new();
    for kill in 0..kills {
        let answered = AtomicUsize::new(0);
        // Another number each time, so that the kill comes at another moment.
        let wanted = 1 + kill * 7 % most;
        let port = served.port;
        let place = thread::scope(|scope| {
            let customers = (0..AT_ONCE).map(|customer| {
                let answered = &answered;
                scope.spawn(move || {
                    let mut references = Vec::new();
                    while let Ok(reference) = report(port, 500 + customer, "2019-08-02 09:00") {
                        references.push(reference);
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                    references
                })
            });
            let customers: Vec<_> = customers.collect();
            while answered.load(Ordering::Relaxed) < wanted {
                thread::yield_now();
            }
            let place = served.kill();
            for customer in customers {
                references.extend(customer.join().unwrap());
            }
            place
        });
        served = Served::on(place);
    }
    assert!(references.len() >= kills, "{}", references.len());
    for reference in &references {
        let answer = served.post("/report/state", "", &[("reference", reference)]);
        assert!(
            answer.body.contains(reference.as_str()),
            "{reference}: {}",
            answer.body
        );
        assert!(
            !answer.body.contains("No report"),
            "{reference}: {}",
            answer.body
        );
    }
    eprintln!(
        "{kills} kills, {} answered reports, all there",
        references.len()
    );
}

#[test]
fn each_view_that_was_answered_is_there_exactly_once_after_kills() {
    let Some(office) = Office::open() else { return };
    let (kills, views) = if full() { (50, 100_000) } else { (5, 10_000) };
    let operator = office.member(Role::Operator, "Ope");
    let token = make_token(&office.served, &operator, May::Views).unwrap();
    let mut served = office.served;
    let each = views / kills;
    for kill in 0..kills {
        let answered = AtomicUsize::new(0);
        // Another number each time, so that the kill comes at another moment.
        let wanted = 1 + kill as usize * 7 % 20;
        let (port, from) = (served.port, kill * each);
        let (place, pieces) = thread::scope(|scope| {
            let senders = (0..AT_ONCE).map(|sender| {
                let (answered, token) = (&answered, &token);
                scope.spawn(move || {
                    let mut pieces = Vec::new();
                    // Each view by two senders, in pieces of many sizes.
                    let mut next = from + sender / 2 * (each / 2);
                    let end = next + each / 2;
                    while next < end {
                        let size = (1 + (next + sender * 13) % 90).min(end - next);
                        let lines: String = (next..next + size).map(line).collect();
                        match hand_in(port, token, &lines) {
                            Ok(answer) if answer.status == 200 => {
                                pieces.push((next, size));
                                next += size;
                                answered.fetch_add(1, Ordering::Relaxed);
                            }
                            Ok(answer) => assert_eq!(answer.status, 503, "{}", answer.body),
                            Err(_gone) => break,
                        }
                    }
                    pieces
                })
            });
            let senders: Vec<_> = senders.collect();
            while answered.load(Ordering::Relaxed) < wanted {
                thread::yield_now();
            }
            let place = served.kill();
            let pieces = senders.into_iter().map(|sender| sender.join().unwrap());
            (place, pieces.flatten().collect::<Vec<_>>())
        });
        served = Served::on(place);
        // What was answered is there.
        assert!(pieces.len() >= wanted);
        for (begin, size) in pieces {
            let lines: String = (begin..begin + size).map(line).collect();
            let again = said(&hand_in(served.port, &token, &lines).unwrap());
            assert_eq!(again, [0, u64::from(size), 0]);
        }
        // And what was not is taken now, each once.
        for piece in 0..5 {
            let begin = from + piece * (each / 5);
            let lines: String = (begin..begin + each / 5).map(line).collect();
            let [taken, known, refused] = said(&hand_in(served.port, &token, &lines).unwrap());
            assert_eq!((taken + known, refused), (u64::from(each / 5), 0));
        }
        let expected = u64::from((kill + 1) * each);
        assert_eq!(on_record(&served, &operator, "CRM"), expected);
    }
    let place = served.kill();
    let served = Served::on(place);
    assert_eq!(on_record(&served, &operator, "CRM"), u64::from(views));
    eprintln!("{kills} kills, {views} views, each once");
}
