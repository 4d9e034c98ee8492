use super::super::ask::{AlertsAsk, SettingsAsk, Which};
use super::super::outbox::{Level, Urgency};
use super::*;
use engine_model::venue::VenueId;
use proptest::prelude::*;

const BOT: &str = "RingsideBot";

fn wrong(text: &str) -> String {
    match read(text, BOT) {
        Err(Unread::Wrong(line)) => line,
        other => panic!("{text}: {other:?}"),
    }
}

fn price(symbol: &str, frame: Timeframe, venue: Option<VenueId>) -> Ask {
    Ask::Price { symbol: symbol.to_owned(), frame, venue }
}

#[test]
fn a_command_is_read_however_it_is_written() {
    for (text, ask) in [
        ("/price BTC", price("BTC", Timeframe::M15, None)),
        ("/PRICE btc-usdt 1H", price("btc-usdt", Timeframe::H1, None)),
        ("  /price@ringsidebot BTC/USDT all 5", price("BTC/USDT", Timeframe::M5, None)),
        ("/price btc usdt okx 4h", price("btc-USDT", Timeframe::H4, Some(VenueId::Okx))),
        ("/price $DOGE", price("DOGE", Timeframe::M15, None)),
        ("/oi", Ask::OpenInterest { symbol: "BTC".to_owned() }),
        ("/pnl 7d", Ask::Portfolio { window: Window(7 * 86_400) }),
        ("/volscan", Ask::VolumeScan { threshold_pct: 200, frame: Timeframe::M15 }),
        ("/volscan 150% 1h", Ask::VolumeScan { threshold_pct: 150, frame: Timeframe::H1 }),
        ("/volscan 1h", Ask::VolumeScan { threshold_pct: 200, frame: Timeframe::H1 }),
        ("/liquidations", Ask::Liquidations { symbol: None, window: Window::HOUR }),
        ("/liquidations 24h", Ask::Liquidations { symbol: None, window: Window::DAY }),
        ("/liquidations eth 15m", Ask::Liquidations { symbol: Some("eth".to_owned()), window: Window(900) }),
        ("/top10 perp", Ask::TopTen { by: TopBy::Perps }),
        ("/risk_limits", Ask::RiskLimits),
        (
            "/risk-limits SET Leverage_max_pct 200",
            Ask::RiskLimitsSet { name: "leverage_max_pct".to_owned(), value: "200".to_owned() },
        ),
        (
            "/position_size BTC 2.5% 60,000.5",
            Ask::PositionSize { symbol: "BTC".to_owned(), share_bps: 250, stop: Some("60000.5".to_owned()) },
        ),
        ("/strategy", Ask::StrategyStatus),
        ("/strategy pause Maker", Ask::Strategy { what: Steering::Pause, name: "maker".to_owned() }),
        (
            "/strategy set strategy:2 Fast=10 slow=-4",
            Ask::Strategy {
                what: Steering::Set(vec![("fast".to_owned(), 10), ("slow".to_owned(), -4)]),
                name: "strategy:2".to_owned(),
            },
        ),
        ("/stopentry", Ask::Pause),
        ("/fx all", Ask::Close { what: Which::All, share_pct: 100 }),
        ("/close BTC 50%", Ask::Close { what: Which::One("BTC".to_owned()), share_pct: 50 }),
        ("/emergency_stop", Ask::EmergencyStop),
        ("/EMERGENCY-STOP now!!", Ask::EmergencyStop),
        ("/panic", Ask::EmergencyStop),
        ("/rearm the feed is back", Ask::Rearm { reason: "the feed is back".to_owned() }),
        ("/alerts add BTC price above 70000", Ask::Alerts(AlertsAsk::Add("BTC price above 70000".to_owned()))),
        ("/alerts mute 8h", Ask::Alerts(AlertsAsk::Mute(480))),
        ("/alerts levels market silent", Ask::Alerts(AlertsAsk::Levels(Some((Urgency::Market, Level::Silent))))),
        ("/settings zone +8", Ask::Settings(SettingsAsk::Zone(480))),
        ("/settings zone UTC-3:30", Ask::Settings(SettingsAsk::Zone(-210))),
        ("/settings silent 23:00 - 7", Ask::Settings(SettingsAsk::Silent(Some((1_380, 420))))),
        ("/help risk_limits", Ask::Help { about: Some(Telegram::RiskLimits) }),
        ("/start hello there", Ask::Start),
    ] {
        assert_eq!(read(text, BOT), Ok(ask), "{text}");
    }
}

