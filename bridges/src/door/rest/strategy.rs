//! `/api/v1/trading/strategies/{strategy}/…`: what a person asks of one strategy. The same command as by the operator's line
//! and by Telegram; answered when the strategy itself has it, with how it stands then.

use super::command::{Key, Told, once};
use super::{Name, name};
use crate::door::auth::Known;
use crate::door::body::Body;
use crate::door::{Door, dto};
use crate::operator::words::{Ask, Steering};
use axum::extract::State;
use std::sync::Arc;

pub(crate) async fn start(door: State<Arc<Door>>, who: Known, key: Key, of: Name) -> Told {
    steer(&door, who, key, of, Steering::Start).await
}

pub(crate) async fn pause(door: State<Arc<Door>>, who: Known, key: Key, of: Name) -> Told {
    steer(&door, who, key, of, Steering::Pause).await
}

pub(crate) async fn stop(door: State<Arc<Door>>, who: Known, key: Key, of: Name) -> Told {
    steer(&door, who, key, of, Steering::Stop).await
}

pub(crate) async fn set(
    door: State<Arc<Door>>,
    who: Known,
    key: Key,
    of: Name,
    Body(to): Body<dto::NewParams>,
) -> Told {
    steer(&door, who, key, of, Steering::Set(to.params.into_iter().collect())).await
}

async fn steer(door: &Arc<Door>, who: Known, key: Key, of: Name, what: Steering) -> Told {
    once(door, who.0, key, Ask::Steer { strategy: name(of)?, what }).await
}
