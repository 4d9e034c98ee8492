//! Text written in place.

use engine_model::instrument::Instrument;
use engine_model::order::ClientOrderId;
use engine_model::units::{Lots, Nanos, Ticks};
use std::fmt;

/// Room from the start: longer than any order's text.
const ROOM: usize = 1_024;

/// A text that is written, sent, cleared and written again: it allocates only to become longer than ever before.
#[derive(Clone)]
pub(crate) struct Text(Vec<u8>);

/// Signatures and pass phrases stand in texts, so none is shown.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a text of {} bytes", self.0.len())
    }
}

impl Default for Text {
    fn default() -> Self {
        Self(Vec::with_capacity(ROOM))
    }
}

impl Text {
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn put(&mut self, words: &str) -> &mut Self {
        self.put_bytes(words.as_bytes())
    }

    pub(crate) fn put_bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// What is to stand inside a JSON text: a pass phrase is chosen by a person and may have quotes in it.
    pub(crate) fn escaped(&mut self, bytes: &[u8]) -> &mut Self {
        for byte in bytes {
            self.put(if matches!(byte, b'"' | b'\\') { "\\" } else { "" }).put_bytes(std::slice::from_ref(byte));
        }
        self
    }

    /// A whole number.
    pub(crate) fn whole(&mut self, number: u64) -> &mut Self {
        self.decimal(number, 0)
    }

    /// `units` of 10^-decimals with all their decimals: 100 of 3 is `0.100`.
    pub(crate) fn decimal(&mut self, units: u64, decimals: u8) -> &mut Self {
        // Longer than the longest: 20 digits, a point, and at most 20 zeros before them.
        let mut room = [b'0'; 48];
        let (mut left, mut at, mut written) = (units, room.len(), 0);
        loop {
            if written == usize::from(decimals) && decimals > 0 {
                at -= 1;
                room[at] = b'.';
            }
            at -= 1;
            room[at] = b'0' + (left % 10) as u8;
            left /= 10;
            written += 1;
            if left == 0 && written > usize::from(decimals) {
                return self.put_bytes(&room[at..]);
            }
        }
    }

    /// The same without zeros at the end: 100 of 3 is `0.1`, 1000 of 3 is `1`.
    pub(crate) fn decimal_trimmed(&mut self, units: u64, decimals: u8) -> &mut Self {
        let (mut units, mut decimals) = (units, decimals);
        while decimals > 0 && units.is_multiple_of(10) {
            units /= 10;
            decimals -= 1;
        }
        self.decimal(units, decimals)
    }

    /// A price on the instrument's grid with all decimals of the grid. Prices of orders are positive.
    pub(crate) fn price(&mut self, instrument: &Instrument, px: Ticks) -> &mut Self {
        let grid = &instrument.grid;
        self.decimal((px.0 * grid.tick_step).unsigned_abs(), grid.price_decimals)
    }

    /// A quantity on the instrument's grid with all decimals of the grid.
    pub(crate) fn quantity(&mut self, instrument: &Instrument, qty: Lots) -> &mut Self {
        let grid = &instrument.grid;
        self.decimal((qty.0 * grid.lot_step).unsigned_abs(), grid.qty_decimals)
    }

    /// Our order id, with `between` between its parts: `R1-2-3` with `-`, `R1x2x3` with `x` where only letters and digits
    /// may be.
    pub(crate) fn order_id(&mut self, id: ClientOrderId, between: &str) -> &mut Self {
        self.put("R").whole(u64::from(id.strategy()));
        self.put(between).whole(u64::from(id.epoch()));
        self.put(between).whole(u64::from(id.counter()))
    }

    /// Bytes as hexadecimal digits, small letters.
    pub(crate) fn hex(&mut self, bytes: &[u8]) -> &mut Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for byte in bytes {
            self.0.push(DIGITS[usize::from(byte >> 4)]);
            self.0.push(DIGITS[usize::from(byte & 15)]);
        }
        self
    }

    /// Bytes as base64 with padding (RFC 4648, section 4).
    pub(crate) fn base64(&mut self, bytes: &[u8]) -> &mut Self {
        self.base64_digits(bytes, *b"+/");
        let padding = (3 - bytes.len() % 3) % 3;
        self.put(["", "=", "=="][padding])
    }

    /// Bytes as base64 for addresses and file names, without padding (RFC 4648, section 5).
    pub(crate) fn base64_url(&mut self, bytes: &[u8]) -> &mut Self {
        self.base64_digits(bytes, *b"-_")
    }

    fn base64_digits(&mut self, bytes: &[u8], last: [u8; 2]) -> &mut Self {
        const DIGITS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        for chunk in bytes.chunks(3) {
            let part = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
            let all = part(0) << 16 | part(1) << 8 | part(2);
            for digit in 0..=chunk.len() {
                let digit = (all >> (18 - 6 * digit)) as usize & 63;
                self.0.push(DIGITS.get(digit).copied().unwrap_or_else(|| last[digit & 1]));
            }
        }
        self
    }

    /// A time as `2020-12-08T09:08:57.715Z`.
    pub(crate) fn iso_ms(&mut self, at: Nanos) -> &mut Self {
        self.iso(at, ":")
    }

    /// The same, percent-encoded.
    pub(crate) fn iso_ms_percent(&mut self, at: Nanos) -> &mut Self {
        self.iso(at, "%3A")
    }

    fn iso(&mut self, at: Nanos, colon: &str) -> &mut Self {
        let (ms, seconds) = (at.0 / Nanos::MILLI % 1_000, at.0 / Nanos::SECOND);
        let (year, month, day) = date(seconds / 86_400);
        let of_day = seconds % 86_400;
        let parts = [
            (year, 4, "-"),
            (month, 2, "-"),
            (day, 2, "T"),
            (of_day / 3_600, 2, colon),
            (of_day / 60 % 60, 2, colon),
            (of_day % 60, 2, "."),
            (ms, 3, "Z"),
        ];
        for (number, digits, behind) in parts {
            let mut room = [b'0'; 4];
            let mut left = number;
            for place in room[..digits].iter_mut().rev() {
                *place = b'0' + (left % 10) as u8;
                left /= 10;
            }
            self.put_bytes(&room[..digits]).put(behind);
        }
        self
    }

    /// Bytes percent-encoded: everything but letters, digits and `-._~` (RFC 3986, 2.3).
    pub(crate) fn percent(&mut self, bytes: &[u8]) -> &mut Self {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        for &byte in bytes {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                self.0.push(byte);
            } else {
                self.0.extend([b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
            }
        }
        self
    }

    /// What [`Text::percent`] was given.
    pub(crate) fn percent_decoded(&mut self, text: &[u8]) -> &mut Self {
        let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            let coded =
                (byte == b'%').then(|| Some(digit(text.get(at + 1))? << 4 | digit(text.get(at + 2))?)).flatten();
            self.0.push(coded.map_or(byte, |coded| coded as u8));
            at += if coded.is_some() { 3 } else { 1 };
        }
        self
    }
}

