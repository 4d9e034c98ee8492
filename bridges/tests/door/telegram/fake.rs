//! A Bot API on a loopback port: it takes what the bot says, hands out what people say, and fails as it is told.

use crate::client::PATIENCE;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// What a bot of the tests is called.
pub(crate) const BOT: &str = "RingsideBot";

/// Something that the bot asked for.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// In small letters.
    pub(crate) method: String,
    /// JSON, or the text parts of a form.
    pub(crate) body: Value,
    /// Bytes of a file that came along.
    pub(crate) file: usize,
}

impl Call {
    /// The text, or the caption, without tags.
    pub(crate) fn text(&self) -> String {
        let media = self.body["media"].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
        let of_media = media.as_ref().and_then(|media| media["caption"].as_str());
        let text = self.body["text"].as_str().or(self.body["caption"].as_str()).or(of_media).unwrap_or_default();
        let mut plain = String::new();
        let mut is_tag = false;
        for letter in text.chars() {
            match letter {
                '<' => is_tag = true,
                '>' if is_tag => is_tag = false,
                letter if !is_tag => plain.push(letter),
                _ => {}
            }
        }
        plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    }

    /// A picture that goes before its answer, which says more than a caption may.
    pub(crate) fn is_beside(&self) -> bool {
        self.file > 0 && self.body.get("reply_markup").is_none()
    }

    /// Told without being asked.
    pub(crate) fn is_notice(&self) -> bool {
        let text = self.text();
        let first = text.lines().next().unwrap_or_default();
        first.ends_with(" notices") || ["✅", "⚠️", "📈"].iter().any(|sign| first.starts_with(sign))
    }

    pub(crate) fn is_to(&self, user: u64) -> bool {
        let chat = &self.body["chat_id"];
        *chat == json!(user) || *chat == json!(user.to_string())
    }

    /// What the button of that text says when it is tapped.
    pub(crate) fn button(&self, text: &str) -> Option<String> {
        let markup = match &self.body["reply_markup"] {
            Value::String(text) => serde_json::from_str(text).ok()?,
            other => other.clone(),
        };
        let rows = markup["inline_keyboard"].as_array()?.iter().filter_map(Value::as_array);
        let button = rows.flatten().find(|button| button["text"].as_str().is_some_and(|own| own.contains(text)))?;
        button["callback_data"].as_str().map(str::to_owned)
    }

    /// The message that it changes.
    pub(crate) fn over(&self) -> Option<i64> {
        let id = &self.body["message_id"];
        id.as_i64().or_else(|| id.as_str()?.parse().ok())
    }
}

/// How the next calls of a method end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// 429, to be tried again behind so many seconds.
    TooFast(u64),
    /// The connection is cut.
    Cut,
    /// It is held and never answered.
    Held,
    /// It does not read our HTML.
    NoHtml,
    /// The person has blocked the bot.
    Blocked,
}

