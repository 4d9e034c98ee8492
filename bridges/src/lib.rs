//! The slow side: people, programs and disks.
//!
//! Owns: the hub (`hub`), which alone touches the engine: a pump that folds lossy taps and snapshots into an image, and
//! the one task that writes commands; the desk (`desk`), which answers questions from the image; the door (`door`), which
//! speaks HTTP, WebSocket and Telegram; the operator's line (`operator`), over which the engine's own user halts and
//! resumes; the
//! standby line (`standby`), over which a journal goes to another host; the store (`store`), which keeps users and the
//! audit; the office (`office`), where a person at the machine
//! changes them; `ops`, which runs alerts, jobs and webhooks; `picture`, which draws. A door asks the desk, the desk reads
//! the image and the store, nobody skips a room.
//!
//! Never: a gating read of an engine ring, a lock or memory shared with a hot thread except single-writer numbers,
//! an order that risk does not judge. Stopped, stuck or dead, the bridge changes nothing in the engine: what it reads may be
//! lapped, and it counts what it missed.
//!
//! Enter at [`Bound::bind`] and [`Bound::start`].

mod bridge;
mod desk;
mod door;
mod error;
mod hub;
pub mod office;
pub mod operator;
mod ops;
pub mod picture;
pub mod role;
pub mod standby;
pub mod store;
pub mod time;

pub use bridge::{Bound, BridgeHandle, BridgeParts, Locks};
pub use desk::engine::{Counters, GatewaySource, GatewayTold, Gauges, OrderCounters, Run, RunStrategy, VenueCounters};
pub use desk::jobs::work::fault as job_fault;
pub use desk::jobs::{JobsError, JobsSettings};
pub use desk::people::{By, KeyWish, PasswordCost, PeopleConfig, PeopleError, UserChange};
pub use door::bounds::Bounds;
pub use door::dto;
pub use door::telegram::{Person, Secret, TelegramSettings, Token, TokenError, TokenPlace, Webhook};
pub use door::tls::TlsFiles;
pub use error::BridgeError;
pub use hub::command::CommandSender;
pub use hub::polled::{
    CandleSource, Crowd, Polled, PolledAnswer, PolledQuestion, PolledSource, PolledValue, ToldCandle,
};
pub use hub::pump::{Snapshots, Taps};
pub use hub::venues::{InstrumentHealth, StreamsHealth, VenueHealth, VenueSource, VenueState};
pub use ops::jobs::schedule::fault as schedule_fault;
pub use ops::log::Kept as KeptLog;
pub use ops::webhook::WebhookSettings;
pub use store::operational::{Place as DatabasePlace, StoreError};
