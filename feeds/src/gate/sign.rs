//! Gate's signatures: hexadecimal HMAC-SHA512, of a REST question over method, path, query, the hash of the body and time,
//! of a subscription over channel, event and time, of a login over both and time.

use crate::gateway::key::{Key, Secret};
use crate::gateway::sign::Mac;
use crate::gateway::text::Text;
use engine_model::units::Nanos;
use ring::digest::{SHA512, digest};

/// Signs with one key. A request is good for 60 s.
#[derive(Debug)]
pub(super) struct Signer {
    id: Secret,
    mac: Mac,
    /// The time as a text.
    time: Text,
    /// The hash of a body as a text.
    hash: Text,
}

impl Signer {
    pub(super) fn new(key: &Key) -> Self {
        let mac = Mac::sha512(key.secret.bytes());
        Self { id: key.id.clone(), mac, time: Text::default(), hash: Text::default() }
    }

    /// What the venue knows the key by.
    pub(super) fn id(&self) -> &[u8] {
        self.id.bytes()
    }

    /// The headers of a REST question; `path` with its query as it is sent.
    pub(super) fn headers(&mut self, now: Nanos, method: &str, path: &[u8], body: &[u8], headers: &mut Text) {
        let mut parts = path.splitn(2, |byte| *byte == b'?');
        let (path, query) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        self.hash.clear();
        self.hash.hex(digest(&SHA512, body).as_ref());
        let time = seconds(now, &mut self.time);
        let tag = self.mac.sign(&[method.as_bytes(), b"\n", path, b"\n", query, b"\n", self.hash.bytes(), b"\n", time]);
        headers.put("KEY: ").put_bytes(self.id.bytes()).put("\r\nTimestamp: ").put_bytes(time);
        headers.put("\r\nSIGN: ").hex(tag.as_ref()).put("\r\n");
    }

    /// The message that lets a line enter orders.
    pub(super) fn login(&mut self, now: Nanos, market: &str, message: &mut Text) {
        let time = seconds(now, &mut self.time);
        let tag = self.mac.sign(&[b"api\n", market.as_bytes(), b".login\n\n", time]);
        message.put(r#"{"time":"#).put_bytes(time).put(r#","channel":""#).put(market);
        message.put(r#".login","event":"api","payload":{"req_id":"login","timestamp":""#).put_bytes(time);
        message.put(r#"","api_key":""#).put_bytes(self.id.bytes());
        message.put(r#"","signature":""#).hex(tag.as_ref()).put("\"}}");
    }

    /// What proves who subscribes, as a member of the message.
    pub(super) fn auth(&mut self, now: Nanos, channel: [&str; 2], message: &mut Text) {
        let time = seconds(now, &mut self.time);
        let [market, name] = channel.map(str::as_bytes);
        let tag = self.mac.sign(&[b"channel=", market, b".", name, b"&event=subscribe&time=", time]);
        message.put(r#""auth":{"method":"api_key","KEY":""#).put_bytes(self.id.bytes());
        message.put(r#"","SIGN":""#).hex(tag.as_ref()).put("\"}");
    }
}

fn seconds(now: Nanos, text: &mut Text) -> &[u8] {
    text.clear();
    text.whole(now.0 / Nanos::SECOND).bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(write: impl FnOnce(&mut Signer, &mut Text)) -> String {
        let key = Key { id: Secret::new("key"), secret: Secret::new("secret"), passphrase: None };
        let mut text = Text::default();
        write(&mut Signer::new(&key), &mut text);
        String::from_utf8(text.bytes().to_vec()).expect("text")
    }

    /// Both are the venue's own examples, keys, texts and signatures.
    #[test]
    fn the_examples_of_the_venue_are_signed_as_the_venue_does() {
        let at = Nanos(1_541_993_715 * Nanos::SECOND);
        let path = b"/api/v4/futures/orders?contract=BTC_USD&status=finished&limit=50";
        assert_eq!(
            said(|signer, text| signer.headers(at, "GET", path, b"", text)),
            "KEY: key\r\nTimestamp: 1541993715\r\nSIGN: 55f84ea195d6fe57ce62464daaa7c3c02fa9d1dde954e4c898289c9a2407a3d6\
             fb3faf24deff16790d726b66ac9f74526668b13bd01029199cc4fcc522418b8a\r\n"
        );
        let body = br#"{"contract":"BTC_USD","type":"limit","size":100,"price":6800,"time_in_force":"gtc"}"#;
        let posted = said(|signer, text| signer.headers(at, "POST", b"/api/v4/futures/orders", body, text));
        let expected = "eae42da914a590ddf727473aff25fc87d50b64783941061f47a3fdb92742541f\
                        c4c2c14017581b4199a1418d54471c269c03a38d788d802e2c306c37636389f0";
        assert!(posted.contains(expected), "{posted}");
    }

    /// For lines the venue publishes no secret, so these are by `openssl dgst -sha512 -hmac secret`.
    #[test]
    fn logins_and_subscriptions_are_signed_as_openssl_does() {
        let at = Nanos(1_681_984_544 * Nanos::SECOND);
        assert_eq!(
            said(|signer, text| signer.login(at, "spot", text)),
            r#"{"time":1681984544,"channel":"spot.login","event":"api","payload":{"req_id":"login","timestamp":"1681984544","api_key":"key","signature":"3e133322aeffb544225b263d43fc10fc8e6b9b14126a09e4c945363d60afc591c441f08c3eff1770c1331171386501f6843560f889840e87ba1f3d99a80daffa"}}"#
        );
        assert_eq!(
            said(|signer, text| signer.auth(at, ["futures", "orders"], text)),
            r#""auth":{"method":"api_key","KEY":"key","SIGN":"a21fb4c33e1254700933235b45a4d76633a34a0286b85a8134f0d6db163adcbb82acf51e9c793e9c2ba62bcc72118a40bb178a0d3aa425c36214cf16e5bc0f79"}"#
        );
    }
}
