//! Where a key may be used from, and who is one by his address: addresses and networks.

use super::PeopleError;
use std::net::{IpAddr, Ipv6Addr};

/// Networks of a key.
const NETWORKS_MAX: usize = 16;

/// None: anywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Networks(Vec<(IpAddr, u8)>);

impl Networks {
    /// `10.0.0.0/8,::1`, or nothing.
    pub(super) fn parse(text: &str) -> Result<Self, PeopleError> {
        let parts: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        let wrong = |found: &str| PeopleError::Networks { found: found.to_owned() };
        if parts.len() > NETWORKS_MAX {
            return Err(wrong(&format!("{} networks", parts.len())));
        }
        let networks = parts.iter().map(|part| network(part).ok_or_else(|| wrong(part)));
        networks.collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn allow(&self, from: IpAddr) -> bool {
        let from = from.to_canonical();
        self.0.is_empty() || self.0.iter().any(|(network, bits)| shared_bits(*network, from) >= u32::from(*bits))
    }
}

/// Whose an address is, as far as it tells: of the newer kind a house has a whole net, and may take another one for each try.
pub(crate) fn whose(from: IpAddr) -> IpAddr {
    match from {
        IpAddr::V4(_) => from,
        IpAddr::V6(ip) => ip
            .to_ipv4_mapped()
            .map_or_else(|| IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX))), IpAddr::V4),
    }
}

fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Some(most), |bits| bits.parse().ok().filter(|bits| *bits <= most))?;
    Some((address, bits))
}

/// Bits that two addresses begin with alike; of two families none, so that a network of 0 bits is every address.
fn shared_bits(one: IpAddr, other: IpAddr) -> u32 {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => (one.to_bits() ^ other.to_bits()).leading_zeros(),
        (IpAddr::V6(one), IpAddr::V6(other)) => (one.to_bits() ^ other.to_bits()).leading_zeros(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(networks: &str, from: &str) -> bool {
        Networks::parse(networks).expect("networks").allow(from.parse().expect("an address"))
    }

    #[test]
    fn an_address_is_in_its_networks_only() {
        assert!(allow("", "203.0.113.9") && allow("10.0.0.0/8", "10.255.0.1") && allow("127.0.0.1", "127.0.0.1"));
        assert!(allow("10.0.0.0/8, ::1", "::1") && allow("2001:db8::/32", "2001:db8:1::5"));
        assert!(allow("10.0.0.0/8", "::ffff:10.1.2.3"), "the same address in another dress");
        assert!(!allow("10.0.0.0/8", "11.0.0.1") && !allow("127.0.0.1", "127.0.0.2"));
        assert!(!allow("0.0.0.0/32", "::1") && !allow("2001:db8::/32", "2001:db9::"));
        for wrong in ["10.0.0.0/33", "::/129", "localhost", "10.0.0", "10.0.0.0/", "10.0.0.0/-1", "1.1.1.1 2.2.2.2"] {
            assert!(Networks::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn who_has_a_net_of_addresses_is_one() {
        for (from, is) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::9", "2001:db8:1:2::"),
            ("2001:db8:1:3::9", "2001:db8:1:3::"),
        ] {
            let parsed = |text: &str| text.parse::<IpAddr>().expect("an address");
            assert_eq!(whose(parsed(from)), parsed(is), "{from}");
        }
    }
}
