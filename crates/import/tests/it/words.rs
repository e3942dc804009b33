//! What customers write, and what a careful person takes from it: a wrong value is worse than none.

use std::fs;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use countersign_core::time::Second;
use countersign_import::{Draft, Drafting, Drafts, ImportError, Pattern, drafts, reported_in};
use proptest::prelude::*;

use crate::samples::testdata;

/// 2030.
const NOW: i64 = 1_900_000_000;

fn read(from: &str, name: &str, bytes: &[u8]) -> Result<Drafts, ImportError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let ask = Drafting {
        from,
        files: &[path],
        tagged: None,
        number: Pattern::default(),
        zone: Some("Europe/Berlin"),
        now: Second::from_unix(NOW).unwrap(),
    };
    drafts(&ask, &AtomicBool::new(false))
}

/// A draft of words that came on Thursday, 26 November 2026, at 15:00 in Berlin.
fn draft(words: &str) -> Draft {
    let row = serde_json::json!({
        "id": 1, "requester_id": 2, "created_at": "2026-11-26T14:00:00Z", "description": words,
    });
    let mut read = read("zendesk", "in.jsonl", row.to_string().as_bytes()).unwrap();
    assert_eq!(read.drafts.len(), 1, "{words}");
    let draft = read.drafts.remove(0);
    sound(&draft);
    draft
}

/// What holds of any draft.
fn sound(draft: &Draft) {
    let mut last = 0;
    for (start, end) in &draft.marks {
        assert!(start < end && (last == 0 || last < *start), "{draft:?}");
        assert!(draft.words.get(*start..*end).is_some(), "{draft:?}");
        last = *end;
    }
    let quoted = &draft.quoted_ticket;
    assert!(
        draft.words.contains(quoted) || draft.subject.contains(quoted),
        "{draft:?}"
    );
    // All in one form, so that they compare as text.
    assert!(draft.called_at <= draft.received_at, "{draft:?}");
    assert!(draft.words.chars().count() <= 20_000);
    let mut doubts = draft.doubts.clone();
    doubts.dedup();
    assert_eq!(doubts, draft.doubts);
}

