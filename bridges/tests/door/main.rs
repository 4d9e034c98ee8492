//! The door from outside: a real server on a free port, fed through real rings by a test that plays the engine.

#![allow(clippy::expect_used, reason = "a test that cannot go on ends here and says why")]

mod alerts;
mod bounds;
mod browser;
mod client;
mod commands;
mod crowd;
mod derivatives;
mod flow;
mod jobs;
mod leaks;
mod load;
mod metrics;
mod openapi;
mod operator;
mod orders;
mod people;
mod rig;
mod roles;
mod routes;
mod schema;
mod sight;
mod steering;
mod streams;
mod telegram;
mod tls;
mod told;
mod webhook;
