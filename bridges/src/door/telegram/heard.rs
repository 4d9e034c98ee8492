//! What Telegram tells, as far as it concerns us: what somebody wrote or tapped, in a chat of two.
//!
//! Never: groups, channels, forwarded or edited words, other bots, words in another's name. They are told to nobody.

use engine_model::units::Nanos;
use teloxide::types::{MaybeInaccessibleMessage, Message, Update, UpdateKind};

/// A text longer than that is no command.
const TEXT_CHARS_MAX: usize = 1_000;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) update: u32,
    /// Whose words they are; their chat has the same number.
    pub(super) user: u64,
    pub(super) what: What,
}

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Said {
        text: String,
        /// By Telegram's clock.
        at: Nanos,
    },
    Tapped {
        /// To be answered, or the button keeps turning.
        query: String,
        message: i32,
        is_picture: bool,
        data: String,
    },
}

impl Heard {
    /// The chat of that person and us.
    pub(super) fn chat(&self) -> i64 {
        i64::try_from(self.user).unwrap_or(0)
    }

    pub(super) fn new(update: &Update) -> Option<Self> {
        let (user, what) = match &update.kind {
            UpdateKind::Message(message) => said(message)?,
            UpdateKind::CallbackQuery(tap) => {
                let MaybeInaccessibleMessage::Regular(message) = tap.message.as_ref()? else { return None };
                is_of_two(message, tap.from.id.0)?;
                let (query, data) = (tap.id.0.clone(), tap.data.clone()?);
                let is_picture = message.photo().is_some();
                (tap.from.id.0, What::Tapped { query, message: message.id.0, is_picture, data })
            }
            _ => return None,
        };
        Some(Self { update: update.id.0, user, what })
    }
}

fn said(message: &Message) -> Option<(u64, What)> {
    let from = message.from.as_ref().filter(|from| !from.is_bot)?;
    is_of_two(message, from.id.0)?;
    let is_anothers = message.forward_origin().is_some()
        || message.sender_chat.is_some()
        || message.via_bot.is_some()
        || message.edit_date().is_some();
    let text = message.text().filter(|text| !is_anothers && text.chars().count() <= TEXT_CHARS_MAX)?;
    let at = Nanos(u64::try_from(message.date.timestamp()).ok()?.saturating_mul(Nanos::SECOND));
    Some((from.id.0, What::Said { text: text.to_owned(), at }))
}

/// A private chat, and of that person.
fn is_of_two(message: &Message, user: u64) -> Option<()> {
    (message.chat.is_private() && u64::try_from(message.chat.id.0) == Ok(user)).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn message() -> Value {
        json!({
            "message_id": 5, "date": 1_772_366_400, "text": "/oi BTC",
            "from": {"id": 7, "is_bot": false, "first_name": "Ann"},
            "chat": {"id": 7, "type": "private", "first_name": "Ann"},
        })
    }

    fn heard(kind: &str, value: Value) -> Option<Heard> {
        // From text, as it comes: a value in memory is read otherwise by the library.
        let text = json!({"update_id": 9, kind: value}).to_string();
        let update: Update = serde_json::from_str(&text).expect("an update");
        Heard::new(&update)
    }

    fn with(changes: Value) -> Value {
        let mut message = message();
        let (Some(all), Value::Object(changes)) = (message.as_object_mut(), changes) else { panic!("an object") };
        all.extend(changes);
        message
    }

    #[test]
    fn a_word_in_a_chat_of_two_is_heard() {
        let what = What::Said { text: "/oi BTC".to_owned(), at: Nanos(1_772_366_400 * Nanos::SECOND) };
        assert_eq!(heard("message", message()), Some(Heard { update: 9, user: 7, what }));
        let tap = json!({"id": "q", "from": {"id": 7, "is_bot": false, "first_name": "Ann"}, "chat_instance": "1",
            "message": message(), "data": "1:r:0:/oi"});
        let what = What::Tapped { query: "q".into(), message: 5, is_picture: false, data: "1:r:0:/oi".into() };
        assert_eq!(heard("callback_query", tap), Some(Heard { update: 9, user: 7, what }));
    }

    #[test]
    fn nothing_else_is() {
        let group = json!({"id": -7, "type": "group", "title": "all"});
        let ann = json!({"id": 8, "is_bot": false, "first_name": "Eve"});
        let origin = json!({"type": "user", "date": 1_772_366_000, "sender_user": ann});
        for changes in [
            json!({"chat": group}),
            json!({"chat": {"id": -1_007, "type": "supergroup", "title": "all"}}),
            json!({"from": {"id": 8, "is_bot": false, "first_name": "Eve"}}),
            json!({"from": {"id": 7, "is_bot": true, "first_name": "Ann"}}),
            json!({"forward_origin": origin}),
            json!({"edit_date": 1_772_366_500}),
            json!({"text": "x".repeat(1_001)}),
        ] {
            assert_eq!(heard("message", with(changes.clone())), None, "{changes}");
        }
        assert_eq!(heard("edited_message", message()), None);
        let post =
            json!({"message_id": 5, "date": 1, "text": "/oi", "chat": {"id": -1007, "type": "channel", "title": "x"}});
        assert_eq!(heard("channel_post", post), None);
        let tap = json!({"id": "q", "from": {"id": 8, "is_bot": false, "first_name": "Eve"}, "chat_instance": "1",
            "message": message(), "data": "1:e"});
        assert_eq!(heard("callback_query", tap), None, "another's button");
        assert_eq!(heard("no_such_kind", json!({})), None);
    }
}
