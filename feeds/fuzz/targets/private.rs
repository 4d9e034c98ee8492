//! What venues say in private, changed at will, on lines and in REST answers: nothing panics, what is not understood leaves
//! nothing behind, and the engine is told nothing that the law of orders has no place for.
//!
//! The first bytes choose the venue, where it is said and which of the golden texts of the venue's own tests it is; the rest
//! changes that text. Without a golden text the rest is what is said.

use engine_model::instrument::{ContractKind, Grid, Instrument, InstrumentId, Instruments, Name};
use engine_model::units::{Lots, Quote};
use engine_model::venue::VenueId;
use feeds::gateway::desk::rehearsal::Rehearsal;
use feeds::gateway::key::{Key, Secret};
use std::sync::OnceLock;

/// Name in the venue's words, base, quote, kind, decimals of price and quantity.
type Row = (&'static str, &'static str, &'static str, ContractKind, u8, u8);

/// A venue, what it lists, the golden texts of its tests, a key's three parts, and what it calls the order.
pub(crate) struct Stage {
    venue: VenueId,
    rows: &'static [Row],
    tests: &'static str,
    key: [&'static str; 3],
    theirs: &'static str,
}

use ContractKind::{Inverse, Linear, Spot};

const ELLIPTIC: &str = include_str!("../../src/coinbase/sign.rs");
const BINANCE: &str = include_str!("../../src/binance/gateway/tests.rs");
const GATE: &str = include_str!("../../src/gate/gateway/tests.rs");
const USUAL: [&str; 3] = ["me", "hush", "word"];

#[rustfmt::skip]
pub(crate) static STAGES: [Stage; 13] = [
    Stage { venue: VenueId::BinanceSpot, rows: &[("BTCUSDT", "BTC", "USDT", Spot, 2, 5)], tests: BINANCE, key: USUAL, theirs: "4293153" },
    Stage { venue: VenueId::BinanceUsdm, rows: &[("BTCUSDT", "BTC", "USDT", Linear, 2, 5)], tests: BINANCE, key: USUAL, theirs: "4293153" },
    Stage { venue: VenueId::BinanceCoinm, rows: &[("BTCUSDT", "BTC", "USDT", Inverse, 2, 5)], tests: BINANCE, key: USUAL, theirs: "4293153" },
    Stage { venue: VenueId::Bybit, rows: &[("linear:BTCUSDT", "BTC", "USDT", Linear, 2, 3), ("spot:BTCUSDT", "BTC", "USDT", Spot, 1, 6)],
        tests: include_str!("../../src/bybit/gateway/tests.rs"), key: USUAL, theirs: "" },
    Stage { venue: VenueId::Okx, rows: &[("BTC-USDT", "BTC", "USDT", Spot, 1, 8), ("BTC-USDT-SWAP", "BTC", "USDT", Linear, 1, 2)],
        tests: include_str!("../../src/okx/gateway/tests.rs"), key: USUAL, theirs: "312269865356374016" },
    Stage { venue: VenueId::Bitget, rows: &[("SPOT:BTCUSDT", "BTC", "USDT", Spot, 2, 6), ("USDT-FUTURES:BTCUSDT", "BTC", "USDT", Linear, 1, 3)],
        tests: include_str!("../../src/bitget/gateway/tests.rs"), key: USUAL, theirs: "" },
    Stage { venue: VenueId::GateSpot, rows: &[("BTC_USDT", "BTC", "USDT", Spot, 1, 6), ("ETH_USDT", "ETH", "USDT", Spot, 2, 4)], tests: GATE, key: USUAL, theirs: "" },
    Stage { venue: VenueId::GateFutures, rows: &[("BTC_USDT", "BTC", "USDT", Linear, 1, 0), ("ETH_USDT", "ETH", "USDT", Linear, 2, 2)],
        tests: GATE, key: USUAL, theirs: "" },
    Stage { venue: VenueId::Kraken, rows: &[("BTC/USD", "BTC", "USD", Spot, 1, 8)],
        tests: include_str!("../../src/kraken/gateway/tests.rs"), key: ["me", "aHVzaA==", ""], theirs: "" },
    Stage { venue: VenueId::KrakenFutures, rows: &[("PF_XBTUSD", "BTC", "USD", Linear, 0, 4), ("PI_XBTUSD", "BTC", "USD", Inverse, 1, 0)],
        tests: include_str!("../../src/kraken_futures/gateway/tests.rs"), key: ["me", "aHVzaA==", ""], theirs: "" },
    Stage { venue: VenueId::Deribit, rows: &[("BTC-PERPETUAL", "BTC", "USD", Inverse, 1, 0), ("ETH_USDC-PERPETUAL", "ETH", "USDC", Linear, 2, 3)],
        tests: include_str!("../../src/deribit/gateway/tests.rs"), key: USUAL, theirs: "" },
    Stage { venue: VenueId::Coinbase, rows: &[("BTC-USD", "BTC", "USD", Spot, 2, 8)],
        tests: include_str!("../../src/coinbase/gateway/tests.rs"), key: ["organizations/o/apiKeys/k", "", ""], theirs: "" },
    Stage { venue: VenueId::Hyperliquid, rows: &[("BTC", "BTC", "USDC", Linear, 1, 5), ("@107", "HYPE", "USDC", Spot, 6, 2)],
        tests: include_str!("../../src/hyperliquid/gateway/tests.rs"),
        key: ["0x1719884eb866cb12b2287399b15f7db5e7d775ea", "0123456789012345678901234567890123456789012345678901234567890123", ""], theirs: "" },
];

impl Stage {
    fn instruments(&self) -> Instruments {
        let name = |text| Name::new(text).expect("short");
        let of = |(place, (symbol, base, quote, kind, px, qty)): (usize, &Row)| Instrument {
            id: InstrumentId(place as u32),
            venue: self.venue,
            symbol: name(symbol),
            base: name(base),
            quote: name(quote),
            kind: *kind,
            grid: Grid { price_decimals: *px, tick_step: 1, qty_decimals: *qty, lot_step: 1 },
            contract_size: 1,
            contract_decimals: 0,
            min_qty: Lots(1),
            max_qty: Lots(1_000_000_000),
            min_notional: Quote::ZERO,
        };
        Instruments::new(self.rows.iter().enumerate().map(of).collect())
    }

    fn key(&self) -> Key {
        let [id, secret, word] = self.key;
        // The venue's elliptic key stands in the tests of its signatures.
        let elliptic = || {
            let from = ELLIPTIC.find("\"-----BEGIN EC").expect("a key") + 1;
            let text = ELLIPTIC[from..].split('"').next().expect("its end");
            text.replace("\\n", "\n")
        };
        let secret = if secret.is_empty() { elliptic() } else { secret.to_owned() };
        Key { id: Secret::new(id), secret: Secret::new(&secret), passphrase: Some(Secret::new(word)) }
    }
}

fn texts(stage: usize) -> &'static [String] {
    static ALL: OnceLock<Vec<Vec<String>>> = OnceLock::new();
    &ALL.get_or_init(|| STAGES.iter().map(|stage| super::texts(stage.tests)).collect())[stage]
}

/// Numbers that are hard to bear.
const NUMBERS: [&str; 8] = [
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "-1",
    "0",
    "1e30",
    "0.000000000001",
    "4294967296",
];

/// Four bytes a change: where (two), what, and with what.
fn change(text: &mut Vec<u8>, changes: &[u8]) {
    for change in changes.chunks_exact(4) {
        let at = usize::from(u16::from_le_bytes([change[0], change[1]])) % (text.len() + 1);
        let with = change[3];
        match change[2] % 6 {
            0 if at < text.len() => text[at] = with,
            1 => drop(text.drain(at..(at + usize::from(with % 16)).min(text.len()))),
            2 => text.insert(at, with),
            // A number in place of the next one.
            3 | 4 => {
                let Some(from) = text[at..].iter().position(u8::is_ascii_digit).map(|skip| at + skip) else { continue };
                let is_part = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
                let to = text[from..].iter().position(|byte| !is_part(byte)).map_or(text.len(), |length| from + length);
                text.splice(from..to, NUMBERS[usize::from(with) % NUMBERS.len()].bytes());
            }
            // Said again, at its end.
            5 if text.len() < 4_096 => text.extend_from_within(at..),
            _ => {}
        }
    }
}

/// One case.
pub(crate) fn run(data: &[u8]) {
    let [venue, of, rest @ ..] = data else { return };
    let number = usize::from(*venue) % STAGES.len();
    let (stage, texts) = (&STAGES[number], texts(number));
    let instruments = stage.instruments();
    let of = InstrumentId(u32::from(*of) % instruments.len() as u32);
    let mut rehearsal = Rehearsal::new(stage.venue, &stage.key(), &instruments, of, stage.theirs).expect("a tongue");
    for message in rest.split(|byte| *byte == 0xff).filter(|message| message.len() > 4) {
        let [place, status, wish, text, changes @ ..] = message else { return };
        match wish % 8 {
            0 => rehearsal.wish(true),
            1 => rehearsal.wish(false),
            _ => {}
        }
        let said = match texts.get(usize::from(*text)) {
            Some(golden) => {
                let mut said = golden.clone().into_bytes();
                change(&mut said, changes);
                said
            }
            None => changes.to_vec(),
        };
        let status = [200, 200, 200, 400, 403, 429, 500][usize::from(*status) % 7];
        rehearsal.hear(usize::from(*place) % rehearsal.places(), status, &said);
    }
}
