#![no_main]

use countersign_ledger::bundle::entries::{
    read_entries, read_withheld, root, write_entries, write_withheld,
};

// Entries and withheld rows that are read are written the same, and no numbers stop their root.
libfuzzer_sys::fuzz_target!(|input: (&str, &str, u64)| {
    let (entries, withheld, size) = input;
    let entries = read_entries(&format!("countersign/entries/1\n{entries}"));
    let withheld = read_withheld(&format!("first,count,hash\n{withheld}"));
    if let Ok(entries) = &entries {
        let text = write_entries(entries).expect("lines that were read");
        assert_eq!(read_entries(&text).as_ref(), Ok(entries));
    }
    if let Ok(withheld) = &withheld {
        assert_eq!(
            read_withheld(&write_withheld(withheld)).as_ref(),
            Ok(withheld)
        );
    }
    if let (Ok(entries), Ok(withheld)) = (entries, withheld) {
        let _ = root(&entries, &withheld, size);
    }
});
