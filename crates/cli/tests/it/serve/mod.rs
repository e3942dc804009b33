//! The server as its users meet it: the built program on a made-up desk, asked over HTTP and in a
//! real browser. Mail goes to a stand-in for a mail server, which keeps what it is sent.

mod agent;
mod api;
mod asked;
mod attacks;
mod company;
mod crashes;
mod demo;
mod evidence;
mod framing;
mod journey;
mod keeps;
mod load;
mod mail;
mod mail_stand_in;
mod office;
mod postfix;
mod provider;
mod provider_stand_in;
mod quorum;
mod routes;
mod served;
mod tables;
mod team;
mod views;