/// Words, the number that was quoted, and when the call was, in UTC; the day's beginning in Berlin
/// is 23:00 of the day before.
const SAID: [(&str, &str, &str); 66] = [
    // English.
    (
        "hi, yesterday at 3.20 pm some guy rang me, said hes from you, knew my ticket 4711. my number is 0170 1234567",
        "4711",
        "2026-11-25T14:20:00Z",
    ),
    (
        "they called on nov 24 at 10:15 and new my case nr 100234!!",
        "100234",
        "2026-11-24T09:15:00Z",
    ),
    (
        "got a call this morning 9:05, he said case #100234 is open and i owe $299.00",
        "100234",
        "2026-11-26T08:05:00Z",
    ),
    (
        "Somebody rang from +1 555 010 0199 and wanted 299 dollars. born 12 March 1980.",
        "",
        "",
    ),
    (
        "I got a call re order #998877 yesterday",
        "",
        "2026-11-24T23:00:00Z",
    ),
    (
        "yesterday. they had tickets 4711 and 4712",
        "",
        "2026-11-24T23:00:00Z",
    ),
    (
        "ticket 4711, 4712: someone called on 24/11/2026",
        "",
        "2026-11-23T23:00:00Z",
    ),
    (
        "between 3 and 4 pm yesterday, ticket 4711",
        "4711",
        "2026-11-24T23:00:00Z",
    ),
    ("just before 4 pm yesterday", "", "2026-11-24T23:00:00Z"),
    ("please call me back on Monday after 5 pm", "", ""),
    (
        "They called yesterday. You can reach me after 5pm.",
        "",
        "2026-11-24T23:00:00Z",
    ),
    (
        "Your letter of 20 November arrived. They called on Tuesday at 11:30",
        "",
        "2026-11-24T10:30:00Z",
    ),
    (
        "I opened the ticket on 12 June 2026 and in case 10 people ask: no.",
        "",
        "",
    ),
    ("my request of 20 November was ignored", "", ""),
    ("the case is 20 days old", "", ""),
    ("the ticket was opened 2026-11-20", "", ""),
    ("They rang last week on Monday", "", ""),
    (
        "two weeks ago they called, and today at 10:00 again",
        "",
        "",
    ),
    ("on Thursday and on Monday at 13:00", "", ""),
    ("It was 20 November 2025 at 13:00", "", ""),
    ("It was 20 November last year", "", ""),
    ("they want it by 3 December", "", ""),
    ("pay on 12 December or else", "", ""),
    (
        "On Wed, 25 Nov 2026 at 09:00, Help <help@desk.example>\nwrote:\n> your ticket 1234\n\nyesterday at 16:00 a man called about ticket 4711",
        "4711",
        "2026-11-25T15:00:00Z",
    ),
    (
        "They called, ticket 4711\n\nFrom: Help <help@desk.example>\nSent: Wednesday, 25 November 2026 14:05\nTo: Ann\nSubject: [Ticket 1234]\n",
        "4711",
        "",
    ),
    (
        "They quoted 4711.\n\nKind regards\nAnn\nTel. 0170 1234567, office hours 9:00\nborn 1.2.1980, since 20.11.2026",
        "",
        "",
    ),
    ("server 10.11.12.13, version 2.11.26, fix 1.2.3", "", ""),
    ("ref 01 70 12 34 56", "", ""),
    ("payment ref 123456", "", ""),
    ("my ticket number 2026-004711", "", ""),
    ("24/7 support called? 50/50", "", ""),
    ("It happened yesterday at 25:61", "", "2026-11-24T23:00:00Z"),
    (
        "last night at 11 pm, ticket id 4711",
        "4711",
        "2026-11-25T22:00:00Z",
    ),
    (
        "call lasted 10:30 minutes yesterday",
        "",
        "2026-11-24T23:00:00Z",
    ),
    ("I may 5 times have called, 2 may be wrong", "", ""),
    // German.
    (
        "gestern um 15 uhr hat jemand angerufen, wusste die ticketnr 4711. bin ab 17 Uhr erreichbar",
        "4711",
        "2026-11-25T14:00:00Z",
    ),
    (
        "Ich wurde am 24.11. um 10.15 Uhr angerufen, Vorgang 4711",
        "4711",
        "2026-11-24T09:15:00Z",
    ),
    (
        "am Dienstag, den 24.11.2026, 16.20h rief einer an",
        "",
        "2026-11-24T15:20:00Z",
    ),
    (
        "Ich heisse Ann, geb. am 01.02.1980, Kundennummer 123456",
        "",
        "",
    ),
    (
        "geboren 12.03.80, Anruf gestern",
        "",
        "2026-11-24T23:00:00Z",
    ),
    (
        "bis heute keine Antwort auf meine Anfrage vom 20.11.2026",
        "",
        "",
    ),
    (
        "Ihre Mail vom 20.11.2026 kam an. Anruf war vorgestern 9:30",
        "",
        "2026-11-24T08:30:00Z",
    ),
    ("Rechnung Nr. 778899 vom 3.11.2026 über 299,99 €", "", ""),
    ("zwischen 14 und 15 Uhr gestern", "", "2026-11-24T23:00:00Z"),
    (
        "kurz vor 16 Uhr gestern rief er an",
        "",
        "2026-11-24T23:00:00Z",
    ),
    ("Ich bin hier seit Montag krank", "", ""),
    ("rufen Sie mich bitte am Montag um 10 Uhr an", "", ""),
    (
        "ich hab um 5 am Telefon gehangen, gestern",
        "",
        "2026-11-24T23:00:00Z",
    ),
    ("Montag letzter Woche rief jemand an", "", ""),
    ("vor drei Tagen, und heute um 9:15 wieder", "", ""),
    ("im Fall 2026 sind 20 Leute betroffen", "", ""),
    ("Er wollte 12.10. Das war um 14.05. und teuer", "", ""),
    (
        "Vorgang 4711\n\nMit freundlichen Grüßen\nBo Muster\nBürozeiten Montag 9-17 Uhr",
        "4711",
        "",
    ),
    // French.
    (
        "bonjour, hier vers 16h30 on m'a appelé, dossier n°4711",
        "4711",
        "2026-11-25T15:30:00Z",
    ),
    (
        "il m'a appelé hier, ça a duré 2 heures, il a cité le dossier 4711",
        "4711",
        "2026-11-24T23:00:00Z",
    ),
    ("un homme a appelé il y a 2 heures", "", ""),
    (
        "né le 12/11/1980, appelé le 24/11/2026 à 16h",
        "",
        "2026-11-24T15:00:00Z",
    ),
    ("j'ai payé 500 € le 3 novembre, commande #445566", "", ""),
    ("appelez entre 9h et 17h, je suis joignable", "", ""),
    ("la semaine dernière, lundi, on m'a appelé", "", ""),
    (
        "Le mer. 25 nov. 2026 à 09:00, Aide <a@desk.example> a écrit :\n> dossier 1234",
        "",
        "",
    ),
    // Spanish.
    (
        "ayer a las 16:30 me llamaron, tenian mi caso 4711",
        "4711",
        "2026-11-25T15:30:00Z",
    ),
    (
        "me llamaron el 24 de noviembre del 2026 a las 9:15",
        "",
        "2026-11-24T08:15:00Z",
    ),
    ("hace dos semanas, y hoy otra vez", "", ""),
    ("nací el 12 de marzo de 1980, mi pedido #112233", "", ""),
    ("llámeme el lunes a las 17:00 por favor", "", ""),
];

