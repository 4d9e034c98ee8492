//! From files to the checked [`Config`]: a file of the user laid over `config/base.toml`.
//!
//! Owns: which keys there are, and which values of a single key are accepted. Relations between keys are checked by
//! [`Config::fault`]. The manual of every key is `config/base.toml`, which is compiled in; a test holds the two together.
//! Never: a setting of its own, or a default that does not stand in that file.

mod error;
mod jobs;
mod owners;
mod people;
mod raw;
mod risk;
mod telegram;
#[cfg(test)]
mod tests;

pub(crate) use error::{ConfigError, nearest};

use engine_core::config::{
    Account, Config, FeeTier, Feeds, FeesOf, Foreign, Group, Hundredths, Idle, Impact, ImpactShape, Journal,
    JournalMode, KeyPlaces, LatencyShape, Layout, LayoutKind, Liquidation, Log, LogFormat, LogLevel, Mode, Paper,
    QueueModel, Recover, Rings, Run, Sentinel, Standing, Strategy, Venue,
};
use engine_core::strategy::catalog::{self, CATALOGUE};
use engine_core::strategy::manual;
use engine_core::strategy::params::{Param, ParamFault};
use engine_core::strategy::play::Entry;
use engine_core::topology::{RINGS, Stage};
use engine_model::instrument::{InstrumentId, Name};
use engine_model::limit::Limits;
use engine_model::native::StopsAt;
use engine_model::setup::{MarginMode, Setup};
use engine_model::units::Quote;
use engine_model::venue::VenueId;
use feeds::live::plan::Channel;
use owners::Owners;
use raw::Section;
pub(crate) use raw::Source;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The defaults, and the manual.
const BASE: &str = include_str!("../../../config/base.toml");
const BASE_NAME: &str = "config/base.toml";
/// What a run may be told to be worth.
const USD_MAX: i64 = 1_000_000_000 * Quote::ONE;

/// The settings of a run: the defaults, with `file` laid over them.
pub(crate) fn read(file: Option<&Path>) -> Result<Config, ConfigError> {
    read_for(file, Purpose::Trade)
}

fn read_for(file: Option<&Path>, purpose: Purpose) -> Result<Config, ConfigError> {
    read_over(file.map(source).transpose()?, purpose)
}

/// The text of a file of settings, read once, for whoever hands it on; `-` is standard input.
pub(crate) fn source(file: &Path) -> Result<Source, ConfigError> {
    let (name, text) = match file.to_str() {
        Some("-") => ("standard input".to_owned(), std::io::read_to_string(std::io::stdin())),
        _ => (file.display().to_string(), std::fs::read_to_string(file)),
    };
    match text {
        Ok(text) => Ok(Source { name, text }),
        Err(error) => Err(unreadable(&name, &error)),
    }
}

/// The settings of a run whose file was read: the defaults, with its text laid over them.
pub(crate) fn read_source(source: Source) -> Result<Config, ConfigError> {
    read_over(Some(source), Purpose::Trade)
}

/// The same for who only listens: no strategy and no journal, and a file need not say who would trade on its venues.
pub(crate) fn read_listening(file: Option<&Path>) -> Result<Config, ConfigError> {
    let mut config = read_for(file, Purpose::Listen)?;
    // A file of a live run is listened with, too: then no key is read and no order path opened.
    config.run.mode = Mode::Paper;
    config.strategies.clear();
    config.journal.enabled = false;
    config.bridge.enabled = false;
    config.telegram = None;
    config.standby.listen = None;
    Ok(config)
}

/// One venue's settings, those of the file where it names the venue: for who only asks it by REST.
pub(crate) fn read_venue(file: Option<&Path>, id: VenueId) -> Result<Venue, ConfigError> {
    let named = file.map(|file| read_listening(Some(file))).transpose()?;
    if let Some(venue) = named.and_then(|config| config.venues.into_iter().find(|venue| venue.id == id)) {
        return Ok(venue);
    }
    let text = format!("[[venue]]\nname = \"{}\"\n", id.name());
    let config = read_over(Some(Source { name: "--venue".to_owned(), text }), Purpose::Listen)?;
    config.venues.into_iter().next().ok_or_else(|| unreadable(BASE_NAME, &std::io::ErrorKind::NotFound.into()))
}

