//! How Kraken spells our ids, assets and pairs.
//!
//! Our id: at most 18 letters are allowed, and `R255-16777215-4294967295` has 24. So it is `R` and the 64 bits of
//! [`ClientOrderId`] as 16 hexadecimal digits: `R0100000200000003` is `R1-2-3`.

use crate::gateway::read::Listed;
use crate::gateway::text::Text;
use engine_model::instrument::Instrument;
use engine_model::order::ClientOrderId;

/// Writes our id.
pub(super) fn put_id(id: ClientOrderId, to: &mut Text) {
    to.put("R").hex(&id.0.to_be_bytes());
}

/// Our id out of its text; `None` of what is not ours.
pub(super) fn our_id(text: &[u8]) -> Option<ClientOrderId> {
    let digits = text.strip_prefix(b"R").filter(|digits| digits.len() == 16)?;
    let is_ours = digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let digits = std::str::from_utf8(digits).ok().filter(|_| is_ours)?;
    u64::from_str_radix(digits, 16).ok().map(ClientOrderId)
}

/// The name that the streams have for an asset of REST: what is older than 2019 has a letter before it there.
pub(super) fn asset(name: &str) -> &str {
    OLD.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| new)
}

const OLD: [(&str, &str); 19] = [
    ("XXBT", "BTC"),
    ("XBT", "BTC"),
    ("XXDG", "DOGE"),
    ("XDG", "DOGE"),
    ("XETC", "ETC"),
    ("XETH", "ETH"),
    ("XLTC", "LTC"),
    ("XMLN", "MLN"),
    ("XREP", "REP"),
    ("XXLM", "XLM"),
    ("XXMR", "XMR"),
    ("XXRP", "XRP"),
    ("XZEC", "ZEC"),
    ("ZAUD", "AUD"),
    ("ZCAD", "CAD"),
    ("ZEUR", "EUR"),
    ("ZGBP", "GBP"),
    ("ZJPY", "JPY"),
    ("ZUSD", "USD"),
];

/// The instrument of a pair as REST spells it, `XBTUSD` or `XXBTZUSD`; `None` of one that is not ours.
pub(super) fn pair<'a>(listed: &'a Listed, pair: &str) -> Option<&'a Instrument> {
    let is_it = |of: &Instrument| {
        (1..pair.len()).filter_map(|at| pair.split_at_checked(at)).any(|(base, quote)| {
            let quote = quote.strip_prefix('/').unwrap_or(quote);
            asset(base) == of.base.as_str() && asset(quote) == of.quote.as_str()
        })
    };
    listed.iter().find(|of| is_it(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_fits_and_is_read_as_it_was_written() {
        for id in [ClientOrderId::new(1, 2, 3), ClientOrderId::new(255, (1 << 24) - 1, u32::MAX)] {
            let mut text = Text::default();
            put_id(id, &mut text);
            assert!(text.bytes().len() <= 18);
            assert_eq!(our_id(text.bytes()), Some(id));
        }
        assert_eq!(our_id(b"R0100000200000003"), Some(ClientOrderId::new(1, 2, 3)));
        for foreign in
            ["", "R", "R1-2-3", "r0100000200000003", "R+100000200000003", "R010000020000000A", "R01000002000000031"]
        {
            assert_eq!(our_id(foreign.as_bytes()), None, "{foreign}");
        }
    }
}
