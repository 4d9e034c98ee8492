//! What alerts find, sent to a URL of whoever has the rule; and a summary of each day, and of each week on Mondays.
//!
//! Owns: the letters that wait, their signature, when they are tried again, and which addresses may be spoken to. A letter is
//! one POST of JSON: `X-Ringside-Timestamp` (seconds), `X-Ringside-Delivery` (the same for every try: whoever hears it twice
//! knows), and `X-Ringside-Signature: v1=` HMAC-SHA256 of `timestamp.delivery.url.body` in hex: a letter to one is none to
//! another, and none a second time. Anything but 2xx is tried again.
//!
//! Never: follows a redirect, speaks to a private address unless the file says so (each name is looked up here, and what was
//! looked up is what is spoken to), holds up an alert: a letter that finds no room is dropped, and counted in the log. One
//! receiver that is slow, or one person who is told much, takes no place of the others: both are bounded for themselves, and
//! so is what the house has to say to everybody.

use super::alert::{Hit, RULES_MAX};
use crate::desk::sight::Sight;
use crate::door::{Door, dto};
use crate::role::UserId;
use engine_model::units::{Nanos, Quote};
use reqwest::{Client, Url, redirect};
use ring::hmac;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// Letters of people that wait, those that are tried again included.
const WAITING_MAX: usize = 1_000;
/// For an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Of one person.
const OWN_WAITING_MAX: usize = 100;
/// To one URL, of what the house says to everybody: the newest words, to a receiver that has taken none for minutes.
const HOUSE_WAITING_MAX: usize = 8;
/// The same to all: each rule may have a URL of its own.
const HOUSE_ALL_WAITING_MAX: usize = RULES_MAX * HOUSE_WAITING_MAX;
/// Under way at once.
const AT_ONCE: usize = 8;
/// To one host.
const HOST_AT_ONCE: usize = 2;
/// Tries, the first one included.
const TRIES_MAX: u32 = 8;
/// Before the second try; doubled from try to try.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// Of what names a letter: enough that no two have the same.
const DELIVERY_BYTES: usize = 16;
/// Characters of a URL.
const URL_CHARS_MAX: usize = 500;
/// A key that is shorter is guessed.
const KEY_BYTES_MIN: usize = 32;

/// How hits are sent.
#[derive(Clone)]
pub struct WebhookSettings {
    key: hmac::Key,
    allow_private: bool,
    /// Between the first two tries.
    again_after: Duration,
}