/// What settings are read for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Trade,
    Listen,
}

/// The settings of `demo`, compiled in: it needs no file, but takes one that is laid over them.
pub(crate) fn demo(file: Option<&Path>) -> Result<Config, ConfigError> {
    let text = include_str!("../../../config/demo.toml").into();
    let demo = Source { name: "config/demo.toml".into(), text };
    read_over(file.map(source).transpose()?.into_iter().chain([demo]), Purpose::Trade)
}

/// Texts over the defaults, the first one uppermost.
fn read_over(overlays: impl IntoIterator<Item = Source>, purpose: Purpose) -> Result<Config, ConfigError> {
    let base = Source { name: BASE_NAME.into(), text: BASE.into() };
    let sources: Vec<Source> = overlays.into_iter().chain([base]).collect();
    let parsed = sources.iter().map(Source::parse).collect::<Result<Vec<_>, _>>()?;
    let root = Section::root(sources.iter().zip(parsed.iter().map(|table| table.get_ref())));
    let config = config(&root, purpose)?;
    match config.fault() {
        None => Ok(config),
        Some(fault) => Err(at_path(&root, fault.key, fault.accepted)),
    }
}

fn unreadable(name: &str, error: &std::io::Error) -> ConfigError {
    let found = match error.kind() {
        std::io::ErrorKind::NotFound => "no file".to_owned(),
        std::io::ErrorKind::InvalidData => "bytes that are not UTF-8".to_owned(),
        _ => format!("an unreadable file ({error})"),
    };
    ConfigError {
        file: name.into(),
        line: None,
        key: None,
        found,
        accepted: "a TOML file, like config/paper.toml".into(),
        meant: None,
    }
}

/// Points at `section.key`, where a relation between keys does not hold.
fn at_path(root: &Section<'_>, path: &str, accepted: &str) -> ConfigError {
    match path.split_once('.') {
        Some((section, key)) => root.section(section).map_or_else(|error| error, |found| found.refuse(key, accepted)),
        None => root.refuse(path, accepted),
    }
}

fn config(root: &Section<'_>, purpose: Purpose) -> Result<Config, ConfigError> {
    let venues = venues(&root.entries("venue")?)?;
    let risk::Read { limits, coins, margin } = risk::read(&root.section("risk")?)?;
    let of_run = root.section("run")?;
    let (run, owner) = run(&of_run)?;
    let kept = journal(&root.section("journal")?)?;
    let users = people::users(&root.section("users")?)?;
    let telegram = telegram::telegram(&root.section("telegram")?)?;
    let owners = Owners { users: &users, listed: &telegram.users };
    let mut config = Config {
        run,
        layout: layout(&root.section("layout")?)?,
        rings: rings(&root.section("rings")?)?,
        feeds: listening(&root.section("feeds")?)?,
        paper: paper(&root.section("paper")?)?,
        limits,
        coins,
        margin,
        strategies: strategies(root, &venues, &limits, &owners, purpose)?,
        bridge: people::bridge(&root.section("bridge")?, &kept)?,
        journal: kept,
        users,
        jobs: jobs::jobs(&root.section("jobs")?)?,
        sentinel: sentinel(&root.section("sentinel")?)?,
        standby: people::standby(&root.section("standby")?)?,
        telegram: Some(telegram),
        log: log(&root.section("log")?)?,
        venues,
    };
    root.finish()?;
    config.run.owner = match config.strategies.iter().position(|strategy| strategy.name == owner) {
        Some(place) => place as u8 + 1,
        // Who only listens has none.
        None if owner == OPERATOR || purpose == Purpose::Listen => 0,
        None => return Err(of_run.refuse("positions_owner", OWNERS)),
    };
    Ok(config)
}

/// Who owns what no strategy does.
const OPERATOR: &str = "operator";
/// Who may own what is taken over.
const OWNERS: &str = "operator, or the name of a [[strategy]] that takes part";

