//! The server killed while it takes reports.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::asked::report;
use super::served::Served;
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