/// Year, month and day of a day counted from 1970. Years are taken to begin in March, so that the day which only some have
/// is their last.
fn date(days: u64) -> (u64, u64, u64) {
    const DAYS_OF_400_YEARS: u64 = 146_097;
    /// From the first of March of the year 0.
    const BEFORE_1970: u64 = 719_468;
    let (eras, day) = ((days + BEFORE_1970) / DAYS_OF_400_YEARS, (days + BEFORE_1970) % DAYS_OF_400_YEARS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (year * 365 + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, is_next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (eras * 400 + year + is_next_year, month, day)
}

/// Our id out of a venue's text of it; `None` of what is not ours.
pub(crate) fn order_id(text: &[u8], between: u8) -> Option<ClientOrderId> {
    let mut parts = text.strip_prefix(b"R")?.split(|&byte| byte == between).map(crate::json::unsigned);
    let (strategy, epoch, counter) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || epoch >= 1 << 24 {
        return None;
    }
    Some(ClientOrderId::new(u8::try_from(strategy).ok()?, epoch.try_into().ok()?, counter.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Text)) -> String {
        let mut text = Text::default();
        write(&mut text);
        String::from_utf8(text.0).expect("text")
    }

    #[test]
    fn numbers_are_written_as_venues_want_them() {
        let cases =
            [(0, 0, "0", "0"), (0, 2, "0.00", "0"), (5, 3, "0.005", "0.005"), (61_837_630, 3, "61837.630", "61837.63")];
        for (units, decimals, full, trimmed) in cases {
            assert_eq!(text(|t| _ = t.decimal(units, decimals)), full);
            assert_eq!(text(|t| _ = t.decimal_trimmed(units, decimals)), trimmed);
        }
        assert_eq!(text(|t| _ = t.decimal(u64::MAX, 18)), "18.446744073709551615");
    }

    #[test]
    fn an_id_is_read_as_it_was_written_and_others_are_not_ours() {
        let id = ClientOrderId::new(3, 70_000, 4_294_967_295);
        for between in ["-", "x"] {
            let written = text(|t| _ = t.order_id(id, between));
            assert_eq!(order_id(written.as_bytes(), between.as_bytes()[0]), Some(id));
        }
        for foreign in
            ["", "R", "R1", "R1-2", "R1-2-3-4", "R300-1-1", "R1-16777216-1", "R1-1-4294967296", "x1-2-3", "R-1-1"]
        {
            assert_eq!(order_id(foreign.as_bytes(), b'-'), None, "{foreign}");
        }
    }

    #[test]
    fn bytes_are_written_in_the_usual_alphabets() {
        // RFC 4648, section 10.
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(text(|t| _ = t.base64(plain.as_bytes())), coded);
            assert_eq!(text(|t| _ = t.base64_url(plain.as_bytes())), coded.trim_end_matches('='));
        }
        assert_eq!(text(|t| _ = t.base64(&[0xfb, 0xff])), "+/8=");
        assert_eq!(text(|t| _ = t.base64_url(&[0xfb, 0xff])), "-_8");
        assert_eq!(text(|t| _ = t.hex(&[0, 0xab, 0xff])), "00abff");
        assert_eq!(text(|t| _ = t.percent(b"a+/= ~.")), "a%2B%2F%3D%20~.");
        assert_eq!(text(|t| _ = t.percent_decoded(b"a%2B%2F%3D%20~.%4")), "a+/= ~.%4");
    }

    #[test]
    fn times_are_written_as_they_are_read() {
        for written in [
            "1970-01-01T00:00:00.000Z",
            "2000-02-29T23:59:59.999Z",
            "2024-02-29T12:00:00.001Z",
            "2024-03-01T00:00:00.000Z",
            "2026-12-31T23:59:59.050Z",
            "2100-03-01T00:00:00.000Z",
        ] {
            let at = crate::grid::iso_ns(written.as_bytes()).expect(written);
            assert_eq!(text(|t| _ = t.iso_ms(at)), written);
        }
    }
}