/// And whose what is taken over will be, by name.
fn run(section: &Section<'_>) -> Result<(Run, String), ConfigError> {
    let run = Run {
        mode: section.choice("mode", &[Mode::Paper, Mode::Live].map(|mode| (mode.name(), mode)))?,
        epoch: section.integer_or("epoch", "clock", 0..=engine_core::config::EPOCHS - 1, "runs")?,
        seed: section.integer("seed", 0..=i64::MAX as u64, "choice")?,
        equity: section.decimal_or("equity_usd", "none", 8, Quote::ONE..=USD_MAX, "dollars")?.map(Quote),
        standing: section.choice(
            "standing_orders",
            &[Standing::Refuse, Standing::Withdraw, Standing::Adopt].map(|standing| (standing.name(), standing)),
        )?,
        foreign: section.choice(
            "foreign_orders",
            &[Foreign::Refuse, Foreign::Withdraw, Foreign::Leave].map(|foreign| (foreign.name(), foreign)),
        )?,
        takes_over: section.choice("standing_positions", &[("refuse", false), ("adopt", true)])?,
        owner: 0,
        stops: section.choice("stops", &[StopsAt::Venue, StopsAt::Ours].map(|stops| (stops.name(), stops)))?,
        past_candles: section.integer("past_candles", 0..=engine_core::strategy::bars::KEPT, "candles")?,
    };
    let owner = section.text("positions_owner", OWNERS, |text| Some(text.to_owned()))?;
    section.finish()?;
    Ok((run, owner))
}

fn sentinel(section: &Section<'_>) -> Result<Sentinel, ConfigError> {
    let sentinel = Sentinel {
        enabled: section.flag("enabled")?,
        required: section.flag("required")?,
        folder: section.text("folder", "an absolute path of a folder", |text| {
            Path::new(text).is_absolute().then(|| PathBuf::from(text))
        })?,
        still_after: Duration::from_millis(section.integer("still_after_ms", 200..=60_000, "milliseconds")?),
    };
    section.finish()?;
    Ok(sentinel)
}

fn layout(section: &Section<'_>) -> Result<Layout, ConfigError> {
    let layout = Layout {
        kind: section.choice("kind", &LayoutKind::ALL.map(|kind| (kind.name(), kind)))?,
        first_core: section.integer("first_core", 0..=1023, "cores")?,
        groups: section.entries("group")?.iter().map(group).collect::<Result<_, _>>()?,
    };
    section.finish()?;
    Ok(layout)
}

