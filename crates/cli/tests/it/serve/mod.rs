//! The server as its users meet it: the built program on a made-up desk, asked over HTTP and in a
//! real browser. Mail goes to a stand-in for a mail server, which keeps what it is sent.

mod api;
mod asked;
mod crashes;
mod journey;
mod mail_stand_in;
mod office;
mod routes;
mod served;
mod views;
