#![no_main]

use countersign_ledger::hash::Hash;
use countersign_ledger::journal::Batch;

// A batch that is read is written the same; length and digest are made to fit, since chance
// never finds them.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = Batch::decode(bytes);
    let length = u32::try_from(bytes.len() + Hash::SIZE).expect("a short input");
    let mut whole = [b"CSJ1", &length.to_be_bytes()[..], bytes].concat();
    let digest = Hash::of_bytes(&whole);
    whole.extend_from_slice(&digest.0);
    if let Ok((batch, read)) = Batch::decode(&whole) {
        assert_eq!(read, digest);
        let again = batch.encode();
        assert_eq!((again.bytes(), again.digest()), (&whole[..], digest));
    }
});
