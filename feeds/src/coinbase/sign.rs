//! Coinbase's signatures: a token of its own for each question (JSON Web Token, RFC 7519), made with ES256 or EdDSA.
//!
//! A key is what the venue shows when one is made: of the elder kind a name `organizations/…/apiKeys/…` and an elliptic key
//! in PEM, of the newer kind a bare id and 64 bytes of Ed25519 in base64.

use crate::gateway::key::{Key, KeyError, Secret};
use crate::gateway::sign::from_base64;
use crate::gateway::text::Text;
use engine_model::units::Nanos;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, Signature};
use zeroize::Zeroizing;

/// The host in what is signed, wherever the question goes.
const HOST: &str = "api.coinbase.com";

/// How long a token is good: the most that the venue takes.
const VALID_S: u64 = 120;

/// What is no key of this venue.
const UNFIT: KeyError = KeyError::Unfit(
    "a secret of coinbase is an elliptic key in PEM (-----BEGIN EC PRIVATE KEY-----), or an Ed25519 key of 64 bytes in base64",
);

#[derive(Debug)]
enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// Signs with one key.
#[derive(Debug)]
pub(super) struct Signer {
    id: Secret,
    pair: Pair,
    random: SystemRandom,
    part: Text,
    /// Header and claims, as they are signed.
    signed: Text,
}

impl Signer {
    pub(super) fn new(key: &Key) -> Result<Self, KeyError> {
        let random = SystemRandom::new();
        let pair = match pem(key.secret.bytes())? {
            Some(der) => Pair::P256(p256(&der, &random)?),
            None => Pair::Ed25519(ed25519(&key.secret)?),
        };
        Ok(Self { id: key.id.clone(), pair, random, part: Text::default(), signed: Text::default() })
    }

    /// Writes the token of a question by REST; `path` without query. `None`: the machine has no randomness to give.
    pub(super) fn question(&mut self, now: Nanos, method: &str, path: &[u8], to: &mut Text) -> Option<()> {
        self.token(now, Some((method, path)), to)
    }

    /// Writes the token of a subscription.
    pub(super) fn subscription(&mut self, now: Nanos, to: &mut Text) -> Option<()> {
        self.token(now, None, to)
    }