fn group(section: &Section<'_>) -> Result<Group, ConfigError> {
    let name = section.text("name", "a text of 1 to 15 letters, digits or dashes", |text| {
        let fits = (1..=15).contains(&text.len());
        (fits && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')).then(|| text.to_owned())
    })?;
    let idle: fn(Duration) -> Idle =
        section.choice("idle", &[("spin", Idle::SpinThenBlock as fn(Duration) -> Idle), ("sleep", Idle::Sleep)])?;
    let group = Group {
        name,
        core: section.integer_or("core", "any", 0..=1023, "cores")?,
        idle: idle(Duration::from_micros(section.integer("idle_us", 0..=1_000_000, "microseconds")?)),
        stages: section.texts("stages", "venue, strategy, risk, execution or journal", |text| {
            Stage::PLACED.into_iter().find(|stage| stage.name() == text)
        })?,
    };
    section.finish()?;
    Ok(group)
}

fn rings(section: &Section<'_>) -> Result<Rings, ConfigError> {
    let mut rings = Rings::default();
    for row in &RINGS {
        let key = row.ring.name();
        let depth: usize = section.integer(key, 8..=1 << 20, "slots, a power of two")?;
        if !depth.is_power_of_two() {
            return Err(section.refuse(key, "a power of two, 8 to 1048576"));
        }
        if depth <= row.reserve {
            return Err(section.refuse(key, &format!("more than the {} slots kept for cancels", row.reserve)));
        }
        rings = rings.with(row.ring, depth);
    }
    section.finish()?;
    Ok(rings)
}

fn venues(entries: &[Section<'_>]) -> Result<Vec<Venue>, ConfigError> {
    let (mut seen, mut venues) = (Vec::new(), Vec::new());
    for entry in entries {
        let (is_enabled, venue) = venue(entry)?;
        if seen.contains(&venue.id) {
            return Err(entry.refuse("name", "each venue in one [[venue]], with all of its symbols"));
        }
        seen.push(venue.id);
        if is_enabled {
            venues.push(venue);
        }
    }
    Ok(venues)
}

/// How contracts must be set up on the account.
fn expected(section: &Section<'_>, venue: VenueId) -> Result<Setup, ConfigError> {
    let leverage: Option<u32> = section.integer_or("leverage", "any", 1..=1_000, "times")?;
    let margins = [MarginMode::Cross, MarginMode::Isolated].map(|margin| (margin.name(), Some(margin)));
    let margin = section.choice("margin_mode", &[&[("any", None)], &margins[..]].concat())?;
    // There each order says its margin by itself, and ours say cross: what is chosen at the venue is of no effect on them.
    if margin == Some(MarginMode::Isolated) && matches!(venue, VenueId::Okx | VenueId::Bitget) {
        return Err(
            section.refuse("margin_mode", "\"any\" or \"cross\": orders of Ringside are for cross margin there")
        );
    }
    Ok(Setup { leverage_e2: leverage.map(|times| times * 100), margin, ..Setup::ONE_WAY })
}

/// Whether it is in the run, and its settings.
fn venue(section: &Section<'_>) -> Result<(bool, Venue), ConfigError> {
    let id = section.choice("name", &feeds::LIVE.map(|venue| (venue.name(), venue)))?;
    let names = section.texts("symbols", "a symbol in the venue's spelling, at most 47 bytes", |text| {
        Name::new(text).filter(|_| !text.is_empty())
    })?;
    let channels = feeds::channels(id, &names);
    let channels: Vec<&'static str> = channels.into_iter().map(Channel::name).collect();
    let venue = Venue {
        id,
        symbols: names.iter().map(|name| name.as_str().to_owned()).collect(),
        channels: section.choices_or("channels", "venue", &channels)?,
        ws_url: url(section, "ws_url", ["ws://", "wss://"])?,
        second_ws_url: match section.integer("lines", 1..=2, "lines")? {
            1 => url(section, "ws_url_b", ["ws://", "wss://"]).map(|_| None)?,
            _ => Some(url(section, "ws_url_b", ["ws://", "wss://"])?),
        },
        rest_url: url(section, "rest_url", ["http://", "https://"])?,
        snapshot_depth: section.integer("snapshot_depth", 5..=5000, "levels")?,
        stale_after: Duration::from_millis(section.integer("stale_after_ms", 500..=600_000, "milliseconds")?),
        reconnect_after: Duration::from_secs(section.integer("reconnect_after_h", 1..=24, "hours")? * 3600),
        maker_fee_e6: section.decimal("maker_fee_bps", 2, -10_000..=20_000, "bps of the notional")?,
        taker_fee_e6: section.decimal("taker_fee_bps", 2, -10_000..=20_000, "bps of the notional")?,
        fee_tiers: fee_tiers(section)?,
        fees_of: fees_of(section)?,
        volume_30d: Quote(section.decimal("volume_30d_usd", 2, 0..=i64::MAX / 1_000_000, "dollars")? * 1_000_000),
        account: Account {
            rest_url: url(section, "account_rest_url", ["http://", "https://"])?,
            ws_url: url(section, "account_ws_url", ["ws://", "wss://"])?,
            expected: expected(section, id)?,
            key: key_places(&section.section("key")?)?,
        },
    };
    // Whoever names a venue in a file means it, whatever the manual does without one.
    let is_enabled = section.is_inherited("enabled") || section.flag("enabled")?;
    section.finish()?;
    if venue.fees_of.iter().any(|of| !venue.symbols.contains(&of.symbol)) {
        return Err(section.refuse("fees_of", "fees of a symbol of this venue's symbols"));
    }
    if venue.symbols.len() > 64 {
        return Err(section.refuse("symbols", "at most 64 symbols of a venue"));
    }
    Ok((is_enabled, venue))
}

/// Maker's and taker's fees from a text of bps.
fn fee_pair(maker: &str, taker: &str) -> Option<(i64, i64)> {
    let fee = |text| raw::scaled(text, 2).filter(|fee| (-10_000..=20_000).contains(fee));
    Some((fee(maker)?, fee(taker)?))
}

fn fee_tiers(section: &Section<'_>) -> Result<Vec<FeeTier>, ConfigError> {
    let accepted = "\"DOLLARS MAKER_BPS TAKER_BPS\", such as \"1000000 0.8 4.5\"";
    let tiers = section.texts_or("fee_tiers", "none", accepted, |text| {
        let [from, maker, taker] = text.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let (maker_fee_e6, taker_fee_e6) = fee_pair(maker, taker)?;
        let from = Quote(raw::scaled(from, 8).filter(|from| *from > 0)?);
        Some(FeeTier { from, maker_fee_e6, taker_fee_e6 })
    })?;
    match tiers.is_sorted_by(|before, tier| before.from < tier.from) {
        true => Ok(tiers),
        false => Err(section.refuse("fee_tiers", "each step's dollars above those of the step before it")),
    }
}

fn fees_of(section: &Section<'_>) -> Result<Vec<FeesOf>, ConfigError> {
    section.texts_or("fees_of", "none", "\"SYMBOL MAKER_BPS TAKER_BPS\", such as \"BTCUSDT 0 2\"", |text| {
        let [symbol, maker, taker] = text.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let (maker_fee_e6, taker_fee_e6) = fee_pair(maker, taker)?;
        Some(FeesOf { symbol: symbol.to_owned(), maker_fee_e6, taker_fee_e6 })
    })
}

/// Both halves or neither.
fn key_places(section: &Section<'_>) -> Result<Option<KeyPlaces>, ConfigError> {
    let [id, secret, passphrase] = [place(section, "id")?, place(section, "secret")?, place(section, "passphrase")?];
    section.finish()?;
    match (id, secret) {
        (Some(id), Some(secret)) => Ok(Some(KeyPlaces { id, secret, passphrase })),
        (None, None) => Ok(None),
        (None, Some(_)) => Err(section.refuse("id", "file:/path or env:NAME: a key has both halves")),
        (Some(_), None) => Err(section.refuse("secret", "file:/path or env:NAME: a key has both halves")),
    }
}

/// Where a part of a key is. What stands there instead may be the key itself: it is not repeated.
fn place(section: &Section<'_>, key: &str) -> Result<Option<String>, ConfigError> {
    let accepted = "\"file:/path\" (mode 0600), \"env:NAME\", or \"none\"";
    let is_place = |text: &str| ["file:/", "env:"].iter().any(|kind| text.starts_with(kind) && text.len() > kind.len());
    let read = section.text(key, accepted, |text| match text {
        "none" => Some(None),
        _ => is_place(text).then(|| Some(text.to_owned())),
    });
    read.map_err(|error| match error.found.as_str() {
        "nothing" => error,
        _ => ConfigError { found: "something that is not shown".into(), ..error },
    })
}

fn url(section: &Section<'_>, key: &str, schemes: [&str; 2]) -> Result<Option<String>, ConfigError> {
    let accepted = format!("\"venue\", or {} or {} and a host", schemes[0], schemes[1]);
    section.text(key, &accepted, |text| {
        let has_host = |scheme: &&str| text.strip_prefix(scheme).is_some_and(|host| !host.is_empty());
        match text {
            "venue" => Some(None),
            _ => schemes.iter().any(has_host).then(|| Some(text.to_owned())),
        }
    })
}

fn listening(section: &Section<'_>) -> Result<Feeds, ConfigError> {
    let feeds = Feeds {
        book_score_min: section.integer("book_score_min", 0..=100, "points")?,
        dead_after: Duration::from_secs(section.integer("dead_after_s", 1..=3_600, "seconds")?),
    };
    section.finish()?;
    Ok(feeds)
}

fn liquidation(section: &Section<'_>) -> Result<Option<Liquidation>, ConfigError> {
    let is_on = section.flag("liquidation")?;
    let fee_e6 = section.decimal("liquidation_fee_bps", 2, 0..=100_000, "bps of the value")?;
    let fund = section.decimal_or("insurance_fund_usd", "unlimited", 8, 0..=USD_MAX, "dollars")?.map(Quote);
    Ok(is_on.then_some(Liquidation { fee_e6, fund }))
}

fn paper(section: &Section<'_>) -> Result<Paper, ConfigError> {
    let latency = |key| section.integer(key, 0..=10_000_000, "microseconds").map(Duration::from_micros);
    let power = Hundredths(section.decimal("queue_power", 2, 0..=1_000, "the exponent")?);
    let paper = Paper {
        equity: Quote(section.decimal("equity_usd", 8, Quote::ONE..=USD_MAX, "dollars")?),
        feed_latency: latency("feed_latency_us")?,
        order_latency: latency("order_latency_us")?,
        reply_latency: latency("reply_latency_us")?,
        latency_shape: section.choice("latency_shape", &LATENCY_SHAPES)?,
        latency_high: [
            latency("feed_latency_high_us")?,
            latency("order_latency_high_us")?,
            latency("reply_latency_high_us")?,
        ],
        latency_file: section.text("latency_file", "\"none\", or a path", |text| match text {
            "" => None,
            "none" => Some(None),
            path => Some(Some(PathBuf::from(path))),
        })?,
        queue: section.choice("queue_model", &QueueModel::all(power))?,
        impact: Impact {
            shape: section.choice("impact", &IMPACT_SHAPES)?,
            share_e6: section.decimal("impact_bps", 2, 0..=1_000_000, "bps of the price")?,
            reference: Quote(section.decimal("impact_usd", 8, Quote::ONE..=USD_MAX, "dollars")?),
            half_life: Duration::from_millis(section.integer("impact_half_life_ms", 1..=86_400_000, "milliseconds")?),
        },
        liquidation: liquidation(section)?,
    };
    section.finish()?;
    let shape = paper.latency_shape;
    let needs_file = matches!(shape, LatencyShape::Empirical | LatencyShape::Recorded);
    if needs_file && paper.latency_file.is_none() {
        return Err(section.refuse("latency_file", "a path: this latency_shape needs measured times"));
    }
    let low = [paper.feed_latency, paper.order_latency, paper.reply_latency];
    let keys = ["feed_latency_high_us", "order_latency_high_us", "reply_latency_high_us"];
    for (key, (low, high)) in keys.into_iter().zip(low.iter().zip(&paper.latency_high)) {
        if matches!(shape, LatencyShape::Uniform | LatencyShape::LogNormal) && high < low {
            return Err(section.refuse(key, "at least the latency itself, with this latency_shape"));
        }
    }
    Ok(paper)
}

const IMPACT_SHAPES: [(&str, ImpactShape); 3] =
    [("none", ImpactShape::None), ("linear", ImpactShape::Linear), ("square-root", ImpactShape::SquareRoot)];

const LATENCY_SHAPES: [(&str, LatencyShape); 5] = [
    ("constant", LatencyShape::Constant),
    ("uniform", LatencyShape::Uniform),
    ("log-normal", LatencyShape::LogNormal),
    ("empirical", LatencyShape::Empirical),
    ("recorded", LatencyShape::Recorded),
];

fn strategies(
    root: &Section<'_>,
    venues: &[Venue],
    limits: &Limits,
    owners: &Owners<'_>,
    purpose: Purpose,
) -> Result<Vec<Strategy>, ConfigError> {
    let entries = root.entries("strategy")?;
    if entries.len() > usize::from(u8::MAX) {
        return Err(entries[0].refuse("name", "at most 255 strategies: an order id has eight bits for its strategy"));
    }
    // Of those below, nobody asked for what is in no run; of the same list, what says so by itself, and not for want of a
    // word.
    let is_inherited = root.is_inherited("strategy");
    let is_out = |entry: &&Section<'_>| {
        is_inherited && !entry.is_inherited("enabled") && matches!(entry.flag("enabled"), Ok(false))
    };
    let all = entries.iter().filter(|entry| !is_out(entry)).map(|entry| strategy(entry, venues, limits, owners));
    let enabled = all.filter_map(|read| read.map(|(is_enabled, strategy)| is_enabled.then_some(strategy)).transpose());
    let strategies: Result<Vec<_>, _> = enabled.collect();
    if strategies.is_err() && purpose == Purpose::Listen && root.is_inherited("strategy") {
        return Ok(Vec::new());
    }
    strategies.map_err(|error| match root.is_inherited("strategy") {
        // Those below hold by themselves: the file above replaced the venues, and not who trades there.
        true => root.demand(
            "strategy",
            &format!("a [[strategy]] on what a [[venue]] of this file lists; by default {} is traded", error.found),
        ),
        false => error,
    })
}

/// And whether it takes part: a file that names it means it, unless it says otherwise.
fn strategy(
    section: &Section<'_>,
    venues: &[Venue],
    limits: &Limits,
    owners: &Owners<'_>,
) -> Result<(bool, Strategy), ConfigError> {
    let script =
        if section.has("script") { Some(section.text("script", "a path", |p| Some(p.to_owned()))?) } else { None };
    let known: &'static Entry = match &script {
        Some(path) => scripts::load(Path::new(path)).map_err(|fault| section.refuse("script", &fault.to_string()))?,
        None => {
            let all: Vec<_> = CATALOGUE.iter().chain([&manual::ENTRY]).map(|entry| (entry.name, entry)).collect();
            section.choice("name", &all)?
        }
    };
    let name = known.name;
    // Its parameters are people's orders: a file has none.
    let asked = if manual::is_manual(known) { &[][..] } else { known.params };
    let is_named = script.is_some() && !section.has("enabled");
    let is_enabled = is_named || section.is_inherited("enabled") || section.flag("enabled")?;
    let params = section.section("params")?;
    let has_own = script.is_some();
    let strategy = Strategy {
        name: name.to_owned(),
        script,
        owner: owners.read(section, manual::is_manual(known))?,
        instruments: section.texts("instruments", "venue:SYMBOL, both in a [[venue]] of the run", |text| {
            let (venue, symbol) = text.split_once(':')?;
            let venue = venues.iter().find(|known| known.id.name() == venue)?;
            venue.symbols.iter().any(|known| known == symbol).then(|| (venue.id, symbol.to_owned()))
        })?,
        limits: risk::tightened(limits, &section.section("risk")?)?,
        params: asked
            .iter()
            .map(|param| Ok((param.name.to_owned(), value(&params, param, has_own)?)))
            .collect::<Result<_, _>>()?,
    };
    params.finish()?;
    section.finish()?;
    // Each value is in its range; whether they make sense together, the strategy itself knows.
    let ids: Vec<InstrumentId> = (0..strategy.instruments.len() as u32).map(InstrumentId).collect();
    match catalog::Strategy::of(known, &ids, &strategy.params) {
        Ok(_) => Ok((is_enabled, strategy)),
        Err(fault @ (ParamFault::Instruments { .. } | ParamFault::NoInstrument)) => {
            Err(section.refuse("instruments", &fault.to_string()))
        }
        Err(fault) => Err(section.refuse("params", &fault.to_string())),
    }
}