#[test]
fn no_words_give_a_value_that_a_careful_person_would_not_take() {
    let mut wrong = String::new();
    for (words, number, called) in SAID {
        let draft = draft(words);
        if (draft.quoted_ticket.as_str(), draft.called_at.as_str()) != (number, called) {
            wrong.push_str(&format!(
                "{words}\n  `{}` `{}`, not `{number}` `{called}`; {:?} {:?}\n",
                draft.quoted_ticket,
                draft.called_at,
                draft.doubts,
                draft
                    .marks
                    .iter()
                    .map(|(a, b)| &draft.words[*a..*b])
                    .collect::<Vec<_>>()
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What a person could take and the rules do not: it stays empty, and the review asks.
#[test]
fn what_is_missed_stays_empty() {
    for words in [
        "they rang 11/25 at quarter past three",
        "half past 3 in the afternoon, two days ago",
        "gestern vor drei Tagen um halb vier",
        "der Anruf kam Mi. gegen 16",
        "avant-hier à quatre heures, il y a deux jours",
        "el miercoles por la tarde",
        "on friday the 20th",
    ] {
        let draft = draft(words);
        assert!(
            draft.called_at.is_empty() || draft.called_at.ends_with("T23:00:00Z"),
            "{words}: {draft:?}"
        );
    }
}

#[test]
fn odd_and_hostile_words_give_sound_drafts_in_time_that_grows_with_them() {
    let begun = Instant::now();
    for piece in [
        "ticket 4711 ",
        "ticket:::",
        "ticket ",
        "#",
        "1.1.",
        "1/1/",
        "11:11 ",
        "yesterday ",
        "on Monday ",
        "😀 ",
        "אתמול 12:30 ",
        "أمس ٤٧١١ ",
        "\u{202e}ticket 4711 ",
        "e\u{301}\u{301}",
        "vor ",
        "x wrote:\n",
        "On 1\n",
        "From: a\n",
        "\n",
        " ",
        "9",
        "-",
        "a@b.c ",
        "\u{0}",
        "ticket is is is ",
        "tickets 11, 12, ",
        "&#8217; ",
        "1 to ",
        "né le ",
        "> ",
    ] {
        draft(&format!("x{}", piece.repeat(60_000 / piece.len())));
        draft(&format!(
            "{}\nyesterday at 10:15, ticket 4711",
            piece.repeat(10)
        ));
    }
    // About a second; a rule that is quadratic takes minutes.
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

fn mail(rest: &str) -> Vec<u8> {
    format!("From x@example.org Thu Nov 26 15:00:00 2026\nFrom: x@example.org\nDate: Thu, 26 Nov 2026 15:00:00 +0100\n{rest}").into_bytes()
}

#[test]
fn a_mail_that_is_too_large_is_left_out_and_the_next_one_is_read() {
    let small = mail("\nVorgang 4711\n");
    let mut both = small.clone();
    both.resize(33 << 20, b'x');
    let one = read("mbox", "one.eml", &both).unwrap();
    both.push(b'\n');
    both.extend(small);
    let two = read("mbox", "in.mbox", &both).unwrap();
    for (read, count) in [(one, 0), (two, 1)] {
        assert_eq!(read.drafts.len(), count);
        let reasons: Vec<&str> = read.rejected.iter().map(|row| &*row.reason).collect();
        assert_eq!(reasons, ["the mail is larger than 32 MiB"]);
    }
}

/// Whoever writes a mail chooses its Message-ID and its Date.
#[test]
fn a_copied_message_id_hides_no_mail_and_the_desks_server_says_when_it_came() {
    let mail = |number: u32, received: &str| {
        format!(
            "From x\n{received}From: ann@example.org\nDate: Thu, 26 Nov 2026 15:00:00 +0100\n\
             Message-ID: <same@example.org>\n\nVorgang {number}\n"
        )
    };
    let by = "Received: from a by desk.example; Fri, 27 Nov 2026 08:00:00 +0000\n\
              Received: from b by a; Sun, 29 Nov 2026 08:00:00 +0000\n";
    let undated = "Received: from a by desk.example\n";
    let three = mail(4711, "") + "\n" + &mail(4712, by) + "\n" + &mail(4713, undated);
    let once = read("mbox", "in.mbox", three.as_bytes()).unwrap();
    let came: Vec<&str> = once
        .drafts
        .iter()
        .map(|draft| &*draft.received_at)
        .collect();
    let sent = "2026-11-26T14:00:00Z";
    assert_eq!(came, [sent, "2026-11-27T08:00:00Z", sent]);
    assert!(once.drafts.iter().all(|draft| draft.report.len() == 25));
    // The same mails again, at other places, are the same reports.
    let again = mail(4713, undated) + "\n" + &three;
    let twice = read("mbox", "in.mbox", again.as_bytes()).unwrap();
    assert_eq!((twice.drafts.len(), twice.double), (3, 1));
    let ids = |read: &Drafts| -> std::collections::BTreeSet<String> {
        let ids = read.drafts.iter().map(|draft| draft.report.clone());
        ids.collect()
    };
    assert_eq!(ids(&once), ids(&twice));
}

#[test]
fn odd_mails_are_read_or_left_out() {
    let html = "Content-Type: text/html; charset=utf-8\n\n<html><head><style>.ticket4711 { content: 'ticket 1111' }</style><script>var t = 'ticket 2222 yesterday';</script></head><body><!-- ticket 3333 --><p>gestern um 15 Uhr, Vorgang 4711</p></body></html>\n";
    let read_one = |bytes: &[u8]| {
        let mut read = read("mbox", "in.mbox", bytes).unwrap();
        assert_eq!(read.drafts.len() + read.rejected.len(), 1);
        read.drafts.iter().for_each(sound);
        read.drafts.pop()
    };
    let draft = read_one(&mail(html)).unwrap();
    assert_eq!(
        (draft.quoted_ticket.as_str(), draft.called_at.as_str()),
        ("4711", "2026-11-25T14:00:00Z"),
        "{draft:?}"
    );
    let nested = (0..200).fold("\n".to_owned(), |inner, depth| {
        format!("Content-Type: multipart/mixed; boundary=b{depth}\n\n--b{depth}\n{inner}\n--b{depth}--\n")
    });
    read_one(&mail(&nested));
    let huge = format!(
        "\n{}yesterday, ticket 4711\n",
        "lorem ipsum 12:30 ".repeat(300_000)
    );
    let draft = read_one(&mail(&huge)).unwrap();
    assert_eq!(draft.words.chars().count(), 20_000);
    read_one(&mail(&format!(
        "Content-Type: text/html\n\n{}",
        "<div><p>a".repeat(200_000)
    )));
    for broken in [
        "Content-Type: text/plain; charset=utf-16\n\n\u{fffd}a",
        "Content-Type: text/plain; charset=nonsense\nContent-Transfer-Encoding: base64\n\n%%%%====",
        "Content-Transfer-Encoding: quoted-printable\n\n=FF=FE=G0 ticket 4711=",
        "Subject: =?utf-8?B?////?= =?x?y?z?=\n\nticket 4711",
        "Content-Type: multipart/mixed\n\n--\n",
        "",
    ] {
        read_one(&mail(broken));
    }
    let mut latin = mail("\nVorgang 4711, gr");
    latin.extend_from_slice(b"\xfc\xdfe \xff\xfe gestern");
    assert_eq!(read_one(&latin).unwrap().quoted_ticket, "4711");
}

/// A sample of each source, as files come.
fn samples() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let file = |name: &str| fs::read(testdata().join(name)).unwrap();
    vec![
        ("mbox", "in.mbox", file("words/in.mbox")),
        ("csv", "in.csv", file("words/in.csv")),
        ("zendesk", "in.json", file("words/zendesk.json")),
        ("rt", "in.jsonl", file("words/rt.jsonl")),
        ("zammad", "in.jsonl", file("words/zammad.jsonl")),
    ]
}

#[test]
fn each_source_of_words_has_a_sample() {
    let mut sampled: Vec<&str> = samples().iter().map(|sample| sample.0).collect();
    let mut known = reported_in();
    sampled.sort_unstable();
    known.sort_unstable();
    assert_eq!(
        sampled, known,
        "put one in testdata/words/, and in this list"
    );
    for (from, name, bytes) in samples() {
        let read = read(from, name, &bytes).unwrap();
        let draft = &read.drafts[0];
        assert_eq!(draft.quoted_ticket, "4711", "{from}: {draft:?}");
        assert_eq!(&draft.received_at[..10], "2026-11-21", "{from}: {draft:?}");
        assert!(
            !draft.customer.is_empty() || !draft.email.is_empty(),
            "{from}"
        );
    }
}

/// Samples, cut, doubled, bitten into, with sentences in them, and any bytes.
fn damaged() -> impl Strategy<Value = (&'static str, &'static str, Vec<u8>)> {
    let samples = samples();
    (
        0..samples.len(),
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        prop::collection::vec((any::<prop::sample::Index>(), 0..SAID.len()), 0..4),
        any::<prop::sample::Index>(),
        any::<bool>(),
        0_u8..10,
        prop::collection::vec(any::<u8>(), 0..200),
    )
        .prop_map(
            move |(sample, bites, sentences, cut, is_cut, kind, noise)| {
                let (from, name, bytes) = samples[sample].clone();
                let mut bytes = if kind == 0 { noise } else { bytes };
                for (at, sentence) in sentences {
                    let at = at.index(bytes.len() + 1);
                    let words = SAID[sentence].0.replace('\n', " ").into_bytes();
                    bytes.splice(at..at, words);
                }
                for (at, byte) in bites {
                    if !bytes.is_empty() {
                        let at = at.index(bytes.len());
                        bytes[at] = byte;
                    }
                }
                if is_cut {
                    bytes.truncate(cut.index(bytes.len() + 1));
                }
                (from, name, bytes)
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn drafts_of_any_file_are_sound_and_the_same_again((from, name, bytes) in damaged()) {
        match (read(from, name, &bytes), read(from, name, &bytes)) {
            (Ok(one), Ok(two)) => {
                one.drafts.iter().for_each(sound);
                prop_assert_eq!(one.drafts, two.drafts);
                prop_assert_eq!(one.rejected.len(), two.rejected.len());
            }
            (Err(_), Err(_)) => {}
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn drafts_of_any_words_are_sound(words in "(?s).{0,200}", start in 0..SAID.len(), end in 0..SAID.len()) {
        draft(&format!("x{}{words}{}", SAID[start].0, SAID[end].0));
    }
}
