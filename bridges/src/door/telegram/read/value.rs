//! Single words as values. Each is `None` for what is none.

use super::super::ask::Window;
use crate::desk::flow::Timeframe;
use engine_model::units::Nanos;
use engine_model::venue::VenueId;

/// Of a wrong word so much is repeated.
const SHOWN_CHARS_MAX: usize = 32;
const SYMBOL_CHARS_MAX: usize = 40;

/// What may be a symbol, as it was written: the desk knows which.
pub(super) fn symbol(word: &str) -> Result<String, String> {
    let is_one = |c: char| c.is_ascii_alphanumeric() || "-_/.:".contains(c);
    let word = word.trim_start_matches('$');
    let has_letter = word.chars().any(|c| c.is_ascii_alphanumeric());
    if word.len() > SYMBOL_CHARS_MAX || !word.chars().all(is_one) || !has_letter {
        return Err(format!("{} is no symbol", shown(word)));
    }
    Ok(word.to_owned())
}

/// A venue by its name or the beginning of it.
pub(super) fn venue(word: &str) -> Option<VenueId> {
    let word = word.to_ascii_lowercase();
    VenueId::from_name(&word).or_else(|| VenueId::ALL.into_iter().find(|venue| venue.name().starts_with(&word)))
}

/// `15`, `15m`, `15min`, `1h`, `4H`, `1d`.
pub(super) fn frame(word: &str) -> Option<Timeframe> {
    let is_bare = word.bytes().all(|byte| byte.is_ascii_digit());
    let s = if is_bare { word.parse::<u64>().ok()?.checked_mul(60)? } else { span_s(word)? };
    Timeframe::ALL.into_iter().find(|frame| Some(frame.length_ns()) == s.checked_mul(Nanos::SECOND))
}

/// `15m`, `24h`, `7d`, `2w`.
pub(super) fn window(word: &str) -> Option<Window> {
    span_s(word).filter(|s| (60..=366 * 86_400).contains(s)).map(Window)
}

fn span_s(word: &str) -> Option<u64> {
    let word = word.to_ascii_lowercase();
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = word.split_at(digits);
    let unit = match unit {
        "m" | "min" | "mins" | "minutes" => 60,
        "h" | "hr" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        "w" | "week" | "weeks" => 7 * 86_400,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// `200`, `200%`.
pub(super) fn percent(word: &str) -> Option<u32> {
    word.strip_suffix('%').unwrap_or(word).parse().ok()
}

/// `5%`, `2.5%`, `0.05` is refused: nobody knows which it is.
pub(super) fn share_bps(word: &str) -> Option<u32> {
    let (whole, part) = word.strip_suffix('%')?.split_once('.').unwrap_or((word.strip_suffix('%')?, ""));
    if part.len() > 2 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part: u32 = format!("{part:0<2}").parse().ok()?;
    let bps = whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(part)?;
    Some(bps).filter(|bps| (1..=100_000).contains(bps))
}

/// A decimal number as it is written, thousands' commas taken out.
pub(super) fn price(word: &str) -> Option<String> {
    let word = word.replace(',', "");
    let mut halves = word.split('.');
    let is_digits = |half: &str| !half.is_empty() && half.bytes().all(|byte| byte.is_ascii_digit());
    let is_one = halves.next().is_some_and(is_digits) && halves.next().is_none_or(is_digits) && halves.next().is_none();
    is_one.then_some(word).filter(|word| word.len() <= 24)
}

/// `UTC`, `+8`, `-3:30`, `SGT`.
pub(super) fn zone(word: &str) -> Option<i32> {
    let word = word.to_ascii_uppercase();
    let rest = match word.as_str() {
        "UTC" | "GMT" | "Z" => return Some(0),
        "SGT" | "HKT" => return Some(480),
        other => other.trim_start_matches("UTC").trim_start_matches("GMT"),
    };
    let (sign, rest) = match rest.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, rest.strip_prefix('+').unwrap_or(rest)),
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(hours) || !is_digits(minutes) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// `23:00`, `7`, `7:30`: a minute of the day.
pub(super) fn time(word: &str) -> Option<u16> {
    let (hours, minutes) = word.trim().split_once(':').unwrap_or((word.trim(), "0"));
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// A wrong word, for a sentence about it.
pub(super) fn shown(word: &str) -> String {
    let text: String = word.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS_MAX).collect();
    if text.is_empty() { "nothing".to_owned() } else { format!("\"{text}\"") }
}
/// The number of a job, as it is told: `12` or `#12`.
pub(super) fn job(word: &str) -> Option<i64> {
    let digits = word.trim_start_matches('#');
    digits.parse().ok().filter(|id| *id > 0 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}
