//! Under which key each choice has its words.

use countersign_core::respond::statement::{Given, Knew, Pretext};

pub(super) fn channel_key(word: &str) -> &'static str {
    match word {
        "phone" => "how-phone",
        "robocall" => "how-robocall",
        "email" => "how-email",
        "sms" => "how-sms",
        "portal" => "how-portal",
        _ => "how-forum",
    }
}

pub(super) fn knew_key(knew: Knew) -> &'static str {
    match knew {
        Knew::Name => "knew-name",
        Knew::Product => "knew-product",
        Knew::Email => "knew-email",
        Knew::Phone => "knew-phone",
        Knew::Case => "knew-case",
    }
}

pub(super) fn pretext_key(pretext: Pretext) -> &'static str {
    match pretext {
        Pretext::InfectedServers => "pretext-infected-servers",
        Pretext::AutoRenewal => "pretext-auto-renewal",
        Pretext::Refund => "pretext-refund",
        Pretext::FakePortal => "pretext-fake-portal",
        Pretext::RemoteHelp => "pretext-remote-help",
        Pretext::Other => "pretext-other",
    }
}

pub(super) fn given_key(given: Given) -> &'static str {
    match given {
        Given::Money => "given-money",
        Given::Codes => "given-codes",
        Given::RemoteAccess => "given-remote-access",
    }
}