impl WebhookSettings {
    /// With that key to sign by; `allow_private`: also to addresses of the own house, and without TLS.
    ///
    /// # Errors
    /// With a key of fewer than 32 bytes.
    pub fn new(key: &str, allow_private: bool) -> Result<Self, String> {
        if key.len() < KEY_BYTES_MIN {
            return Err(format!("the key has {} bytes, it needs {KEY_BYTES_MIN}", key.len()));
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
        Ok(Self { key, allow_private, again_after: AGAIN_AFTER })
    }

    /// The same, tried again sooner: for tests.
    #[must_use]
    pub fn again_after(self, again_after: Duration) -> Self {
        Self { again_after, ..self }
    }

    /// A URL that may be sent to, as far as it tells by itself; its name is looked up when something is sent.
    pub(crate) fn check(&self, text: &str) -> Result<Url, String> {
        if text.len() > URL_CHARS_MAX {
            return Err(format!("at most {URL_CHARS_MAX} characters"));
        }
        let url = Url::parse(text).map_err(|error| error.to_string())?;
        let is_plain = url.scheme() == "http" && self.allow_private;
        if url.scheme() != "https" && !is_plain {
            return Err("https only".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("no name or password in it".to_owned());
        }
        match url.host() {
            None => Err("it has no host".to_owned()),
            Some(url::Host::Domain(_)) => Ok(url),
            Some(url::Host::Ipv4(ip)) => self.admit(IpAddr::V4(ip)).map(|()| url.clone()),
            Some(url::Host::Ipv6(ip)) => self.admit(IpAddr::V6(ip)).map(|()| url.clone()),
        }
    }

    fn admit(&self, ip: IpAddr) -> Result<(), String> {
        if self.allow_private || is_public(ip) { Ok(()) } else { Err(format!("{ip} is no public address")) }
    }

    /// Names a letter, the same for every try. Not by its number: who counts his own would know how many others have had.
    fn delivery(&self, began: Nanos, number: u64) -> String {
        let tag = hmac::sign(&self.key, format!("delivery.{}.{number}", began.0).as_bytes());
        tag.as_ref().iter().take(DELIVERY_BYTES).map(|byte| format!("{byte:02x}")).collect()
    }

    fn signature(&self, timestamp: u64, Letter { delivery, url, body, .. }: &Letter) -> String {
        let tag = hmac::sign(&self.key, format!("{timestamp}.{delivery}.{url}.{body}").as_bytes());
        tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Whether an address is one of the open net: of nobody's own house, machine or wire.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = matches!(
        (a, b, c),
        (0 | 10 | 127, ..)                // this net, private, loopback
            | (100, 64..=127, _)          // between a carrier and his customers
            | (169, 254, _)               // link-local, and where clouds tell secrets
            | (172, 16..=31, _)           // private
            | (192, 0, 0 | 2)             // protocols, documentation
            | (192, 88, 99)               // relays
            | (192, 168, _)               // private
            | (198, 18..=19, _)           // benchmarks
            | (198, 51, 100)              // documentation
            | (203, 0, 113)               // documentation
            | (224..=255, ..) // many, or nobody yet
    );
    !is_special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = ip.segments();
    let inner = |high: u16, low: u16| {
        let ([x, y], [z, w]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(x, y, z, w))
    };
    match (a, b) {
        // Mapped, compatible: the address inside counts. Loopback and the unspecified are among the latter.
        (0, 0) if (c, d, e) == (0, 0, 0) && matches!(f, 0 | 0xffff) => inner(g, h) && ip.segments()[6] != 0,
        // Translated, and through relays.
        (0x64, 0xff9b) => c == 0 && inner(g, h),
        (0x2002, _) => inner(b, c),
        // Only 2000::/3 is the open net; Teredo, protocols and documentation are not.
        (0x2001, 0..=0x1ff | 0xdb8) => false,
        (0x2000..=0x3ffe, _) => true,
        _ => false,
    }
}

/// One letter.
#[derive(Clone, Debug)]
struct Letter {
    /// Whose rule it is of; `None`: it is the house's, to everybody.
    owner: Option<UserId>,
    url: String,
    body: String,
    /// The same for every try.
    delivery: String,
    tries: u32,
    not_before: Instant,
}

/// What is sent.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Word<'a> {
    Alert {
        alert: Option<u64>,
        at_ns: u64,
        text: &'a str,
        value: Option<f64>,
        mode: &'a str,
    },
    /// Of a day or a week that is over: what became of equity since it began, or the run did. `performance` is of the moment
    /// behind it.
    Summary {
        period: &'a str,
        from_ns: Option<u64>,
        at_ns: u64,
        equity_change_usd: Option<String>,
        mode: &'a str,
        performance: &'a dto::Performance,
    },
}

/// Until the bridge ends. What waits then is not sent any more.
pub(crate) async fn send(door: Arc<Door>, settings: WebhookSettings) {
    let mut stop = door.stop.clone();
    let mut news = door.desk.alerts.watch();
    let (done, mut came_back) = mpsc::channel::<(String, Option<Letter>)>(AT_ONCE);
    let (waiting, under_way) = (Waiting::default(), BTreeMap::new());
    let mut post =
        Post { door, settings: Arc::new(settings), waiting, next: 0, under_way, day: None, begun: [None; 2] };
    loop {
        post.collect();
        while let Some((host, letter)) = post.due() {
            let (settings, done) = (Arc::clone(&post.settings), done.clone());
            tokio::spawn(async move {
                // The receiver is gone when the bridge has ended: then nobody tries again.
                let _ended = done.send((host, tried(&settings, letter).await)).await;
            });
        }
        // What is due and waits for its host goes when one of that host's comes back.
        let now = Instant::now();
        let soonest = post.waiting.0.iter().map(|letter| letter.not_before).filter(|at| *at > now).min();
        tokio::select! {
            _ = news.changed() => {}
            Some((host, back)) = came_back.recv() => {
                post.came_back(&host);
                back.into_iter().for_each(|letter| post.waiting.put(letter));
            }
            () = sleep_until(soonest.unwrap_or_else(Instant::now)), if soonest.is_some() => {}
            () = sleep(Duration::from_secs(1)) => {}
            _ = stop.changed() => return,
        }
    }
}

struct Post {
    door: Arc<Door>,
    settings: Arc<WebhookSettings>,
    waiting: Waiting,
    /// Number of the next hit.
    next: u64,
    /// By host.
    under_way: BTreeMap<String, usize>,
    /// The day (UTC) that was summed up last.
    day: Option<u64>,
    /// When this day and this week began here, and with what equity.
    begun: [Option<(u64, Quote)>; 2],
}

impl Post {
    /// What happened since the last look, as letters.
    fn collect(&mut self) {
        let since = self.door.desk.alerts.all_since(self.next);
        let first = since.next - since.values.len() as u64;
        self.next = since.next;
        for (number, hit) in (first..).zip(&since.values) {
            self.tell(number, hit);
        }
        self.sum_up();
    }

