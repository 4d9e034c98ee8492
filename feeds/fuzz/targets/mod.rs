//! What is done with any bytes: the same for a fuzzer that follows the code's branches (`cargo xtask fuzz`) and for the tests
//! of every change (`feeds/tests/venues/damaged.rs`), which damage texts that are right.
//!
//! Owns: the list of targets. Each panics where something is wrong, and says nothing else.
#![allow(dead_code, reason = "a fuzzer has no use for the texts")]

mod calls;
mod json;
mod private;
mod rest;
mod stream;

use engine_model::venue::VenueId;
pub(crate) use private::STAGES;
use stream::Stream;

/// Something that must bear any bytes.
pub(crate) struct Target {
    /// As it is asked for.
    pub(crate) name: &'static str,
    /// Rust code in which right texts stand, as raw strings.
    tests: &'static str,
    what: What,
}

enum What {
    /// The scanner of JSON.
    Json,
    /// REST answers of Binance.
    Rest,
    /// What venues say in private.
    Private,
    /// Frames of one venue.
    Stream(Stream),
}

impl Target {
    /// One case.
    pub(crate) fn run(&self, bytes: &[u8]) {
        match &self.what {
            What::Json => json::run(bytes),
            What::Rest => rest::run(bytes),
            What::Private => private::run(bytes),
            What::Stream(stream) => stream.run(bytes),
        }
    }

    /// Whose frames it takes.
    pub(crate) fn markets(&self) -> &'static [VenueId] {
        if let What::Stream(stream) = &self.what { stream.markets } else { &[] }
    }

    /// First bytes, each of which chooses another way for what is behind it; none where all bytes are fed.
    pub(crate) fn choices(&self) -> &'static [u8] {
        match &self.what {
            // A market in the upper four bits, a question in the lower ones.
            What::Rest => &[0x00, 0x11, 0x22, 0x03, 0x13, 0x23],
            What::Stream(stream) => stream.choices(),
            What::Json | What::Private => &[],
        }
    }

    /// Texts to begin with.
    pub(crate) fn texts(&self) -> Vec<String> {
        texts(self.tests)
    }
}

/// Every raw text in Rust code that looks like JSON. One in pieces (`concat!`) is put together.
fn texts(code: &str) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    let mut is_next = false;
    for piece in code.split("r#\"").skip(1) {
        let Some((text, gap)) = piece.split_once("\"#") else { continue };
        let text = if text.contains("{{") { text.replace("{{", "{").replace("}}", "}") } else { text.to_owned() };
        match texts.last_mut().filter(|_| is_next) {
            _ if text.starts_with(['{', '[']) => texts.push(text),
            Some(begun) => begun.push_str(&text),
            None => {}
        }
        is_next = gap.trim() == ",";
    }
    texts
}

macro_rules! targets {
    ($($name:literal $what:expr, $tests:literal;)*) => {
        /// All of them.
        pub(crate) static ALL: &[Target] = &[$(
            Target { name: $name, what: $what, tests: include_str!(concat!("../../tests/", $tests)) }
        ),*];
    };
}

targets! {
    "json" What::Json, "binance/hostile.rs";
    "rest" What::Rest, "binance/hostile.rs";
    "private" What::Private, "binance/hostile.rs";
    "binance" What::Stream(stream::BINANCE), "binance/hostile.rs";
    "bitget" What::Stream(stream::BITGET), "venues/bitget.rs";
    "bitmex" What::Stream(stream::BITMEX), "venues/bitmex.rs";
    "bybit" What::Stream(stream::BYBIT), "venues/bybit.rs";
    "coinbase" What::Stream(stream::COINBASE), "venues/coinbase.rs";
    "coinbase_exchange" What::Stream(stream::COINBASE_EXCHANGE), "venues/coinbase_exchange.rs";
    "deribit" What::Stream(stream::DERIBIT), "venues/deribit.rs";
    "gate" What::Stream(stream::GATE), "venues/gate.rs";
    "hyperliquid" What::Stream(stream::HYPERLIQUID), "venues/hyperliquid.rs";
    "kraken" What::Stream(stream::KRAKEN), "venues/kraken.rs";
    "kraken_v1" What::Stream(stream::KRAKEN_V1), "venues/kraken_v1.rs";
    "kraken_futures" What::Stream(stream::KRAKEN_FUTURES), "venues/kraken_futures.rs";
    "kucoin" What::Stream(stream::KUCOIN), "venues/kucoin.rs";
    "okx" What::Stream(stream::OKX), "venues/okx.rs";
}
