//! Streams to decode: recorded ones where they are, else made up from a seed.
//!
//! Owns: which files, whose venue they are of, and the kind of each message. Never: what a message means.

use crate::call::Call;
use crate::error::BenchError;
use crate::synthetic;
use engine_model::instrument::Instruments;
use engine_model::venue::VenueId;
use feeds::capture::{Direction, Record, Recording};
use feeds::metadata;
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
            return Ok(vec![Self::read(&call.captures)?]);
        }
        let found: Vec<Vec<PathBuf>> = RECORDED.iter().filter_map(|files| recorded(files)).collect();
        if found.len() == RECORDED.len() {
            return found.iter().map(|files| Self::read(files)).collect();
        }
        Ok(vec![Self::made_up(call.seed)?])
    }

    /// A stream made up from a seed.
    pub fn made_up(seed: u64) -> Result<Self, BenchError> {
        Ok(Self::new("made up".to_owned(), synthetic::recording(seed)?))
    }

    fn read(files: &[PathBuf]) -> Result<Self, BenchError> {
        let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        let stream = Self::new(names.join(" "), Recording::read(files)?);
        if stream.kinds.is_empty() { Err(BenchError::Empty(stream.name)) } else { Ok(stream) }
    }

    /// A recording as a stream.
    #[must_use]
    pub fn new(name: String, recording: Recording) -> Self {
        let venue = venue_of(&recording);
        let instruments = metadata::infer(&recording, venue);
        let kinds = messages(&recording).map(|record| Kind::of(&record)).collect();
        Self { name, venue, instruments, recording, kinds }
    }

    /// Every message, in order: frames and REST answers.
    pub fn messages(&self) -> impl Iterator<Item = Record<'_>> {
        messages(&self.recording)
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

/// The files, if all of them are there: in the folder that `RINGSIDE_SHARED` names, else beside the repository.
fn recorded(files: &[&str]) -> Option<Vec<PathBuf>> {
    let shared = std::env::var_os("RINGSIDE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let paths: Vec<PathBuf> = files.iter().map(|file| shared.join("data").join(file)).collect();
    paths.iter().all(|path| path.exists()).then_some(paths)
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
