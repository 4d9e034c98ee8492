//! Hyperliquid's signatures: an action is packed (MessagePack) as it is said (JSON), its hash becomes the `connectionId` of
//! an EIP-712 message of type `Agent`, and that is signed with secp256k1. The venue learns from the signature whose it is.
//!
//! Owns: both writings of an action, and the key. Never: which actions there are.

use crate::gateway::key::{Key, KeyError, Secret};
use crate::gateway::text::Text;
use k256::ecdsa::SigningKey;
use sha3::{Digest as _, Keccak256};
use zeroize::Zeroizing;

/// A hash, and a number of EIP-712: 32 bytes.
type Word = [u8; 32];

/// An account: the last 20 bytes of the hash of its public key.
pub(super) type Address = [u8; 20];

/// The chain that every message names, of whatever network.
const CHAIN: u16 = 1_337;

/// The network: `a` is production, `b` the test network.
const SOURCE: &[u8] = b"a";

/// Longest text, list and object that is packed with its length in the first byte.
const SHORT_TEXT: usize = 31;

fn hash(parts: &[&[u8]]) -> Word {
    let mut hash = Keccak256::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

/// Signs with one key for one account.
#[derive(Debug)]
pub(super) struct Signer {
    key: SigningKey,
    account: Address,
    /// Hash of what all messages share.
    domain: Word,
    /// Hash of what a message of type `Agent` is, and of its network.
    agent: [Word; 2],
    last_nonce: u64,
}

impl Signer {
    pub(super) fn new(key: &Key) -> Result<Self, KeyError> {
        let account = from_hex(&key.id).and_then(|bytes| Address::try_from(bytes.as_slice()).ok());
        let secret = from_hex(&key.secret).and_then(|bytes| SigningKey::from_slice(&bytes).ok());
        let domain = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
        let mut chain = [0; 32];
        chain[30..].copy_from_slice(&CHAIN.to_be_bytes());
        Ok(Self {
            account: account.ok_or(KeyError::Unfit("Hyperliquid: the id of a key is the account's address, 0x…"))?,
            key: secret.ok_or(KeyError::Unfit("Hyperliquid: the secret is a private key, 64 hexadecimal digits"))?,
            domain: hash(&[&hash(&[domain]), &hash(&[b"Exchange"]), &hash(&[b"1"]), &chain, &[0; 32]]),
            agent: [hash(&[b"Agent(string source,bytes32 connectionId)"]), hash(&[SOURCE])],
            last_nonce: 0,
        })
    }

    /// The account that is traded for.
    pub(super) fn account(&self) -> Address {
        self.account
    }

    /// Whose the key itself is.
    pub(super) fn own_address(&self) -> Address {
        let point = self.key.verifying_key().to_sec1_point(false);
        let hashed = hash(&[&point.as_bytes()[1..]]);
        let mut address = Address::default();
        address.copy_from_slice(&hashed[12..]);
        address
    }

    /// A number that no other action of the key has: the time in milliseconds, or more than the last.
    pub(super) fn nonce(&mut self, now_ms: u64) -> u64 {
        self.last_nonce = now_ms.max(self.last_nonce + 1);
        self.last_nonce
    }

    /// Writes nonce and signature of a packed action behind it, as members of the request; and until when it is good, in
    /// milliseconds, where that is said.
    pub(super) fn sign(&self, packed: &[u8], nonce: u64, until_ms: Option<u64>, request: &mut Text) {
        // The first zero: for no other account's vault; the second: an end follows.
        let (nonce_bytes, until) = (nonce.to_be_bytes(), until_ms.map(u64::to_be_bytes));
        let connection = match &until {
            None => hash(&[packed, &nonce_bytes, &[0]]),
            Some(until) => hash(&[packed, &nonce_bytes, &[0], &[0], until]),
        };
        let message = hash(&[&self.agent[0], &self.agent[1], &connection]);
        let (signature, recovery) = self.key.sign_prehash_recoverable(&hash(&[b"\x19\x01", &self.domain, &message]));
        let (r, s) = signature.split_bytes();
        request.put(r#","nonce":"#).whole(nonce).put(r#","signature":{"r":"0x"#).hex(&r);
        request.put(r#"","s":"0x"#).hex(&s).put(r#"","v":"#).whole(27 + u64::from(recovery.to_byte()));
        request.put(r#"},"vaultAddress":null"#);
        if let Some(until_ms) = until_ms {
            request.put(r#","expiresAfter":"#).whole(until_ms);
        }
    }
}

/// The bytes of a text of hexadecimal digits, with or without `0x`.
fn from_hex(text: &Secret) -> Option<Zeroizing<Vec<u8>>> {
    let digits = text.bytes().strip_prefix(b"0x").unwrap_or(text.bytes());
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?);
    digits.chunks(2).map(pair).collect::<Option<Vec<u8>>>().map(Zeroizing::new)
}

/// Writes an action twice at once: as JSON, which is sent, and packed, which is signed.
#[derive(Debug)]
pub(super) struct Action<'a> {
    json: &'a mut Text,
    packed: &'a mut Text,
    is_first: bool,
}

impl<'a> Action<'a> {
    pub(super) fn new(json: &'a mut Text, packed: &'a mut Text) -> Self {
        packed.clear();
        Self { json, packed, is_first: true }
    }

    /// Opens an object of so many members, at most 15.
    pub(super) fn object(&mut self, members: u8) -> &mut Self {
        self.json.put("{");
        self.packed.put_bytes(&[0x80 | members]);
        self.is_first = true;
        self
    }

    /// Opens a list of one.
    pub(super) fn list(&mut self) -> &mut Self {
        self.json.put("[");
        self.packed.put_bytes(&[0x91]);
        self
    }

    /// Opens a list of so many; [`Action::next`] stands before each.
    pub(super) fn list_of(&mut self, elements: usize) -> &mut Self {
        self.json.put("[");
        match u8::try_from(elements) {
            Ok(few @ ..16) => self.packed.put_bytes(&[0x90 | few]),
            _ => self.packed.put_bytes(&[0xdc]).put_bytes(&(elements as u16).to_be_bytes()),
        };
        self
    }

    /// Before the element of that place.
    pub(super) fn next(&mut self, at: usize) -> &mut Self {
        self.json.put(if at == 0 { "" } else { "," });
        self
    }

    /// Closes objects and lists: `}`, `]`, in the order given.
    pub(super) fn end(&mut self, brackets: &str) -> &mut Self {
        self.json.put(brackets);
        self.is_first = false;
        self
    }

    /// The name of the next member.
    pub(super) fn name(&mut self, name: &str) -> &mut Self {
        self.json.put(if self.is_first { "" } else { "," });
        self.text(name.as_bytes());
        self.json.put(":");
        self.is_first = false;
        self
    }

    /// A text that needs no escape: names of ours, numbers, hexadecimal digits.
    pub(super) fn text(&mut self, text: &[u8]) -> &mut Self {
        self.json.put("\"").put_bytes(text).put("\"");
        let length = text.len() as u8;
        if text.len() <= SHORT_TEXT {
            self.packed.put_bytes(&[0xa0 | length]);
        } else {
            self.packed.put_bytes(&[0xd9, length]);
        }
        self.packed.put_bytes(text);
        self
    }

    /// A whole number, packed as short as it goes.
    pub(super) fn whole(&mut self, number: u64) -> &mut Self {
        self.json.whole(number);
        let bytes = number.to_be_bytes();
        let (mark, length): (&[u8], usize) = match number {
            0..0x80 => (&[], 1),
            0x80..0x100 => (&[0xcc], 1),
            0x100..0x1_0000 => (&[0xcd], 2),
            0x1_0000..0x1_0000_0000 => (&[0xce], 4),
            _ => (&[0xcf], 8),
        };
        self.packed.put_bytes(mark).put_bytes(&bytes[8 - length..]);
        self
    }

    pub(super) fn flag(&mut self, is_it: bool) -> &mut Self {
        self.json.put(if is_it { "true" } else { "false" });
        self.packed.put_bytes(&[if is_it { 0xc3 } else { 0xc2 }]);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_packed_by_how_many_it_has() {
        for (many, head) in [(1, &[0x91][..]), (15, &[0x9f]), (16, &[0xdc, 0, 16]), (39, &[0xdc, 0, 39])] {
            let (mut json, mut packed) = (Text::default(), Text::default());
            let mut action = Action::new(&mut json, &mut packed);
            action.list_of(many);
            (0..many).for_each(|at| _ = action.next(at).whole(7));
            action.end("]");
            assert_eq!(packed.bytes(), [head, &vec![7; many]].concat(), "{many}");
            assert_eq!(json.bytes(), format!("[{}]", vec!["7"; many].join(",")).as_bytes(), "{many}");
        }
    }

    /// The key of the venue's own examples.
    const SECRET: &str = "0x0123456789012345678901234567890123456789012345678901234567890123";
    const ACCOUNT: &str = "0x1719884eb866cb12b2287399b15f7db5e7d775ea";

    fn signer() -> Signer {
        Signer::new(&Key { id: Secret::new(ACCOUNT), secret: Secret::new(SECRET), passphrase: None }).expect("a key")
    }

    fn signed(nonce: u64, write: impl FnOnce(&mut Action<'_>)) -> (String, String) {
        let (mut json, mut packed, mut request) = (Text::default(), Text::default(), Text::default());
        write(&mut Action::new(&mut json, &mut packed));
        signer().sign(packed.bytes(), nonce, None, &mut request);
        let text = |text: Text| String::from_utf8(text.bytes().to_vec()).expect("text");
        (text(json), text(request))
    }

    fn signature(nonce: u64, r: &str, s: &str, v: u8) -> String {
        format!(r#","nonce":{nonce},"signature":{{"r":"0x{r:0>64}","s":"0x{s:0>64}","v":{v}}},"vaultAddress":null"#)
    }

    fn order(action: &mut Action<'_>, cloid: Option<&str>) {
        action.object(3).name("type").text(b"order").name("orders").list();
        action
            .object(if cloid.is_some() { 7 } else { 6 })
            .name("a")
            .whole(1)
            .name("b")
            .flag(true)
            .name("p")
            .text(b"100");
        action.name("s").text(b"100").name("r").flag(false).name("t").object(1).name("limit").object(1);
        action.name("tif").text(b"Gtc").end("}}");
        if let Some(cloid) = cloid {
            action.name("c").text(cloid.as_bytes());
        }
        action.end("}]").name("grouping").text(b"na").end("}");
    }

    /// The vectors of the venue's own Python SDK, for the production network.
    #[test]
    fn actions_are_signed_as_the_venues_own_client_does() {
        let (json, dummy) = signed(0, |action| {
            action.object(2).name("type").text(b"dummy").name("num").whole(100_000_000_000).end("}");
        });
        assert_eq!(json, r#"{"type":"dummy","num":100000000000}"#);
        let r = "53749d5b30552aeb2fca34b530185976545bb22d0b3ce6f62e31be961a59298";
        assert_eq!(dummy, signature(0, r, "755c40ba9bf05223521753995abb2f73ab3229be8ec921f350cb447e384d8ed8", 27));

        let (json, plain) = signed(0, |action| order(action, None));
        let tail = r#""grouping":"na"}"#;
        let head =
            r#"{"type":"order","orders":[{"a":1,"b":true,"p":"100","s":"100","r":false,"t":{"limit":{"tif":"Gtc"}}"#;
        assert_eq!(json, format!("{head}}}],{tail}"));
        let r = "d65369825a9df5d80099e513cce430311d7d26ddf477f5b3a33d2806b100d78e";
        assert_eq!(plain, signature(0, r, "2b54116ff64054968aa237c20ca9ff68000f977c93289157748a3162b6ea940e", 28));

        let cloid = "0x00000000000000000000000000000001";
        let (json, named) = signed(0, |action| order(action, Some(cloid)));
        assert_eq!(json, format!(r#"{head},"c":"{cloid}"}}],{tail}"#));
        let r = "41ae18e8239a56cacbc5dad94d45d0b747e5da11ad564077fcac71277a946e3";
        assert_eq!(named, signature(0, r, "3c61f667e747404fe7eea8f90ab0e76cc12ce60270438b2058324681a00116da", 27));

        let (_, never) = signed(0, |action| _ = action.object(1).name("type").text(b"scheduleCancel").end("}"));
        let r = "6cdfb286702f5917e76cd9b3b8bf678fcc49aec194c02a73e6d4f16891195df9";
        assert_eq!(never, signature(0, r, "6557ac307fa05d25b8d61f21fb8a938e703b3d9bf575f6717ba21ec61261b2a0", 27));
        let (_, later) = signed(0, |action| {
            action.object(2).name("type").text(b"scheduleCancel").name("time").whole(123_456_789).end("}");
        });
        let r = "609cb20c737945d070716dcc696ba030e9976fcf5edad87afa7d877493109d55";
        assert_eq!(later, signature(0, r, "16c685d63b5c7a04512d73f183b3d7a00da5406ff1f8aad33f8ae2163bab758b", 28));
    }

    /// The hash that the venue itself made of an order, by the same SDK.
    #[test]
    fn an_action_is_packed_as_at_the_venue() {
        let (mut json, mut packed) = (Text::default(), Text::default());
        let mut action = Action::new(&mut json, &mut packed);
        action.object(3).name("type").text(b"order").name("orders").list().object(6).name("a").whole(4);
        action.name("b").flag(true).name("p").text(b"1670.1").name("s").text(b"0.0147").name("r").flag(false);
        action.name("t").object(1).name("limit").object(1).name("tif").text(b"Ioc").end("}}}]");
        action.name("grouping").text(b"na").end("}");
        let mut hashed = Text::default();
        hashed.hex(&hash(&[packed.bytes(), &1_677_777_606_040_u64.to_be_bytes(), &[0]]));
        assert_eq!(hashed.bytes(), b"0fcbeda5ae3c4950a548021552a4fea2226858c4453571bf3f24ba017eac2908");
    }

    #[test]
    fn a_number_is_never_used_twice_and_a_key_has_an_address() {
        let mut signer = signer();
        assert_eq!([signer.nonce(5), signer.nonce(5), signer.nonce(4), signer.nonce(9)], [5, 6, 7, 9]);
        let mut own = Text::default();
        own.hex(&signer.own_address());
        // By the venue's own SDK of that key, and by any wallet.
        assert_eq!(own.bytes(), b"14791697260e4c9a71f18484c9f997b308e59325");
    }

    #[test]
    fn what_is_no_key_and_what_is_no_address_is_refused() {
        for (id, secret, said) in [
            ("me", SECRET, "account's address"),
            ("0x1719", SECRET, "account's address"),
            (ACCOUNT, "hush", "private key"),
            (ACCOUNT, "0x00", "private key"),
            (ACCOUNT, &"0".repeat(64), "private key"),
        ] {
            let key = Key { id: Secret::new(id), secret: Secret::new(secret), passphrase: None };
            assert!(Signer::new(&key).expect_err("refused").to_string().contains(said), "{id}");
        }
    }
}
