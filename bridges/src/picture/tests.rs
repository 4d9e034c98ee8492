use super::*;

const HOUR_S: u64 = 3_600;
const START_S: u64 = 1_772_366_400;

/// A price that wanders, the same each time.
fn walk(count: u64) -> Vec<Bar> {
    let (mut price, mut sum, mut traded) = (61_800.0_f64, 0.0, 0.0);
    (0..count)
        .map(|n| {
            let turn = ((n * 7_919 + 13) % 101) as f64 - 50.0;
            let (open, close) = (price, price + turn * 2.0);
            let (high, low) = (open.max(close) + 40.0, open.min(close) - 35.0);
            let volume = 20.0 + turn.abs();
            price = close;
            sum += volume * (high + low + close) / 3.0;
            traded += volume;
            Bar { at_s: START_S + n * HOUR_S / 4, open, high, low, close, volume, vwap: sum / traded }
        })
        .collect()
}

fn profile(bars: &[Bar]) -> Profile {
    let low = bars.iter().map(|bar| bar.low).fold(f64::INFINITY, f64::min);
    let high = bars.iter().map(|bar| bar.high).fold(0.0, f64::max);
    let step = (high - low) / 24.0;
    let bin = |n: u64| (low + step * n as f64, low + step * (n + 1) as f64, 100.0 - (n as f64 - 12.0).powi(2) / 2.0);
    let middle = f64::midpoint(low, high);
    Profile { bins: (0..24).map(bin).collect(), poc: middle, vah: middle + 5.0 * step, val: middle - 5.0 * step }
}

fn all() -> Vec<(&'static str, String)> {
    let bars = walk(96);
    let note = "binance-usdm, trades of this run, 2026-03-01 12:00:00 UTC".to_owned();
    let mut delta = 0.0;
    let points = bars.iter().map(|bar| {
        delta += (bar.close - bar.open) / 20.0;
        (bar.at_s, bar.close, delta)
    });
    let curve = Curve { title: "BTC CVD 15m".to_owned(), note: note.clone(), points: points.collect() };
    let mut peak = 0.0_f64;
    let points = bars.iter().enumerate().map(|(n, bar)| {
        let money = 100_000.0 + (bar.close - 61_800.0) * 3.0;
        peak = peak.max(money);
        // A gap is drawn as one.
        (bar.at_s, if n == 40 { f64::NAN } else { money }, (peak - money) / peak)
    });
    let money = Curve { title: "Equity".to_owned(), note: note.clone(), points: points.collect() };
    let bar = |venue: &str, usd| OpenInterestBar { venue: venue.to_owned(), usd };
    let open = [
        bar("okx", [2.1e9, 0.1e9, 0.9e9]),
        bar("binance", [6.2e9, 0.4e9, 2.2e9]),
        bar("bybit", [4.0e9, 0.1e9, 0.8e9]),
        bar("hyperliquid", [0.0, 1.4e9, 0.0]),
    ];
    let shown = Candles { title: "BTC/USDT 15m".into(), note: note.clone(), profile: Some(profile(&bars)), bars };
    vec![
        ("candles", candles(&shown)),
        ("cvd", cvd(&curve)),
        ("equity", equity(&money)),
        ("open-interest", open_interest("BTC open interest by venue", &note, &open)),
    ]
}

#[test]
fn every_chart_is_a_picture_of_its_size_with_something_on_it() {
    let folder = std::env::var_os("RINGSIDE_PICTURES").map(std::path::PathBuf::from);
    for (name, svg) in all() {
        let bytes = png(&svg).expect(name);
        assert_eq!(bytes[..8], *b"\x89PNG\r\n\x1a\n", "{name}");
        let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
        assert_eq!((number(16), number(20)), (WIDTH, HEIGHT), "{name}");
        assert!((5_000..1_000_000).contains(&bytes.len()), "{name}: {} bytes", bytes.len());
        let pixels = resvg::tiny_skia::Pixmap::decode_png(&bytes).expect(name);
        let background = pixels.pixel(1, 1).expect("a corner");
        let drawn = pixels.pixels().iter().filter(|pixel| **pixel != background).count();
        assert!(drawn > pixels.pixels().len() / 50, "{name}: {drawn} pixels");
        if let Some(folder) = &folder {
            std::fs::write(folder.join(format!("{name}.png")), &bytes).expect("a folder to look into");
        }
    }
}

#[test]
fn nothing_known_is_said_and_drawn_as_nothing() {
    let nothing = Candles { title: "<b>&\"".to_owned(), note: String::new(), bars: Vec::new(), profile: None };
    let none = Curve { title: String::new(), note: String::new(), points: Vec::new() };
    for svg in [candles(&nothing), cvd(&none), equity(&none), open_interest("", "", &[])] {
        assert!(svg.contains("nothing is known yet") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        png(&svg).expect("a picture all the same");
    }
    let odd = Bar { at_s: 0, open: 1.0, high: f64::INFINITY, low: f64::NAN, close: 1.0, volume: 0.0, vwap: f64::NAN };
    png(&candles(&Candles { bars: vec![odd], ..nothing })).expect("numbers that are none are left out");
}

#[test]
fn the_letters_are_there() {
    // A font that lacks them would draw nothing, in silence.
    let blank = png(&candles(&Candles { title: "   ".into(), note: String::new(), bars: vec![], profile: None }));
    let title = png(&candles(&Candles { title: "BTC".into(), note: String::new(), bars: vec![], profile: None }));
    assert_ne!(blank.expect("a picture"), title.expect("a picture"));
}
