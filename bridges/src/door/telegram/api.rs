//! The way to Telegram: our words to its methods, its refusals to what becomes of a letter.
//!
//! Every text that comes from there is scrubbed of the token here, in one place: the address of each request contains
//! it.

use super::markup::Part;
use super::outbox::Fate;
use super::token::Token;
use engine_model::units::Nanos;
use std::time::Duration;
use teloxide::payloads::{
    AnswerCallbackQuerySetters as _, EditMessageMediaSetters as _, EditMessageTextSetters as _, GetUpdatesSetters as _,
    SendMessageSetters as _, SendPhotoSetters as _, SetWebhookSetters as _,
};
use teloxide::prelude::{Requester as _, ResponseResult};
use teloxide::types::{
    AllowedUpdate, BotCommand, CallbackQueryId, ChatId, InlineKeyboardButton, InlineKeyboardMarkup, InputFile,
    InputMedia, InputMediaPhoto, Message, MessageId, ParseMode, Update,
};
use teloxide::{ApiError, Bot, RequestError};

/// A question of Telegram's for news is answered within that, or with nothing.
const POLL_S: u32 = 10;
/// For any answer to come: more than a poll takes.
const ANSWER_WITHIN: Duration = Duration::from_secs(POLL_S as u64 + 7);
/// One at a time: updates come in their order.
const WEBHOOK_CONNECTIONS: u8 = 1;

/// A button below a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Button {
    pub(super) text: String,
    /// At most 64 bytes.
    pub(super) data: String,
}

/// What is sent in answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outgoing {
    /// The message that is changed; `None`: a new one.
    pub(super) over: Option<Over>,
    pub(super) part: Part,
    pub(super) buttons: Vec<Vec<Button>>,
    /// A PNG, to which the text is the caption.
    pub(super) picture: Option<Vec<u8>>,
}

/// A message of ours that is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Over {
    pub(super) message: i32,
    pub(super) is_picture: bool,
}

/// Why something was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) fate: Fate,
    /// Without the token.
    pub(super) text: String,
    /// Another program asks for the same bot's news.
    pub(super) is_taken: bool,
}

/// See the module.
#[derive(Clone)]
pub(super) struct Api {
    bot: Bot,
    token: Token,
}

impl Api {
    /// `url`: of another server than Telegram's own.
    pub(super) fn new(token: Token, url: Option<&str>) -> Result<Self, String> {
        let client = teloxide::net::default_reqwest_settings().timeout(ANSWER_WITHIN).build();
        let client = client.map_err(|error| token.scrub(&error.to_string()))?;
        let bot = Bot::with_client(token.reveal(), client);
        let bot = match url {
            Some(url) => {
                let url = url.trim_end_matches('/').parse().map_err(|_| format!("\"{url}\" is no address"))?;
                bot.set_api_url(url)
            }
            None => bot,
        };
        Ok(Self { bot, token })
    }

    /// Our own name, without its `@`.
    pub(super) async fn name(&self) -> Result<String, Trouble> {
        let me = self.told(self.bot.get_me().await)?;
        Ok(me.user.username.unwrap_or_default())
    }

    /// Waits for news.
    pub(super) async fn updates(&self, from: u32) -> Result<Vec<Update>, Trouble> {
        let offset = i32::try_from(from).unwrap_or(0);
        let asked = self.bot.get_updates().offset(offset).timeout(POLL_S).allowed_updates(kinds());
        self.told(asked.await)
    }

    /// News come by asking from now on.
    pub(super) async fn delete_webhook(&self) -> Result<(), Trouble> {
        self.told(self.bot.delete_webhook().await).map(|_| ())
    }

    /// News come to that address from now on, with that secret each.
    pub(super) async fn set_webhook(&self, url: &str, secret: &str) -> Result<(), Trouble> {
        let refused =
            |_| Trouble { fate: Fate::Refused, text: "the webhook's address is none".to_owned(), is_taken: false };
        let asked = self.bot.set_webhook(url.parse().map_err(refused)?).secret_token(secret);
        self.told(asked.max_connections(WEBHOOK_CONNECTIONS).allowed_updates(kinds()).await).map(|_| ())
    }

    /// What stands behind the `/` of a person's keyboard.
    pub(super) async fn set_commands(&self, chat: i64, list: Vec<BotCommand>) -> Result<(), Trouble> {
        use teloxide::payloads::SetMyCommandsSetters as _;
        use teloxide::types::{BotCommandScope, Recipient};
        let scope = BotCommandScope::Chat { chat_id: Recipient::Id(ChatId(chat)) };
        self.told(self.bot.set_my_commands(list).scope(scope).await).map(|_| ())
    }

    /// The button stops turning, with a word.
    pub(super) async fn answer_tap(&self, query: &str, text: &str) -> Result<(), Trouble> {
        let answer = self.bot.answer_callback_query(CallbackQueryId(query.to_owned()));
        self.told(answer.text(text.chars().take(190).collect::<String>()).await).map(|_| ())
    }