#[derive(Default)]
struct Told {
    updates: Vec<Value>,
    /// Handed out once, whatever is asked for.
    replays: Vec<Value>,
    next_update: u64,
    messages: i64,
    calls: Vec<Call>,
    faults: VecDeque<(&'static str, Fault)>,
    is_down: bool,
}

/// See the module.
pub(crate) struct Fake {
    pub(crate) address: SocketAddr,
    told: Arc<(Mutex<Told>, Condvar)>,
}

impl Fake {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let told = Arc::new((Mutex::new(Told { next_update: 100, ..Told::default() }), Condvar::new()));
        let shared = Arc::clone(&told);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let told = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, &told));
            }
        });
        Self { address, told }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Somebody writes, in the chat of two. The update's number.
    pub(crate) fn say(&self, user: u64, text: &str) -> u64 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
        self.say_at(user, text, now)
    }

    /// The same, at a time by Telegram's clock.
    pub(crate) fn say_at(&self, user: u64, text: &str, at_s: u64) -> u64 {
        self.update("message", message(user, 1, text, at_s))
    }

    /// Somebody taps a button under that message.
    pub(crate) fn tap(&self, user: u64, under: i64, data: &str) -> u64 {
        let from = json!({"id": user, "is_bot": false, "first_name": "Ann"});
        let under = message(user, under, "x", 1_772_366_400);
        self.update(
            "callback_query",
            json!({"id": "q", "from": from, "chat_instance": "1", "message": under, "data": data}),
        )
    }

    /// Puts an update into the queue.
    pub(crate) fn update(&self, kind: &str, value: Value) -> u64 {
        let mut told = self.told.0.lock().expect("whole");
        let id = told.next_update;
        told.next_update += 1;
        told.updates.push(json!({"update_id": id, kind: value}));
        self.told.1.notify_all();
        id
    }

    /// Hands the update out once more, as a server that has forgotten would.
    pub(crate) fn replay(&self, id: u64) {
        let mut told = self.told.0.lock().expect("whole");
        let again = told.updates.iter().find(|update| update["update_id"] == id).cloned().expect("it was said");
        told.replays.push(again);
        self.told.1.notify_all();
    }

    /// The next call of that method ends so.
    pub(crate) fn fail(&self, method: &'static str, fault: Fault) {
        self.told.0.lock().expect("whole").faults.push_back((method, fault));
    }

    /// From now on nothing is answered; or is again.
    pub(crate) fn set_down(&self, is_down: bool) {
        self.told.0.lock().expect("whole").is_down = is_down;
        self.told.1.notify_all();
    }

    /// How many calls there were that say something to people.
    pub(crate) fn said(&self) -> usize {
        self.calls().len()
    }

    /// Calls that say something to people, in their order.
    pub(crate) fn calls(&self) -> Vec<Call> {
        let says = |call: &&Call| call.method.starts_with("send") || call.method.starts_with("edit");
        self.told.0.lock().expect("whole").calls.iter().filter(says).cloned().collect()
    }

    /// How many of them, behind the first `behind`, answered somebody.
    pub(crate) fn answered(&self, behind: usize) -> usize {
        self.calls().iter().skip(behind).filter(|call| !call.is_notice()).count()
    }

    /// Every call there was, as a text.
    pub(crate) fn heard(&self) -> String {
        format!("{:?}", self.told.0.lock().expect("whole").calls)
    }

    /// Waits for a call behind the first `behind` of which that is true.
    pub(crate) fn wait(&self, behind: usize, right: impl Fn(&Call) -> bool) -> Call {
        let start = Instant::now();
        loop {
            if let Some(call) = self.calls().into_iter().skip(behind).find(&right) {
                return call;
            }
            let shown: Vec<String> = self.calls().iter().skip(behind).map(Call::text).collect();
            assert!(start.elapsed() < 3 * PATIENCE, "nobody said it; said was {shown:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What somebody who says that is answered: the text, with its picture where that is the caption.
    pub(crate) fn ask(&self, user: u64, text: &str) -> Call {
        let behind = self.said();
        self.say(user, text);
        self.wait(behind, |call| call.is_to(user) && !call.is_notice() && !call.is_beside())
    }
}

fn message(user: u64, id: i64, text: &str, at_s: u64) -> Value {
    json!({
        "message_id": id, "date": at_s, "text": text,
        "from": {"id": user, "is_bot": false, "first_name": "Ann"},
        "chat": {"id": user, "type": "private", "first_name": "Ann"},
    })
}

fn serve(stream: TcpStream, told: &(Mutex<Told>, Condvar)) {
    let mut writing = stream.try_clone().expect("a socket");
    let mut reading = BufReader::new(stream);
    while let Some((path, kind, body)) = request(&mut reading) {
        let method = path.rsplit('/').next().unwrap_or_default().to_lowercase();
        let Some((status, answer)) = answer(&method, &kind, &body, told) else { return };
        let text = answer.to_string();
        let head =
            format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", text.len());
        if writing.write_all(head.as_bytes()).and_then(|()| writing.write_all(text.as_bytes())).is_err() {
            return;
        }
    }
}

fn request(reading: &mut BufReader<TcpStream>) -> Option<(String, String, Vec<u8>)> {
    let mut first = String::new();
    reading.read_line(&mut first).ok().filter(|read| *read > 0)?;
    let path = first.split(' ').nth(1)?.to_owned();
    let (mut length, mut kind, mut is_chunked) = (0, String::new(), false);
    loop {
        let mut line = String::new();
        reading.read_line(&mut line).ok()?;
        let line = line.trim().to_owned();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        match name.to_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "content-type" => kind = value.trim().to_owned(),
            "transfer-encoding" => is_chunked = true,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reading.read_exact(&mut body).ok()?;
    while is_chunked {
        let mut size = String::new();
        reading.read_line(&mut size).ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        let mut chunk = vec![0; size + 2];
        reading.read_exact(&mut chunk).ok()?;
        body.extend_from_slice(&chunk[..size]);
        is_chunked = size > 0;
    }
    Some((path, kind, body))
}

fn answer(method: &str, kind: &str, body: &[u8], told: &(Mutex<Told>, Condvar)) -> Option<(u16, Value)> {
    let (body, file) = read(kind, body);
    let mut state = told.0.lock().expect("whole");
    if state.is_down {
        return None;
    }
    let fault = state.faults.front().copied().filter(|(of, _)| *of == method).map(|(_, fault)| fault);
    if let Some(fault) = fault {
        state.faults.pop_front();
        let refused = |code: u16, text: &str, more: Value| {
            let mut answer = json!({"ok": false, "error_code": code, "description": text});
            if more != json!({}) {
                answer["parameters"] = more;
            }
            Some((code, answer))
        };
        return match fault {
            Fault::Cut => None,
            Fault::Held => {
                drop(state);
                std::thread::sleep(6 * PATIENCE);
                None
            }
            Fault::TooFast(s) => refused(429, "Too Many Requests: retry later", json!({"retry_after": s})),
            Fault::NoHtml => refused(400, "Bad Request: can't parse entities: unexpected end", json!({})),
            Fault::Blocked => refused(403, "Forbidden: bot was blocked by the user", json!({})),
        };
    }
    if method == "getupdates" {
        let from = body["offset"].as_u64().unwrap_or(0);
        let (mut state, _) = told
            .1
            .wait_timeout_while(state, Duration::from_millis(300), |told| {
                !told.is_down && told.replays.is_empty() && !told.updates.iter().any(|update| is_asked(update, from))
            })
            .expect("whole");
        let mut news = std::mem::take(&mut state.replays);
        news.extend(state.updates.iter().filter(|update| is_asked(update, from)).cloned());
        return Some((200, json!({"ok": true, "result": news})));
    }
    state.messages += 1;
    let id = state.messages;
    let chat = body["chat_id"].as_i64().or_else(|| body["chat_id"].as_str()?.parse().ok()).unwrap_or(0);
    state.calls.push(Call { method: method.to_owned(), body, file });
    let result = match method {
        "getme" => json!({"id": 1, "is_bot": true, "first_name": "R", "username": BOT, "can_join_groups": true,
            "can_read_all_group_messages": false, "supports_inline_queries": false, "has_main_web_app": false,
            "can_connect_to_business": false}),
        _ if method.starts_with("send") || method.starts_with("edit") => {
            message(u64::try_from(chat).unwrap_or(0), id, "x", 1_772_366_400)
        }
        _ => json!(true),
    };
    Some((200, json!({"ok": true, "result": result})))
}

fn is_asked(update: &Value, from: u64) -> bool {
    update["update_id"].as_u64().is_some_and(|id| id >= from)
}

/// A body as JSON; of a form its texts, and the bytes of its file.
fn read(kind: &str, body: &[u8]) -> (Value, usize) {
    let Some((_, border)) = kind.split_once("boundary=") else {
        return (serde_json::from_slice(body).unwrap_or(Value::Null), 0);
    };
    let text = String::from_utf8_lossy(body);
    let (mut fields, mut file) = (serde_json::Map::new(), 0);
    for part in text.split(&format!("--{border}")) {
        let Some((head, value)) = part.split_once("\r\n\r\n") else { continue };
        let name = head.split("name=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        if head.contains("filename=") {
            file = value.len();
        } else {
            fields.insert(name.to_owned(), json!(value.trim_end_matches("\r\n")));
        }
    }
    (Value::Object(fields), file)
}
