//! Streams to decode: recorded ones where they are, else made up from a seed.
//!
//! Owns: which files, whose venue they are of, their sockets, and the kind of each message (told for Binance; of other
//! venues every message is `Other`). Never: what a message means.

use crate::call::Call;
use crate::error::BenchError;
use crate::synthetic;
use engine_model::instrument::Instruments;
use engine_model::venue::VenueId;
use feeds::capture::{Direction, Record, Recording};
use feeds::metadata;
use feeds::session::Session;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// One venue's stream.
pub struct Stream {
    /// What it is called in the report.
    pub name: String,
    /// Of which venue.
    pub venue: VenueId,
    /// The instruments in it, on the grids that its numbers use.
    pub instruments: Instruments,
    recording: Recording,
    /// Kind of each message, in order.
    kinds: Vec<Kind>,
    /// Every socket that frames came through, and its address where the recording has it.
    sockets: Vec<(u32, String)>,
}

/// What a message is, for figures by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A change of a book.
    Depth,
    /// A venue's own best bid and ask.
    Quote,
    /// A trade.
    Trade,
    /// Anything else, snapshots included.
    Other,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Depth, Self::Quote, Self::Trade, Self::Other];

    /// The name in the report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Depth => "depth",
            Self::Quote => "quote",
            Self::Trade => "trade",
            Self::Other => "other",
        }
    }

    fn of(record: &Record<'_>) -> Self {
        let has = |word: &[u8]| record.payload.windows(word.len()).take(160).any(|window| window == word);
        match record.direction {
            Direction::In if has(b"\"depthUpdate\"") => Self::Depth,
            Direction::In if has(b"rade\",\"E\"") => Self::Trade,
            Direction::In if has(b"\"B\":") => Self::Quote,
            _ => Self::Other,
        }
    }
}

/// The recorded BTC streams, each the files of one stream in order.
const RECORDED: [&[&str]; 2] = [
    &["binance/hft_btcusdt_20240808.ndjson.zst", "binance/hft_btcusdt_20240809.ndjson.zst"],
    &["binance_usdm/hft_btcusdt_20240808.ndjson.zst"],
];

impl Stream {
    /// The streams that the call asks for.
    pub fn all(call: &Call) -> Result<Vec<Self>, BenchError> {
        if !call.captures.is_empty() {
            return Ok(vec![Self::read(&call.captures, call.venue)?]);
        }
        if let Some(venue) = call.venue {
            let streams = Self::recorded(venue)?;
            return if streams.is_empty() { Err(BenchError::Unrecorded(venue)) } else { Ok(streams) };
        }
        let found: Vec<Vec<PathBuf>> = RECORDED.iter().filter_map(|files| recorded(files)).collect();
        if found.len() == RECORDED.len() {
            return found.iter().map(|files| Self::read(files, None)).collect();
        }
        Ok(vec![Self::made_up(call.seed)?])
    }

    /// Every recording of a venue that stands beside the repository; none where there is no such folder.
    pub fn recorded(venue: VenueId) -> Result<Vec<Self>, BenchError> {
        let streams = recordings(venue);
        streams.iter().map(|files| Self::read(files, Some(venue))).collect()
    }

    /// A stream made up from a seed.
    pub fn made_up(seed: u64) -> Result<Self, BenchError> {
        Ok(Self::new("made up".to_owned(), synthetic::recording(seed)?))
    }

    fn read(files: &[PathBuf], venue: Option<VenueId>) -> Result<Self, BenchError> {
        let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        let recording = Recording::read(files)?;
        let venue = venue.unwrap_or_else(|| venue_of(&recording));
        let stream = Self::of_venue(names.join(" "), venue, recording);
        if stream.kinds.is_empty() { Err(BenchError::Empty(stream.name)) } else { Ok(stream) }
    }

    /// A recording of a market of Binance as a stream.
    #[must_use]
    pub fn new(name: String, recording: Recording) -> Self {
        let venue = venue_of(&recording);
        Self::of_venue(name, venue, recording)
    }

    fn of_venue(name: String, venue: VenueId, recording: Recording) -> Self {
        let instruments = metadata::infer(&recording, venue);
        let kinds = messages(&recording).map(|record| Kind::of(&record)).collect();
        let sockets = sockets(&recording);
        Self { name, venue, instruments, recording, kinds, sockets }
    }

    /// Every message, in order: frames and REST answers.
    pub fn messages(&self) -> impl Iterator<Item = Record<'_>> {
        messages(&self.recording)
    }

    /// Opens every socket of the recording once more, as a new connection would: numbers of messages begin anew.
    pub fn open(&self, session: &mut Session) {
        self.sockets.iter().for_each(|(channel, url)| session.on_open(*channel, url));
    }

    /// Bytes of all messages.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.messages().map(|record| record.payload.len()).sum()
    }

    /// Kind of each message, in order.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }
}

fn messages(recording: &Recording) -> impl Iterator<Item = Record<'_>> {
    recording.iter().filter(|record| matches!(record.direction, Direction::In | Direction::Rest))
}

/// Every socket that frames came through, with its address where the recording has it.
fn sockets(recording: &Recording) -> Vec<(u32, String)> {
    let mut sockets: Vec<(u32, String)> = Vec::new();
    for record in recording.iter() {
        let known = sockets.iter_mut().find(|(channel, _)| *channel == record.channel);
        match (record.direction, known) {
            (Direction::Open, Some((_, url))) => *url = record.url.unwrap_or_default().to_owned(),
            (Direction::Open | Direction::In, None) => {
                sockets.push((record.channel, record.url.unwrap_or_default().to_owned()));
            }
            _ => {}
        }
    }
    sockets
}

/// The folder that `RINGSIDE_SHARED` names, else the one beside the repository.
fn shared() -> PathBuf {
    std::env::var_os("RINGSIDE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from)
}

/// The files, if all of them are there.
fn recorded(files: &[&str]) -> Option<Vec<PathBuf>> {
    let folder = shared().join("data");
    let paths: Vec<PathBuf> = files.iter().map(|file| folder.join(file)).collect();
    paths.iter().all(|path| path.exists()).then_some(paths)
}

/// The recordings of a venue as the list of expected values has them, each the files of one stream in order; one that is
/// also part of a longer stream is left to that.
fn recordings(venue: VenueId) -> Vec<Vec<PathBuf>> {
    let text = std::fs::read_to_string(shared().join("oracles/captures/expected.json")).unwrap_or_default();
    let all: Map<String, Value> = serde_json::from_str(&text).unwrap_or_default();
    let own = all.iter().filter(|(_, expected)| expected["venue"] == venue.name()).map(|(name, _)| name.as_str());
    let own: Vec<Vec<&str>> = own.map(|name| name.split('+').collect()).collect();
    let is_part = |files: &[&str]| own.iter().any(|longer| longer.len() > files.len() && longer.contains(&files[0]));
    own.iter().filter(|files| !is_part(files)).filter_map(|files| recorded(files)).collect()
}

/// Futures say which delta came before (`pu`), and coin-margined contracts have an underscore in their names.
fn venue_of(recording: &Recording) -> VenueId {
    let depth = messages(recording).find(|record| Kind::of(record) == Kind::Depth);
    let text = depth.map(|record| String::from_utf8_lossy(record.payload).into_owned()).unwrap_or_default();
    let symbol = text.split_once("\"s\":\"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
    match (text.contains("\"pu\":"), symbol.contains('_')) {
        (false, _) => VenueId::BinanceSpot,
        (true, false) => VenueId::BinanceUsdm,
        (true, true) => VenueId::BinanceCoinm,
    }
}