    /// Sends, or changes what was sent. What Telegram cannot read as HTML goes as it is. The message's number.
    pub(super) async fn send(&self, chat: i64, what: &Outgoing, is_silent: bool) -> Result<Option<i32>, Trouble> {
        match self.try_send(chat, what, is_silent, true).await {
            Err(RequestError::Api(ApiError::CantParseEntities(_))) => {
                tracing::warn!(chat, "telegram cannot read a text of ours; it goes without its tags");
                self.told(self.try_send(chat, what, is_silent, false).await)
            }
            // Refreshed, and nothing is new.
            Err(RequestError::Api(ApiError::MessageNotModified)) => Ok(None),
            sent => self.told(sent),
        }
        .map(|message| message.map(|message| message.id.0))
    }

    async fn try_send(
        &self,
        chat: i64,
        what: &Outgoing,
        is_silent: bool,
        is_html: bool,
    ) -> ResponseResult<Option<Message>> {
        let chat = ChatId(chat);
        let text = if is_html { &what.part.html } else { &what.part.plain };
        let keyboard = keyboard(&what.buttons);
        let picture = what.picture.clone().map(|bytes| InputFile::memory(bytes).file_name("chart.png"));
        let message = match (what.over, picture) {
            (None, None) => {
                let mut send = self.bot.send_message(chat, text).disable_notification(is_silent);
                send.parse_mode = is_html.then_some(ParseMode::Html);
                if what.buttons.is_empty() { send.await } else { send.reply_markup(keyboard).await }
            }
            (None, Some(picture)) => {
                let mut send = self.bot.send_photo(chat, picture).caption(text).disable_notification(is_silent);
                send.parse_mode = is_html.then_some(ParseMode::Html);
                if what.buttons.is_empty() { send.await } else { send.reply_markup(keyboard).await }
            }
            (Some(Over { message, .. }), Some(picture)) => {
                let mut photo = InputMediaPhoto::new(picture).caption(text);
                photo.parse_mode = is_html.then_some(ParseMode::Html);
                let edit = self.bot.edit_message_media(chat, MessageId(message), InputMedia::Photo(photo));
                edit.reply_markup(keyboard).await
            }
            (Some(Over { message, is_picture: true }), None) => {
                use teloxide::payloads::EditMessageCaptionSetters as _;
                let mut edit = self.bot.edit_message_caption(chat, MessageId(message)).caption(text);
                edit.parse_mode = is_html.then_some(ParseMode::Html);
                edit.reply_markup(keyboard).await
            }
            (Some(Over { message, is_picture: false }), None) => {
                let mut edit = self.bot.edit_message_text(chat, MessageId(message), text);
                edit.parse_mode = is_html.then_some(ParseMode::Html);
                edit.reply_markup(keyboard).await
            }
        };
        message.map(Some)
    }

    fn told<T>(&self, answer: ResponseResult<T>) -> Result<T, Trouble> {
        answer.map_err(|error| Trouble {
            fate: fate(&error),
            text: self.token.scrub(&error.to_string()),
            is_taken: matches!(error, RequestError::Api(ApiError::TerminatedByOtherGetUpdates)),
        })
    }
}

fn kinds() -> [AllowedUpdate; 2] {
    [AllowedUpdate::Message, AllowedUpdate::CallbackQuery]
}

fn keyboard(buttons: &[Vec<Button>]) -> InlineKeyboardMarkup {
    let button = |button: &Button| InlineKeyboardButton::callback(button.text.clone(), button.data.clone());
    InlineKeyboardMarkup::new(buttons.iter().map(|row| row.iter().map(button).collect::<Vec<_>>()))
}

/// What becomes of what was refused so.
fn fate(error: &RequestError) -> Fate {
    match error {
        RequestError::RetryAfter(seconds) => Fate::TooFast(u64::from(seconds.seconds()) * Nanos::SECOND),
        // No JSON: a page of a proxy, or of Telegram in trouble.
        RequestError::Network(_) | RequestError::Io(_) | RequestError::InvalidJson { .. } => Fate::Failed,
        RequestError::MigrateToChatId(_) => Fate::Gone,
        RequestError::Api(error) => match error {
            ApiError::BotBlocked | ApiError::ChatNotFound | ApiError::UserDeactivated => Fate::Gone,
            ApiError::Unknown(text) if is_server_trouble(text) => Fate::Failed,
            _ => Fate::Refused,
        },
    }
}

/// Telegram says so in JSON, too.
fn is_server_trouble(text: &str) -> bool {
    ["Internal Server Error", "Bad Gateway", "Gateway Timeout", "Service Unavailable"].iter().any(|t| text.contains(t))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use teloxide::types::Seconds;

    #[test]
    fn each_refusal_says_what_becomes_of_the_letter() {
        let no_json = || serde_json::from_str::<u8>("<html>").expect_err("no JSON");
        for (error, expected) in [
            (RequestError::RetryAfter(Seconds::from_seconds(3)), Fate::TooFast(3 * Nanos::SECOND)),
            (RequestError::InvalidJson { source: Arc::new(no_json()), raw: "<html>".into() }, Fate::Failed),
            (RequestError::Api(ApiError::BotBlocked), Fate::Gone),
            (RequestError::Api(ApiError::ChatNotFound), Fate::Gone),
            (RequestError::Api(ApiError::MessageIsTooLong), Fate::Refused),
            (RequestError::Api(ApiError::Unknown("Internal Server Error: restart".into())), Fate::Failed),
            (RequestError::Api(ApiError::Unknown("Bad Request: what".into())), Fate::Refused),
        ] {
            assert_eq!(fate(&error), expected, "{error}");
        }
    }
}