    fn token(&mut self, now: Nanos, of: Option<(&str, &[u8])>, to: &mut Text) -> Option<()> {
        let mut nonce = [0; 16];
        self.random.fill(&mut nonce).ok()?;
        let (id, now_s) = (self.id.bytes(), now.0 / Nanos::SECOND);
        let (part, signed) = (&mut self.part, &mut self.signed);
        part.clear();
        part.put(r#"{"alg":""#).put(if matches!(self.pair, Pair::P256(_)) { "ES256" } else { "EdDSA" });
        part.put(r#"","typ":"JWT","kid":""#).put_bytes(id).put(r#"","nonce":""#).hex(&nonce).put("\"}");
        signed.clear();
        signed.base64_url(part.bytes()).put(".");
        part.clear();
        part.put(r#"{"iss":"cdp","sub":""#).put_bytes(id).put(r#"","nbf":"#).whole(now_s);
        part.put(r#","exp":"#).whole(now_s + VALID_S);
        if let Some((method, path)) = of {
            part.put(r#","uri":""#).put(method).put(" ").put(HOST).put_bytes(path).put("\"");
        }
        part.put("}");
        signed.base64_url(part.bytes());
        let signature: Signature = match &self.pair {
            Pair::P256(pair) => pair.sign(&self.random, signed.bytes()).ok()?,
            Pair::Ed25519(pair) => pair.sign(signed.bytes()),
        };
        to.put_bytes(signed.bytes()).put(".").base64_url(signature.as_ref());
        Some(())
    }
}

/// The bytes of a PEM text (RFC 7468); `None` of what is none. The venue gives it inside JSON, with `\n` for new lines, and
/// many leave it so.
fn pem(text: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
    let text = Zeroizing::new(std::str::from_utf8(text).map_err(|_| UNFIT)?.replace("\\n", "\n"));
    if !text.contains("-----BEGIN ") {
        return Ok(None);
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    let inside = Zeroizing::new(lines.collect::<String>());
    from_base64(&Secret::new(&inside)).map(Some).ok_or(UNFIT)
}

/// Of SEC 1 (RFC 5915), as the venue gives it, or of PKCS#8.
fn p256(der: &[u8], random: &SystemRandom) -> Result<EcdsaKeyPair, KeyError> {
    /// A sequence of version 1 and 32 bytes of the private half.
    const HEAD: &[u8] = &[0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20];
    /// The curve P-256, and behind it 65 bytes of the public half.
    const MIDDLE: &[u8] =
        &[0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0xa1, 0x44, 0x03, 0x42, 0x00];
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let pair = match der.strip_prefix(HEAD).and_then(|rest| rest.split_at_checked(32)) {
        Some((private, rest)) => {
            let public = rest.strip_prefix(MIDDLE).ok_or(UNFIT)?;
            EcdsaKeyPair::from_private_key_and_public_key(algorithm, private, public, random)
        }
        None => EcdsaKeyPair::from_pkcs8(algorithm, der, random),
    };
    pair.map_err(|_| UNFIT)
}

/// The seed, and behind it the public half.
fn ed25519(secret: &Secret) -> Result<Ed25519KeyPair, KeyError> {
    let bytes = from_base64(secret).ok_or(UNFIT)?;
    let (seed, public) = bytes.split_at_checked(32).ok_or(UNFIT)?;
    Ed25519KeyPair::from_seed_and_public_key(seed, public).map_err(|_| UNFIT)
}

/// Keys of tests, made with OpenSSL for them.
#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, KeyPair as _, UnparsedPublicKey, VerificationAlgorithm};

    pub(crate) const PEM: &str = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEICcBhtv8B509JcO1ATx1h51JV5rsOhxXpVkrpE9Xk3qZoAoGCCqGSM49\nAwEHoUQDQgAEX/0NxrxZGruh9/HsUup6kMMkL3An6d5RRBwMkzExfFpC17ciLcTW\noSnjq3YypaA+f3R80buRiZGNufk/WxKpBQ==\n-----END EC PRIVATE KEY-----";
    const PKCS8: &str = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgJwGG2/wHnT0lw7UB\nPHWHnUlXmuw6HFelWSukT1eTepmhRANCAARf/Q3GvFkau6H38exS6nqQwyQvcCfp\n3lFEHAyTMTF8WkLXtyItxNahKeOrdjKloD5/dHzRu5GJkY25+T9bEqkF\n-----END PRIVATE KEY-----";
    const ED25519_SECRET: &str =
        "KGRQHT13PM1YN8HiWpbGEZPDKl3UnLqIL2PmfWo7FTMnuXqx5wwkb8Sf77QX8Vjlgxkyam6omuXiKQq7bp+u5Q==";
    const ID: &str = "organizations/o/apiKeys/k";
    const NOW: Nanos = Nanos(1_700_000_000_500_000_000);

    fn signer(secret: &str) -> Result<Signer, KeyError> {
        Signer::new(&Key { id: Secret::new(ID), secret: Secret::new(secret), passphrase: None })
    }

    fn part(text: &str) -> Vec<u8> {
        let standard = text.replace('-', "+").replace('_', "/");
        from_base64(&Secret::new(&standard)).expect("base64").to_vec()
    }

    /// Header and claims of a token whose signature the public half confirms.
    fn opened(token: &str, public: &[u8], algorithm: &'static dyn VerificationAlgorithm) -> [String; 2] {
        let (signed, signature) = token.rsplit_once('.').expect("three parts");
        UnparsedPublicKey::new(algorithm, public).verify(signed.as_bytes(), &part(signature)).expect("signed");
        let (header, claims) = signed.split_once('.').expect("two parts");
        [header, claims].map(|text| String::from_utf8(part(text)).expect("text"))
    }

    fn written(write: impl FnOnce(&mut Text) -> Option<()>) -> String {
        let mut text = Text::default();
        write(&mut text).expect("written");
        String::from_utf8(text.bytes().to_vec()).expect("text")
    }

    fn public(signer: &Signer) -> Vec<u8> {
        match &signer.pair {
            Pair::P256(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    #[test]
    fn a_question_has_a_token_that_the_public_half_confirms() {
        let in_json = PEM.replace('\n', "\\n");
        for (secret, algorithm, name) in [
            (PEM, &ECDSA_P256_SHA256_FIXED as &'static dyn VerificationAlgorithm, "ES256"),
            (in_json.as_str(), &ECDSA_P256_SHA256_FIXED, "ES256"),
            (PKCS8, &ECDSA_P256_SHA256_FIXED, "ES256"),
            (ED25519_SECRET, &ED25519, "EdDSA"),
        ] {
            let mut signer = signer(secret).expect("fits");
            let public = public(&signer);
            let token = written(|text| signer.question(NOW, "GET", b"/api/v3/brokerage/accounts", text));
            let [header, claims] = opened(&token, &public, algorithm);
            assert_eq!(
                claims,
                format!(
                    r#"{{"iss":"cdp","sub":"{ID}","nbf":1700000000,"exp":1700000120,"uri":"GET api.coinbase.com/api/v3/brokerage/accounts"}}"#
                )
            );
            let (before, nonce) = header.split_once(r#","nonce":""#).expect("a nonce");
            assert_eq!(before, format!(r#"{{"alg":"{name}","typ":"JWT","kid":"{ID}""#));
            assert_eq!(nonce.len(), 32 + 2);
            let again = written(|text| signer.question(NOW, "GET", b"/api/v3/brokerage/accounts", text));
            assert_ne!(opened(&again, &public, algorithm)[0], header, "no nonce comes twice");
        }
    }

    #[test]
    fn a_subscription_names_no_address() {
        let mut signer = signer(PEM).expect("fits");
        let public = public(&signer);
        let token = written(|text| signer.subscription(NOW, text));
        let [_, claims] = opened(&token, &public, &ECDSA_P256_SHA256_FIXED);
        assert_eq!(claims, format!(r#"{{"iss":"cdp","sub":"{ID}","nbf":1700000000,"exp":1700000120}}"#));
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_repeated() {
        let cut = PEM.replace("MHc", "MHd");
        for bad in ["", "hush", "aHVzaA==", &cut, "-----BEGIN EC PRIVATE KEY-----\n!\n-----END EC PRIVATE KEY-----"] {
            let refused = signer(bad).expect_err("refused").to_string();
            assert!(refused.contains("Ed25519") && !refused.contains("hush"), "{refused}");
        }
    }
}