    fn tell(&mut self, number: u64, hit: &Hit) {
        let run = &self.door.desk.run;
        let Hit { owner, rule, at, text, value, webhook } = hit;
        if owner.is_some_and(|owner| self.door.desk.is_shut_out(owner)) {
            return;
        }
        let word = Word::Alert { alert: *rule, at_ns: at.0, text, value: *value, mode: &run.mode };
        let delivery = self.settings.delivery(run.started_at_ns, number);
        let to: BTreeSet<String> = match (webhook, rule) {
            (Some(url), _) => [url.clone()].into(),
            (None, Some(_)) => BTreeSet::new(),
            (None, None) => self.everybody(),
        };
        self.write(*owner, to, &word.json(), &delivery);
    }

    /// Where whoever may be told has rules sent.
    fn everybody(&self) -> BTreeSet<String> {
        let desk = &self.door.desk;
        desk.alerts.webhooks(|owner| !desk.is_shut_out(owner)).into_iter().map(|(_, url)| url).collect()
    }

    /// At the turn of each day, and of each week.
    fn sum_up(&mut self) {
        let at = self.door.desk.now();
        let today = at.0 / Nanos::DAY;
        let equity = self.door.desk.portfolio(&Sight::WHOLE).map(|portfolio| portfolio.equity);
        let before = self.day.replace(today).unwrap_or(today);
        if today > before {
            self.sum_up_period(0, "day", at);
            // Day 0 was a Thursday: a Monday lies between the two.
            if (today + 3) / 7 > (before + 3) / 7 {
                self.sum_up_period(1, "week", at);
            }
        }
        for begun in &mut self.begun {
            *begun = begun.or(equity.map(|equity| (at.0, equity)));
        }
    }

