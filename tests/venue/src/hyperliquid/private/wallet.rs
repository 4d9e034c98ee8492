//! Whose an action is: it is packed again in the venue's own order of fields, hashed, and the signature tells the wallet.
//!
//! Owns: that, and the numbers that each wallet has used. Never: what an action does.

use crate::account::{Holder, Teller};
use crate::text::trimmed;
use k256::ecdsa::{RecoveryId, Signature, SigningKey, VerifyingKey};
use serde_json::Value;
use sha3::{Digest as _, Keccak256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

type Word = [u8; 32];

/// Fields of actions in the order in which the venue has them, whatever order they were sent in.
const FIELDS: [&str; 22] = [
    "type",
    "orders",
    "cancels",
    "grouping",
    "time",
    "asset",
    "cloid",
    "a",
    "b",
    "p",
    "s",
    "r",
    "t",
    "c",
    "o",
    "limit",
    "tif",
    "action",
    "trigger",
    "isMarket",
    "triggerPx",
    "tpsl",
];

/// Numbers of a wallet that are remembered.
const NONCES: usize = 100;
const DAY_MS: u64 = 86_400_000;

fn hash(parts: &[&[u8]]) -> Word {
    let mut hash = Keccak256::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

/// Numbers used, by wallet.
#[derive(Debug, Default)]
pub(in crate::hyperliquid) struct Nonces(Mutex<BTreeMap<String, BTreeSet<u64>>>);

impl Nonces {
    /// Uses a number: new, near the time, and above the smallest of those remembered once these are a hundred.
    fn spend(&self, wallet: &str, nonce: u64, now_ms: u64) -> Result<(), String> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let used = all.entry(wallet.to_owned()).or_default();
        let is_near = nonce.saturating_add(2 * DAY_MS) > now_ms && nonce < now_ms.saturating_add(DAY_MS);
        let is_low = used.len() >= NONCES && used.first().is_some_and(|first| nonce < *first);
        if !is_near || is_low || !used.insert(nonce) {
            return Err(format!("Invalid nonce: duplicate nonce or out of range: {nonce}"));
        }
        if used.len() > NONCES {
            used.pop_first();
        }
        Ok(())
    }
}

/// Who sends a request of an action; else what the venue says to it.
pub(super) fn holder(request: &Value, nonces: &Nonces, teller: &Teller<'_>) -> Result<Holder, String> {
    let malformed = || "Failed to deserialize the JSON body into the target type".to_owned();
    let nonce = request["nonce"].as_u64().ok_or_else(malformed)?;
    let packed = request.get("action").and_then(packed).ok_or_else(malformed)?;
    let until_ms = request.get("expiresAfter").and_then(Value::as_u64);
    let wallet = signer(&packed, (nonce, until_ms), &request["signature"]).ok_or_else(malformed)?;
    let known = holders(teller).find(|(address, holder)| *address == wallet && holder.key.rights.trade);
    let (_, holder) = known.ok_or_else(|| format!("User or API Wallet {wallet} does not exist."))?;
    nonces.spend(&wallet, nonce, teller.at_ms())?;
    if until_ms.is_some_and(|until_ms| teller.at_ms() > until_ms) {
        return Err(format!("Action expired: it was good until {}", until_ms.unwrap_or_default()));
    }
    Ok(holder)
}

/// Every key that is a wallet's, with its address.
pub(super) fn holders<'a>(teller: &'a Teller<'_>) -> impl Iterator<Item = (String, Holder)> + 'a {
    teller.holders().filter_map(|holder| Some((address_of(&signing_key(holder.key.secret)?), holder)))
}

pub(super) fn signing_key(secret: &str) -> Option<SigningKey> {
    SigningKey::from_slice(&from_hex(secret.strip_prefix("0x")?)?).ok()
}

pub(super) fn address_of(key: &SigningKey) -> String {
    address(key.verifying_key())
}

/// The last 20 bytes of the hash of the public key.
fn address(key: &VerifyingKey) -> String {
    let hashed = hash(&[&key.to_sec1_point(false).as_bytes()[1..]]);
    format!("0x{}", crate::proof::hex(&hashed[12..]))
}

/// What is signed of an action: EIP-712, of the production network.
pub(super) fn digest(packed: &[u8], (nonce, until_ms): (u64, Option<u64>)) -> Word {
    let domain = b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
    let mut chain = [0; 32];
    chain[30..].copy_from_slice(&1_337_u16.to_be_bytes());
    let domain = hash(&[&hash(&[domain]), &hash(&[b"Exchange"]), &hash(&[b"1"]), &chain, &[0; 32]]);
    let until = until_ms.map(|until_ms| [&[0][..], &until_ms.to_be_bytes()].concat()).unwrap_or_default();
    let connection = hash(&[packed, &nonce.to_be_bytes(), &[0], &until]);
    let agent = hash(&[b"Agent(string source,bytes32 connectionId)"]);
    hash(&[b"\x19\x01", &domain, &hash(&[&agent, &hash(&[b"a"]), &connection])])
}

/// The wallet that a signature is of.
pub(super) fn signer(packed: &[u8], terms: (u64, Option<u64>), signature: &Value) -> Option<String> {
    let scalar = |name: &str| {
        let digits = signature[name].as_str()?.strip_prefix("0x")?;
        Word::try_from(from_hex(&format!("{digits:0>64}"))?).ok()
    };
    let recovery = RecoveryId::from_byte(u8::try_from(signature["v"].as_u64()?).ok()?.checked_sub(27)?)?;
    let signature = Signature::from_scalars(scalar("r")?, scalar("s")?).ok()?;
    let key = VerifyingKey::recover_from_prehash(&digest(packed, terms), &signature, recovery).ok()?;
    Some(address(&key))
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// MessagePack of an action; numbers of orders without zeros at their end. `None` of fields that there are not.
pub(super) fn packed(value: &Value) -> Option<Vec<u8>> {
    Some(match value {
        Value::Bool(is_it) => vec![if *is_it { 0xc3 } else { 0xc2 }],
        Value::Number(number) => packed_number(number.as_u64()?),
        Value::String(text) => {
            let length = u8::try_from(text.len()).ok()?;
            let head = if length < 32 { vec![0xa0 | length] } else { vec![0xd9, length] };
            [head, text.clone().into_bytes()].concat()
        }
        Value::Array(all) => {
            let length = u8::try_from(all.len()).ok().filter(|length| *length < 16)?;
            let elements = all.iter().map(packed).collect::<Option<Vec<_>>>()?;
            [vec![0x90 | length], elements.concat()].concat()
        }
        Value::Object(members) => {
            let place = |name: &str| FIELDS.iter().position(|field| *field == name);
            let mut sorted =
                members.iter().map(|(name, value)| Some((place(name)?, name, value))).collect::<Option<Vec<_>>>()?;
            sorted.sort_by_key(|(place, ..)| *place);
            let mut bytes = vec![0x80 | u8::try_from(sorted.len()).ok().filter(|length| *length < 16)?];
            for (_, name, value) in sorted {
                let is_amount = matches!(name.as_str(), "p" | "s");
                let short = value.as_str().filter(|_| is_amount).map(|text| Value::from(trimmed(text)));
                bytes.extend(packed(&Value::from(name.as_str()))?);
                bytes.extend(packed(short.as_ref().unwrap_or(value))?);
            }
            bytes
        }
        Value::Null => return None,
    })
}

fn packed_number(number: u64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let (mark, length) = match number {
        0..0x80 => return vec![number as u8],
        0x80..0x100 => (0xcc, 1),
        0x100..0x1_0000 => (0xcd, 2),
        0x1_0000..0x1_0000_0000 => (0xce, 4),
        _ => (0xcf, 8),
    };
    [&[mark], &bytes[8 - length..]].concat()
}
