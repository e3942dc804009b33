//! Records as older and newer versions of each product write them.

use countersign_import::ImportError;

use crate::damage::nothing_is_lost;
use crate::parts::{Parts, alone, fields, lenient, logs, read_files};
use crate::samples::{SAMPLES, Sample, Told};

#[test]
fn records_of_another_version_tell_the_same_or_are_counted() {
    for sample in &SAMPLES {
        let parts = Parts::of(sample);
        let golden = sample.golden();
        let read = |bytes: &[u8]| read_files(sample, &[bytes], &lenient(sample));
        match sample.file.rsplit_once('.').unwrap().1 {
            "csv" if sample.source == "pgaudit" => {
                // The columns have an order and no names; newer servers have more at the end.
                let fewer: Vec<String> = parts
                    .records
                    .iter()
                    .map(|row| fields(row)[..23].join(","))
                    .collect();
                assert_eq!(read(&parts.file(&fewer)).unwrap().1, golden);
                let more: Vec<String> =
                    parts.records.iter().map(|row| format!("{row},,")).collect();
                assert_eq!(read(&parts.file(&more)).unwrap().1, golden);
                // A server that was upgraded goes on in a file of its own; else the rows are counted.
                let mixed: Vec<&String> = parts.records.iter().chain(&more).collect();
                let (imported, told) = read(&parts.file(&mixed)).unwrap();
                assert_eq!(
                    (told, logs(&imported)[0].rejected),
                    (golden, more.len() as u64)
                );
            }
            "csv" => columns(sample, &parts, &golden),
            "json" | "jsonl" => keys(sample, &parts, &golden),
            "xes" => {
                let older: Vec<String> = parts
                    .records
                    .iter()
                    .map(|trace| {
                        trace.replace(
                            "<event>",
                            "<event><id key=\"concept:instance\" value=\"1\"/><newer/>",
                        )
                    })
                    .collect();
                assert_eq!(read(&parts.file(&older)).unwrap().1, golden);
            }
            _ => {
                // The common format ends before the browser's name; others add fields behind.
                for more in [" 0.003 \"-\"", " rt=1 \"203.0.113.9\" \"x\""] {
                    let longer: Vec<String> = parts
                        .records
                        .iter()
                        .map(|line| format!("{line}{more}"))
                        .collect();
                    assert_eq!(read(&parts.file(&longer)).unwrap().1, golden);
                }
                let common: Vec<String> = parts
                    .records
                    .iter()
                    .map(|line| line.rsplitn(3, " \"").nth(2).unwrap().to_owned())
                    .map(|line| line.split(" \"https://").next().unwrap().to_owned())
                    .collect();
                let mixed: Vec<&String> =
                    parts.records.iter().take(3).chain(&common[3..]).collect();
                assert_eq!(read(&parts.file(&mixed)).unwrap().1, golden);
            }
        }
    }
}

/// Columns in another order, more of them, and each one missing.
fn columns(sample: &Sample, parts: &Parts, golden: &[Told]) {
    let header = parts.begin.trim_end().to_owned();
    let table = |make: &dyn Fn(Vec<&str>) -> Vec<String>| {
        let mut rows = vec![make(fields(&header)).join(",")];
        rows.extend(parts.records.iter().map(|row| make(fields(row)).join(",")));
        rows
    };
    let text = |rows: &[String]| format!("{}\n", rows.join("\n")).into_bytes();
    let read = |rows: &[String]| read_files(sample, &[&text(rows)], &lenient(sample));
    let own =
        |fields: Vec<&str>| -> Vec<String> { fields.into_iter().map(str::to_owned).collect() };
    let turned = table(&|fields| own(fields.into_iter().rev().collect()));
    assert_eq!(read(&turned).unwrap().1, golden, "{}", sample.file);
    let more = table(&|fields| own([vec!["newer"], fields, vec!["later"]].concat()));
    assert_eq!(read(&more).unwrap().1, golden, "{}", sample.file);
    for left_out in 0..fields(&header).len() {
        let fewer = table(&|mut fields| {
            fields.remove(left_out);
            own(fields)
        });
        let what = format!("{} without {}", sample.file, fields(&header)[left_out]);
        match read(&fewer) {
            Ok((imported, told)) => nothing_is_lost(logs(&imported)[0], &told, &what),
            Err(error) => assert!(!error.help().is_empty(), "{what}: {error}"),
        }
    }
    // Two exports in one file: the same columns once more, and the same in another order.
    let plain = table(&own);
    let (imported, told) = read(&[plain.clone(), plain.clone()].concat()).unwrap();
    assert_eq!(told, [golden, golden].concat(), "{}", sample.file);
    assert_eq!(
        logs(&imported)[0].records,
        2 * sample.records + 1,
        "{}",
        sample.file
    );
    let error = read(&[plain, turned].concat()).unwrap_err();
    assert!(
        matches!(error, ImportError::SecondHeader { .. }),
        "{}: {error}",
        sample.file
    );
}

type Field = (String, serde_json::Value);

/// Fields in another order, more of them, and each one missing in one record.
fn keys(sample: &Sample, parts: &Parts, golden: &[Told]) {
    let read = |records: &[String]| read_files(sample, &[&parts.file(records)], &lenient(sample));
    let broken = |record: &String| serde_json::from_str::<serde_json::Value>(record).is_err();
    let each = |make: &dyn Fn(Vec<Field>) -> Vec<Field>| {
        let records = parts.records.iter().map(|record| {
            if broken(record) {
                return record.clone();
            }
            let fields: serde_json::Map<_, _> = serde_json::from_str(record).unwrap();
            let fields = make(fields.into_iter().collect()).into_iter();
            let fields =
                fields.map(|(name, value)| format!("{}:{value}", serde_json::Value::from(name)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        });
        records.collect::<Vec<String>>()
    };
    let turned = each(&|fields| fields.into_iter().rev().collect());
    assert_eq!(read(&turned).unwrap().1, golden, "{}", sample.file);
    let more = each(&|fields| {
        let newer = serde_json::json!({"access_logs": [{"time": 1}], "null": null});
        [
            vec![("newer".to_owned(), newer)],
            fields,
            vec![("later".to_owned(), "}{".into())],
        ]
        .concat()
    });
    assert_eq!(read(&more).unwrap().1, golden, "{}", sample.file);
    let alone = alone(sample, parts);
    for (number, record) in parts
        .records
        .iter()
        .enumerate()
        .filter(|(_, record)| !broken(record))
    {
        let fields: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(record).unwrap();
        for left_out in fields.keys() {
            for other in [
                None,
                Some(serde_json::Value::Null),
                Some(serde_json::json!([1])),
            ] {
                let what = format!("{} {number}: {left_out} is {other:?}", sample.file);
                let mut fields = fields.clone();
                match other {
                    Some(other) => fields[left_out] = other,
                    None => {
                        fields.remove(left_out);
                    }
                }
                let mut records = parts.records.clone();
                records[number] = serde_json::Value::Object(fields).to_string();
                match read(&records) {
                    Ok((imported, told)) => {
                        nothing_is_lost(logs(&imported)[0], &told, &what);
                        assert_eq!(logs(&imported)[0].records, sample.records, "{what}");
                        // Whatever becomes of this one, the others tell what they do alone.
                        assert!(told.starts_with(&alone[..number].concat()), "{what}");
                        assert!(told.ends_with(&alone[number + 1..].concat()), "{what}");
                    }
                    Err(error) => assert!(number == 0, "{what}: {error}"),
                }
            }
        }
    }
}