    fn sum_up_period(&mut self, place: usize, period: &str, at: Nanos) {
        let begun = self.begun[place].take();
        let desk = &self.door.desk;
        let change = begun.zip(desk.portfolio(&Sight::WHOLE)).map(|((_, then), now)| Quote(now.equity.0 - then.0));
        // Two runs may tell one receiver.
        let delivery = format!("{}-{period}-{}", desk.run.started_at_ns.0, at.0 / Nanos::DAY);
        // Each is told what he sees; those who see the same, once.
        let mut told: Vec<(Sight, BTreeSet<String>)> = Vec::new();
        for (owner, url) in desk.alerts.webhooks(|owner| !desk.is_shut_out(owner)) {
            let sight = desk.sight_of(owner).unnamed();
            match told.iter_mut().find(|(known, _)| *known == sight) {
                Some((_, urls)) => drop(urls.insert(url)),
                None => told.push((sight, [url].into())),
            }
        }
        let letters: Vec<(BTreeSet<String>, String)> = told
            .into_iter()
            .map(|(sight, to)| {
                let word = Word::Summary {
                    period,
                    from_ns: begun.map(|(from, _)| from),
                    at_ns: at.0,
                    equity_change_usd: change.filter(|_| sight.is_whole()).map(|change| change.to_string()),
                    mode: &desk.run.mode,
                    performance: &dto::Performance::new(desk, &sight),
                };
                (to, word.json())
            })
            .collect();
        for (place, (to, body)) in letters.into_iter().enumerate() {
            let other = if place == 0 { String::new() } else { format!("-{place}") };
            self.write(None, to, &body, &format!("{delivery}{other}"));
        }
    }

    fn write(&mut self, owner: Option<UserId>, to: BTreeSet<String>, body: &str, delivery: &str) {
        for url in to {
            let (body, delivery) = (body.to_owned(), delivery.to_owned());
            self.waiting.put(Letter { owner, url, body, delivery, tries: 0, not_before: Instant::now() });
        }
    }

    /// The first that may go now, counted as under way to its host.
    fn due(&mut self) -> Option<(String, Letter)> {
        if self.under_way.values().sum::<usize>() >= AT_ONCE {
            return None;
        }
        let now = Instant::now();
        let is_free = |letter: &Letter| self.under_way.get(&host(&letter.url)).is_none_or(|n| *n < HOST_AT_ONCE);
        let at = self.waiting.0.iter().position(|letter| letter.not_before <= now && is_free(letter))?;
        let letter = self.waiting.0.remove(at)?;
        let host = host(&letter.url);
        *self.under_way.entry(host.clone()).or_default() += 1;
        Some((host, letter))
    }

    fn came_back(&mut self, host: &str) {
        if let Some(count) = self.under_way.get_mut(host) {
            *count -= 1;
            if *count == 0 {
                self.under_way.remove(host);
            }
        }
    }
}

/// Letters that are to go, in the order in which they were written or came back.
#[derive(Default)]
struct Waiting(VecDeque<Letter>);

impl Waiting {
    fn put(&mut self, letter: Letter) {
        if self.has_room_for(&letter) {
            self.0.push_back(letter);
        } else {
            let (host, whose) = (host(&letter.url), if letter.owner.is_some() { "its owner's" } else { "the house's" });
            tracing::error!(
                host,
                delivery = letter.delivery,
                "a webhook's letter is dropped: too many of {whose} wait"
            );
        }
    }

