//! Keys of the simulated accounts. They are published here, guard nothing, and are the same in every run.
//!
//! Owns: the keys. Never: how a message is signed with one, which is each protocol's.

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// Enter, change and withdraw orders.
    pub trade: bool,
    /// Move money away.
    pub withdraw: bool,
    /// Whether it works from named addresses only.
    pub address_bound: bool,
}

/// A key. A protocol takes from it what its venue has: not all have a pass phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// The public half.
    pub id: &'static str,
    /// The private half: the text that HMAC is keyed with, which is also base64 for venues that decode it first; or a
    /// private key as PEM.
    pub secret: &'static str,
    /// The pass phrase of venues that have one.
    pub passphrase: &'static str,
    /// What it may do.
    pub rights: Rights,
}

const TRADE: Rights = Rights { trade: true, withdraw: false, address_bound: true };
const PASSPHRASE: &str = "simulated-pass-phrase";

/// May trade, may not withdraw, works from named addresses only: as a key should be.
pub const TRADER: ApiKey = ApiKey {
    id: "simulated-venue-trader",
    // base64 of "a secret of the simulated venue that guards nothing at all"
    secret: "YSBzZWNyZXQgb2YgdGhlIHNpbXVsYXRlZCB2ZW51ZSB0aGF0IGd1YXJkcyBub3RoaW5nIGF0IGFsbA==",
    passphrase: PASSPHRASE,
    rights: TRADE,
};

/// The same account's Ed25519 key: the first test key of RFC 8032, 7.1, as PKCS #8.
pub const TRADER_ED25519: ApiKey = ApiKey {
    id: "simulated-venue-trader-ed25519",
    secret: "-----BEGIN PRIVATE KEY-----\n\
             MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
             -----END PRIVATE KEY-----\n",
    passphrase: PASSPHRASE,
    rights: TRADE,
};

/// May only look.
pub const READER: ApiKey = ApiKey {
    id: "simulated-venue-reader",
    // base64 of "another secret of the simulated venue that may only look"
    secret: "YW5vdGhlciBzZWNyZXQgb2YgdGhlIHNpbXVsYXRlZCB2ZW51ZSB0aGF0IG1heSBvbmx5IGxvb2s=",
    passphrase: PASSPHRASE,
    rights: Rights { trade: false, withdraw: false, address_bound: true },
};

/// May withdraw: a careful client refuses it.
pub const WITHDRAWER: ApiKey = ApiKey {
    id: "simulated-venue-withdrawer",
    // base64 of "a third secret of the simulated venue that may take money away"
    secret: "YSB0aGlyZCBzZWNyZXQgb2YgdGhlIHNpbXVsYXRlZCB2ZW51ZSB0aGF0IG1heSB0YWtlIG1vbmV5IGF3YXk=",
    passphrase: PASSPHRASE,
    rights: Rights { trade: true, withdraw: true, address_bound: false },
};

/// The same account's key on the curve P-256, as PEM of SEC 1: for venues whose requests are signed with ES256.
pub const TRADER_P256: ApiKey = ApiKey {
    id: "organizations/simulated/apiKeys/trader",
    secret: "-----BEGIN EC PRIVATE KEY-----\n\
             MHcCAQEEIDanDUqg/f9O3n0pbTCJJwZC733PFwWYMs/5NYWpLF/5oAoGCCqGSM49\n\
             AwEHoUQDQgAEAsXFeaVO5CND9icJhuO/PD45xO1H9p0ssBYFK0X1eDyVKvh0vxYc\n\
             C9qdAD4SwQvwwbeKDd2nT4U3UC/g0hGilg==\n\
             -----END EC PRIVATE KEY-----\n",
    passphrase: PASSPHRASE,
    rights: TRADE,
};

/// [`READER`] with such a key.
pub const READER_P256: ApiKey = ApiKey {
    id: "organizations/simulated/apiKeys/reader",
    secret: "-----BEGIN EC PRIVATE KEY-----\n\
             MHcCAQEEIOzM0V8DUSyO09OlQ3So9xZ/ALOy/Gg23T7TF1FYcfKxoAoGCCqGSM49\n\
             AwEHoUQDQgAEc+kRjMQLO657+hxXj9X3pGK6XLkTf7P+QYT52O4+nQtFxYPR6TMf\n\
             klHolvGkiSPbSXTjcngPMIUYtdYHguyWww==\n\
             -----END EC PRIVATE KEY-----\n",
    passphrase: PASSPHRASE,
    rights: READER.rights,
};

/// [`WITHDRAWER`] with such a key.
pub const WITHDRAWER_P256: ApiKey = ApiKey {
    id: "organizations/simulated/apiKeys/withdrawer",
    secret: "-----BEGIN EC PRIVATE KEY-----\n\
             MHcCAQEEIKbSxDFWOjsli/Ux/5rJCUA648mWfR5w68YYFFVs11CLoAoGCCqGSM49\n\
             AwEHoUQDQgAExEf4moy0pTim6cdyZDMNM8Ux6O0mBXts2f7Hq0PbRWeh3x/zquwb\n\
             ZlV/wjcR6DLwMNNB9X53Pt4vWFJpDUMXTA==\n\
             -----END EC PRIVATE KEY-----\n",
    passphrase: PASSPHRASE,
    rights: WITHDRAWER.rights,
};

/// The account of wallets: the address of the key that the Python client of Hyperliquid is tested with.
const ACCOUNT: &str = "0x14791697260e4c9a71f18484c9f997b308e59325";

/// A wallet that the account has approved, where orders are signed with secp256k1: `id` is the account's address. The key
/// is that of the example in EIP-155.
pub const TRADER_WALLET: ApiKey =
    ApiKey { id: ACCOUNT, secret: "0x4646464646464646464646464646464646464646464646464646464646464646", ..TRADER };

/// A wallet that nobody has approved.
pub const READER_WALLET: ApiKey =
    ApiKey { id: ACCOUNT, secret: "0x1111111111111111111111111111111111111111111111111111111111111111", ..READER };

/// The account's own key, which may do all that the account may.
pub const WITHDRAWER_WALLET: ApiKey =
    ApiKey { id: ACCOUNT, secret: "0x0123456789012345678901234567890123456789012345678901234567890123", ..WITHDRAWER };
