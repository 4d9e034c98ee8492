//! `/api/v1/alerts`: one's own; while there are no users, those of whoever sits at this machine. `/api/v1/alerts/all`:
//! everybody's, an admin's.

use super::command::{Key, Made, Told, answered, made_once, request, to_its_end, written};
use crate::desk::Desk;
use crate::desk::alerts::AlertError;
use crate::desk::flow::Timeframe;
use crate::desk::measure::{Measure, Subject};
use crate::desk::people::Asker;
use crate::desk::sight::Sight;
use crate::door::auth::{Known, people};
use crate::door::body::Body;
use crate::door::error::ApiError;
use crate::door::query::Query;
use crate::door::shape::HITS;
use crate::door::{Door, dto};
use crate::ops::alert::{COOLDOWN_S, Condition, Full, OWN_MAX, RULES_MAX};
use crate::role::{Caller, Route};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use engine_model::units::Nanos;
use std::sync::Arc;

/// In seconds, where nothing is said.
const COOLDOWN_DEFAULT_S: u64 = 900;
/// The longest time that an alert can be told to say nothing: a year.
const SNOOZE_S_MAX: u64 = 365 * 86_400;

type Id = Result<Path<u64>, PathRejection>;

pub(crate) async fn list(
    State(door): State<Arc<Door>>,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::AlertRules>, ApiError> {
    Query::of(Route::Alerts, raw.as_deref())?;
    let (rules, now) = (door.desk.alerts.own(caller.user), door.desk.now());
    Ok(Json(dto::AlertRules { alerts: rules.iter().map(|rule| dto::AlertRule::new(rule, now)).collect() }))
}

pub(crate) async fn hits(
    State(door): State<Arc<Door>>,
    Extension(caller): Extension<Caller>,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::AlertHits>, ApiError> {
    let limit = Query::of(Route::AlertHits, raw.as_deref())?.count(&HITS)?;
    Ok(Json(dto::AlertHits::new(&door.desk.alerts.hits(caller.user, limit).0)))
}

pub(crate) async fn add(
    State(door): State<Arc<Door>>,
    Extension(caller): Extension<Caller>,
    asker: Option<Extension<Asker>>,
    Key(key): Key,
    Body(asked): Body<dto::NewAlert>,
) -> Told {
    // A rule is looked at with its owner's eyes, and tells whoever hears it.
    if door.desk.sees_less(caller) {
        return Err(ApiError::sees_less());
    }
    let Some(key) = key else {
        let made = async move |door: Arc<Door>| added(&door, caller, &asked).await;
        return Ok(answered(StatusCode::CREATED, to_its_end(&door, made).await?));
    };
    // Answers are kept for a user: without any nobody could be told again.
    people(&door)?;
    let Some(Extension(who)) = asker else { return Err(bad("who asks under an idempotency key is not known")) };
    to_its_end(&door, move |door| async move {
        let make = async {
            let said = added(&door, caller, &asked).await?;
            Ok(Made { again: (StatusCode::CREATED, said.clone()), said })
        };
        made_once(people(&door)?, &who, &key, &request("alert add", &asked), make).await
    })
    .await
}

async fn added(door: &Door, caller: Caller, asked: &dto::NewAlert) -> Result<String, ApiError> {
    let when = condition(&door.desk, &door.desk.sight(caller), asked)?;
    let webhook = asked.webhook.as_deref().map(|url| webhook(door, url)).transpose()?;
    let rule = door.desk.add_alert(caller.user, when, webhook).await.map_err(|error| match error {
        AlertError::Unkept => unkept("nothing is made: the disk does not take it"),
        other => other.into(),
    })?;
    written(&dto::AlertRule::new(&rule, door.desk.now()))
}

/// Everybody's: an admin's to see.
pub(crate) async fn all(
    State(door): State<Arc<Door>>,
    RawQuery(raw): RawQuery,
) -> Result<Json<dto::AllAlerts>, ApiError> {
    Query::of(Route::AllAlerts, raw.as_deref())?;
    Ok(Json(dto::AllAlerts::new(&door.desk.all_alerts(), door.desk.now())))
}

pub(crate) async fn remove_any(
    State(door): State<Arc<Door>>,
    Known(who): Known,
    id: Id,
) -> Result<StatusCode, ApiError> {
    let id = number(id)?;
    let gone = async move |door: Arc<Door>| Ok(door.desk.remove_any_alert(id, &who.by()).await?);
    if to_its_end(&door, gone).await? { Ok(StatusCode::NO_CONTENT) } else { Err(no_such(id, "there is no such alert")) }
}

pub(crate) async fn remove(
    State(door): State<Arc<Door>>,
    Extension(caller): Extension<Caller>,
    id: Id,
) -> Result<StatusCode, ApiError> {
    let id = number(id)?;
    let gone = async move |door: Arc<Door>| Ok(door.desk.remove_alert(caller.user, id).await?);
    if to_its_end(&door, gone).await? { Ok(StatusCode::NO_CONTENT) } else { Err(no_such(id, NOT_OWN)) }
}

pub(crate) async fn snooze(
    State(door): State<Arc<Door>>,
    Extension(caller): Extension<Caller>,
    id: Id,
    Body(asked): Body<dto::Snooze>,
) -> Result<Json<dto::AlertRule>, ApiError> {
    let id = number(id)?;
    if asked.seconds > SNOOZE_S_MAX {
        let error = bad("that is too long").found(&asked.seconds.to_string());
        return Err(error.expected([format!("at most {SNOOZE_S_MAX} seconds")]));
    }
    let now = door.desk.now();
    let until = now.plus(asked.seconds * Nanos::SECOND);
    let snoozed = async move |door: Arc<Door>| Ok(door.desk.snooze_alert(caller.user, id, until).await?);
    let rule = to_its_end(&door, snoozed).await?;
    rule.map(|rule| Json(dto::AlertRule::new(&rule, now))).ok_or_else(|| no_such(id, NOT_OWN))
}

fn number(id: Id) -> Result<u64, ApiError> {
    id.map(|Path(id)| id).map_err(|_| ApiError::new(StatusCode::BAD_REQUEST, "bad_path", "not the number of an alert"))
}

const NOT_OWN: &str = "you have no alert of that number";

fn no_such(id: u64, message: &'static str) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "no_such_alert", message).found(&id.to_string())
}

fn unkept(message: &'static str) -> ApiError {
    let error = ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "alerts_not_kept", message);
    error.expected(["room in the folder of bridge.alerts, and leave to write there: the log says what is wrong"])
}

impl From<AlertError> for ApiError {
    fn from(error: AlertError) -> Self {
        match error {
            AlertError::Full(full) => {
                let (message, most) = match full {
                    Full::Own => ("you have as many alerts as one may have", OWN_MAX),
                    Full::All => ("there are as many alerts as there may be: an admin makes room", RULES_MAX),
                };
                Self::new(StatusCode::CONFLICT, "too_many_alerts", message).expected([format!("at most {most}")])
            }
            AlertError::Unkept => unkept("it is so in this run, and the disk does not take it: it is asked again"),
            AlertError::People(error) => error.into(),
        }
    }
}

fn bad(message: &'static str) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "bad_alert", message)
}

/// As it is kept: read once, so that what was looked at is what is spoken to.
fn webhook(door: &Door, url: &str) -> Result<String, ApiError> {
    let Some(settings) = &door.webhooks else {
        return Err(bad("this house sends no webhooks")
            .found(url)
            .expected(["bridge.webhook_key_variable in its file"]));
    };
    settings.check(url).map(String::from).map_err(|why| bad("not a URL that is sent to").found(url).expected([why]))
}

fn condition(desk: &Desk, sight: &Sight, asked: &dto::NewAlert) -> Result<Condition, ApiError> {
    let measure = Measure::from_name(&asked.measure)
        .ok_or_else(|| bad("no such measure").found(&asked.measure).expected(Measure::ALL.map(Measure::name)))?;
    let text = asked.of.as_deref().unwrap_or_default();
    if measure.subject() == Subject::Nothing && !text.is_empty() {
        return Err(bad("this measure is of nothing").found(text));
    }
    let of = desk
        .subject(sight, measure.subject(), text)
        .map_err(|names| bad("the measure is not of that").found(text).expected(names.into_iter().take(50)))?;
    let window = asked.window.as_deref().unwrap_or(Timeframe::M15.name());
    let window = Timeframe::from_name(window)
        .ok_or_else(|| bad("no such window").found(window).expected(Timeframe::ALL.map(Timeframe::name)))?;
    let bounds = [asked.above, asked.below];
    if bounds.iter().flatten().count() == 0 {
        return Err(bad("it must be above or below something").expected(["above", "below"]));
    }
    if asked.above.zip(asked.below).is_some_and(|(above, below)| above <= below) {
        return Err(bad("every number would be above or below").expected(["above greater than below"]));
    }
    let cooldown_s = asked.cooldown_s.unwrap_or(COOLDOWN_DEFAULT_S);
    let (least, most) = COOLDOWN_S;
    if !(least..=most).contains(&cooldown_s) {
        let error = bad("the cooldown is out of range").found(&cooldown_s.to_string());
        return Err(error.expected([format!("{least} to {most} seconds")]));
    }
    let (above, below, cooldown_ns) = (asked.above, asked.below, cooldown_s * Nanos::SECOND);
    Ok(Condition { measure, of, window, above, below, cooldown_ns })
}