    fn has_room_for(&self, letter: &Letter) -> bool {
        let count = |is_one: &dyn Fn(&Letter) -> bool| self.0.iter().filter(|other| is_one(other)).count();
        let (owner, url) = (letter.owner, &letter.url);
        if owner.is_some() {
            count(&|other| other.owner == owner) < OWN_WAITING_MAX
                && count(&|other| other.owner.is_some()) < WAITING_MAX
        } else {
            let to_it = count(&|other| other.owner.is_none() && other.url == *url);
            to_it < HOUSE_WAITING_MAX && count(&|other| other.owner.is_none()) < HOUSE_ALL_WAITING_MAX
        }
    }
}

impl Word<'_> {
    /// Strings and numbers in plain structs: nothing here can fail to become JSON.
    fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// One try; the letter comes back if there is to be another.
async fn tried(settings: &WebhookSettings, letter: Letter) -> Option<Letter> {
    let tries = letter.tries + 1;
    let Err(why) = sent(settings, &letter).await else { return None };
    let Letter { url, delivery, .. } = &letter;
    // The rest of it may hold what only the receiver is to know.
    let host = host(url);
    if tries >= TRIES_MAX {
        tracing::error!(host, delivery, "a webhook's letter is given up after {tries} tries: {why}");
        return None;
    }
    tracing::warn!(host, delivery, tries, "a webhook's letter did not arrive: {why}");
    let pause = settings.again_after * 2u32.saturating_pow(tries - 1);
    Some(Letter { tries, not_before: Instant::now() + pause, ..letter })
}

/// Where a letter goes, and no more of its address.
pub(crate) fn host(url: &str) -> String {
    Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

async fn sent(settings: &WebhookSettings, letter: &Letter) -> Result<(), String> {
    let url = settings.check(&letter.url)?;
    let client = client(settings, &url).await?;
    let timestamp = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
    let signature = settings.signature(timestamp, letter);
    let asked = client
        .post(url)
        .header("content-type", "application/json")
        .header("x-ringside-timestamp", timestamp)
        .header("x-ringside-delivery", &letter.delivery)
        .header("x-ringside-signature", format!("v1={signature}"))
        .body(letter.body.clone());
    let answer = asked.send().await.map_err(|error| error.without_url().to_string())?;
    if answer.status().is_success() { Ok(()) } else { Err(format!("answered {}", answer.status())) }
}

/// One that speaks to the addresses that were looked at here, and to no other, wherever the name points a moment later.
async fn client(settings: &WebhookSettings, url: &Url) -> Result<Client, String> {
    let builder = Client::builder().redirect(redirect::Policy::none()).no_proxy().timeout(ANSWER_WITHIN);
    let builder = match url.host() {
        Some(url::Host::Domain(name)) => {
            let port = url.port_or_known_default().unwrap_or(443);
            let late = |_| format!("nobody says within {} s where {name} is", ANSWER_WITHIN.as_secs());
            let found = timeout(ANSWER_WITHIN, tokio::net::lookup_host((name, port))).await.map_err(late)?;
            let found = found.map_err(|error| error.to_string())?;
            let found: Vec<SocketAddr> = found.collect();
            found.iter().try_for_each(|address| settings.admit(address.ip()))?;
            builder.resolve_to_addrs(name, &found)
        }
        _ => builder,
    };
    builder.build().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "a key of thirty-two bytes at least";

    #[test]
    fn letters_have_names_of_their_own_that_count_nothing() {
        let settings = WebhookSettings::new(KEY, false).expect("a key");
        let names: Vec<String> = (0..1_000).map(|number| settings.delivery(Nanos(7), number)).collect();
        let mut once = names.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), names.len());
        assert_ne!(once, names, "the order of hits is not told");
        assert_eq!(settings.delivery(Nanos(7), 3), names[3], "of every try the same");
        assert_ne!(settings.delivery(Nanos(8), 3), names[3], "of another run another");
    }