#[test]
fn what_is_wrong_is_one_line_with_an_example() {
    for (text, expected) in [
        ("/price", "/price needs a symbol - for example: /price BTC 15m"),
        ("/price BTC 15q", "\"15q\" is neither a timeframe (15m, 1h) nor a venue - for example: /price BTC 15m"),
        ("/cvd BTC 0m", "\"0m\" is no timeframe: 1m, 5m, 15m, 30m, 1h, 4h, 1d - for example: /cvd BTC 1h"),
        ("/orders now", "\"now\" is one word too many - for example: /orders"),
        ("/trades 999", "\"999\" is no number from 1 to 50 - for example: /trades 10"),
        ("/top10", "nothing is no list - for example: /top10 perps"),
        ("/position_size BTC 0.05", "\"0.05\" is no share of the equity - for example: /position_size BTC 5% 60000"),
        ("/close BTC 0%", "\"0%\" is no share of a position, 1% to 100% - for example: /close all"),
        ("/rearm", "why does it trade again? - for example: /rearm the feed is back"),
        ("/settings silent 7-7", "\"7-7\" is no span - for example: /settings silent 23:00-07:00"),
        ("/prise BTC", "\"/prise\" is no command - did you mean /price? /help lists them"),
        (
            "/strategy set sma_cross",
            "/strategy set needs a parameter and its value - for example: /strategy set sma_cross fast=10 slow=40",
        ),
        (
            "/strategy set sma_cross fast",
            "\"fast\" is no PARAM=VALUE - for example: /strategy set sma_cross fast=10 slow=40",
        ),
        (
            "/strategy set sma_cross fast=1.5",
            "\"fast=1.5\" is no PARAM=VALUE - for example: /strategy set sma_cross fast=10 slow=40",
        ),
        ("/strategy dance", "\"dance\" is one word too many - for example: /strategy_status"),
        ("/qqqqqq", "\"/qqqqqq\" is no command /help lists them"),
    ] {
        assert_eq!(wrong(text), expected, "{text}");
    }
}

#[test]
fn what_is_not_for_us_is_left_alone() {
    for text in ["", "hello", "price BTC", "/price@OtherBot BTC", "  "] {
        assert_eq!(read(text, BOT), Err(Unread::NotForUs), "{text}");
    }
}

#[test]
fn every_example_of_the_help_is_a_command_of_its_row() {
    for row in Telegram::ALL {
        let ask = read(usage(*row).example, BOT);
        assert!(ask.as_ref().is_ok_and(|ask| ask.row() == *row), "{row:?}: {ask:?}");
    }
}

proptest! {
    #[test]
    fn whatever_is_typed_is_read_or_answered_in_one_short_line(text in "/?(?s).{0,80}") {
        if let Err(Unread::Wrong(line)) = read(&text, BOT) {
            prop_assert!(line.chars().count() < 200 && !line.contains('\n'), "{line}");
        }
    }

    #[test]
    fn arguments_never_bring_it_down(
        row in 0..Telegram::ALL.len(), words in prop::collection::vec("[a-zA-Z0-9%:.+,-]{0,9}", 0..5)
    ) {
        let text = format!("{} {}", Telegram::ALL[row].word(), words.join(" "));
        prop_assert!(read(&text, BOT) != Err(Unread::NotForUs));
    }
}