/// Defaults of the catalogue stand in the manual, those of a script in the script.
fn value(params: &Section<'_>, param: &Param, has_own: bool) -> Result<i64, ConfigError> {
    if has_own && !params.has(param.name) {
        return Ok(param.default);
    }
    params.integer(param.name, param.min..=param.max, param.unit())
}

fn journal(section: &Section<'_>) -> Result<Journal, ConfigError> {
    let journal = Journal {
        enabled: section.flag("enabled")?,
        directory: section.text("directory", "the path of a folder", |text| {
            (!text.is_empty() && !text.contains('\0')).then(|| PathBuf::from(text))
        })?,
        segment_bytes: section.integer("segment_mib", 1..=4_096_u64, "MiB")? << 20,
        mode: section.choice(
            "mode",
            &[JournalMode::SendThenSync, JournalMode::SyncBeforeSend].map(|mode| (mode.name(), mode)),
        )?,
        recover: section.choice("recover", &Recover::ALL.map(|recover| (recover.name(), recover)))?,
        snapshot_every: Some(section.integer("snapshot_s", 0..=86_400_u64, "seconds")?)
            .filter(|seconds| *seconds > 0)
            .map(Duration::from_secs),
    };
    section.finish()?;
    Ok(journal)
}

fn log(section: &Section<'_>) -> Result<Log, ConfigError> {
    let log = Log {
        level: section.choice("level", &LogLevel::ALL.map(|level| (level.name(), level)))?,
        format: section.choice("format", &[("plain", LogFormat::Plain), ("json", LogFormat::Json)])?,
    };
    section.finish()?;
    Ok(log)
}