    #[test]
    fn only_addresses_of_the_open_net_are_public() {
        for public in
            ["1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.0.1", "2606:4700::1111", "::ffff:8.8.8.8"]
        {
            assert!(is_public(public.parse().expect("an address")), "{public}");
        }
        for private in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "100.64.0.1",
            "100.127.1.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.1.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:a00:1::",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "4000::1",
        ] {
            assert!(!is_public(private.parse().expect("an address")), "{private}");
        }
    }

    #[test]
    fn a_url_is_taken_when_it_is_https_to_somewhere_outside() {
        let open = WebhookSettings::new(KEY, false).expect("long enough");
        for good in ["https://example.com/hook", "https://example.com:8443/a?b=c", "https://1.1.1.1/"] {
            assert!(open.check(good).is_ok(), "{good}");
        }
        for bad in [
            "http://example.com/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "gopher://example.com",
            "javascript:alert(1)",
            "https://user@example.com/",
            "https://user:word@example.com/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://0/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://169.254.169.254/latest/meta-data/",
            "https://0xa9fea9fe/",
            "https://10.0.0.1/",
            "https://192.168.0.1/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://[::]/",
            "https://",
            "example.com",
            "",
            "//example.com",
            "https://127.0.0.1:443/",
            "https://127.0.0.1./",
            "https://①②⑦.⓪.⓪.①/",
            "https://exa mple.com/",
        ] {
            assert!(open.check(bad).is_err(), "{bad}");
        }
        assert!(open.check(&format!("https://example.com/{}", "x".repeat(500))).is_err());
        let inside = WebhookSettings::new(KEY, true).expect("long enough");
        assert!(inside.check("http://127.0.0.1:9000/hook").is_ok() && inside.check("ftp://127.0.0.1/").is_err());
        assert!(WebhookSettings::new("short", true).is_err());
    }

    #[test]
    fn a_name_that_points_inside_is_found_out_when_it_is_looked_up() {
        let open = WebhookSettings::new(KEY, false).expect("long enough");
        let url = open.check("https://localhost/hook").expect("a name is a name");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let refused = runtime.block_on(client(&open, &url)).map(|_| ()).expect_err("it is this machine");
        assert!(refused.contains("no public address"), "{refused}");
    }

    #[test]
    fn what_the_house_says_finds_its_place_beside_any_number_of_letters_and_receivers() {
        let letter = |owner: Option<i64>, url: String| Letter {
            owner: owner.map(UserId),
            url,
            body: String::new(),
            delivery: String::new(),
            tries: 0,
            not_before: Instant::now(),
        };
        let mut waiting = Waiting::default();
        let of_house = |waiting: &Waiting| waiting.0.iter().filter(|letter| letter.owner.is_none()).count();
        for person in 0..20 {
            for _ in 0..2 * OWN_WAITING_MAX {
                waiting.put(letter(Some(person), "https://a.example/".to_owned()));
            }
        }
        assert_eq!(waiting.0.len(), WAITING_MAX, "of people so many, and of one no more than a hundred");
        let url = |n: usize| format!("https://{n}.example/");
        for n in 0..RULES_MAX {
            waiting.put(letter(None, url(n)));
        }
        assert_eq!(of_house(&waiting), RULES_MAX, "a word to every URL that there may be");
        for _ in 0..2 * HOUSE_WAITING_MAX {
            waiting.put(letter(None, url(0)));
        }
        assert_eq!(of_house(&waiting), RULES_MAX + HOUSE_WAITING_MAX - 1, "one that takes none fills its own place");
        waiting.put(letter(None, url(1)));
        assert_eq!(of_house(&waiting), RULES_MAX + HOUSE_WAITING_MAX);
        waiting.put(letter(Some(30), url(1)));
        assert_eq!(waiting.0.len() - of_house(&waiting), WAITING_MAX, "nor does the house make room for people");
    }

    #[test]
    fn of_an_address_only_the_host_is_logged() {
        assert_eq!(host("https://hooks.example.com/services/T0/B0/secret?key=secret"), "hooks.example.com");
        assert_eq!(host("secret"), "");
    }

    #[test]
    fn the_signature_is_that_of_rfc_4231() {
        // Test case 2 has a short key; the sum itself is what is compared.
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"Jefe");
        let settings = WebhookSettings { key, allow_private: false, again_after: AGAIN_AFTER };
        let tag = hmac::sign(&settings.key, b"what do ya want for nothing?");
        let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let letter = |url: &str, delivery: &str, body: &str| Letter {
            owner: None,
            url: url.to_owned(),
            body: body.to_owned(),
            delivery: delivery.to_owned(),
            tries: 0,
            not_before: Instant::now(),
        };
        let one = settings.signature(5, &letter("https://a.example/", "1", "{}"));
        assert_eq!(one.len(), 64);
        for other in [
            settings.signature(6, &letter("https://a.example/", "1", "{}")),
            settings.signature(5, &letter("https://b.example/", "1", "{}")),
            settings.signature(5, &letter("https://a.example/", "2", "{}")),
            settings.signature(5, &letter("https://a.example/", "1", "{ }")),
        ] {
            assert_ne!(one, other, "the time, the place, the letter's number and its words are signed");
        }
    }
}
