//! Deribit's signatures: HMAC-SHA256 in hexadecimal over time, nonce and what is said, a line each. On a socket nothing need
//! be said; of a question by REST it is method, address and body.

use crate::gateway::key::{Key, Secret};
use crate::gateway::sign::Mac;
use crate::gateway::text::Text;
use engine_model::units::Nanos;

/// Signs with one key.
#[derive(Debug)]
pub(super) struct Signer {
    id: Secret,
    mac: Mac,
    /// The last one used: none is used twice.
    nonce: u64,
    digits: [Text; 2],
}

impl Signer {
    pub(super) fn new(key: &Key) -> Self {
        let digits = [Text::default(), Text::default()];
        Self { id: key.id.clone(), mac: Mac::sha256(key.secret.bytes()), nonce: 0, digits }
    }

    /// The time in milliseconds, and a number that was not used before.
    fn moment(&mut self, now: Nanos) {
        let ms = now.0 / Nanos::MILLI;
        self.nonce = ms.max(self.nonce + 1);
        let [time, nonce] = &mut self.digits;
        time.clear();
        time.whole(ms);
        nonce.clear();
        nonce.whole(self.nonce);
    }

    /// The parameters that log a socket in.
    pub(super) fn login(&mut self, now: Nanos, message: &mut Text) {
        self.moment(now);
        let [time, nonce] = &self.digits;
        message.put(r#"{"grant_type":"client_signature","client_id":""#).escaped(self.id.bytes());
        message.put(r#"","timestamp":"#).put_bytes(time.bytes()).put(r#","nonce":""#).put_bytes(nonce.bytes());
        message.put(r#"","data":"","signature":""#);
        signature(&self.mac, [time.bytes(), nonce.bytes(), b""], message);
        message.put("\"}");
    }

    /// The same as the query of a question.
    pub(super) fn login_query(&mut self, now: Nanos, query: &mut Text) {
        self.moment(now);
        let [time, nonce] = &self.digits;
        query.put("grant_type=client_signature&client_id=").percent(self.id.bytes());
        query
            .put("&timestamp=")
            .put_bytes(time.bytes())
            .put("&nonce=")
            .put_bytes(nonce.bytes())
            .put("&data=&signature=");
        signature(&self.mac, [time.bytes(), nonce.bytes(), b""], query);
    }

    /// The header of a question at that address, which has no body.
    pub(super) fn header(&mut self, now: Nanos, address: &[u8], header: &mut Text) {
        self.moment(now);
        let [time, nonce] = &self.digits;
        header.put("Authorization: deri-hmac-sha256 id=").put_bytes(self.id.bytes());
        header.put(",ts=").put_bytes(time.bytes()).put(",nonce=").put_bytes(nonce.bytes()).put(",sig=");
        let tag = self.mac.sign(&[time.bytes(), b"\n", nonce.bytes(), b"\nGET\n", address, b"\n\n"]);
        header.hex(tag.as_ref()).put("\r\n");
    }
}

fn signature(mac: &Mac, [time, nonce, data]: [&[u8]; 3], to: &mut Text) {
    to.hex(mac.sign(&[time, b"\n", nonce, b"\n", data]).as_ref());
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Nanos = Nanos(1_576_074_319_000 * Nanos::MILLI);

    /// Key and secret of the venue's own examples.
    fn said(write: impl FnOnce(&mut Signer, &mut Text)) -> String {
        let key = Key { id: Secret::new("AMANDA"), secret: Secret::new("AMANDASECRECT"), passphrase: None };
        let mut text = Text::default();
        write(&mut Signer::new(&key), &mut text);
        String::from_utf8(text.bytes().to_vec()).expect("text")
    }

    #[test]
    fn the_example_of_the_venue_is_signed_as_the_venue_says() {
        let parts: [&[u8]; 3] = [b"1576074319000", b"1iqt2wls", b""];
        let signed = said(|signer, text| signature(&signer.mac, parts, text));
        assert_eq!(signed, "56590594f97921b09b18f166befe0d1319b198bbcdad7ca73382de2f88fe9aa1");
    }

    /// The venue publishes no output for an address: these are what Python's `hmac` says.
    #[test]
    fn logins_and_addresses_are_signed_with_a_nonce_of_their_own() {
        let login = said(|signer, text| signer.login(AT, text));
        assert_eq!(
            login,
            r#"{"grant_type":"client_signature","client_id":"AMANDA","timestamp":1576074319000,"nonce":"1576074319000","data":"","signature":"aaf058542a68a6625f9930d504eb831d793b2d8df619f27fb450ded52b1ac2b1"}"#
        );
        let query = said(|signer, text| signer.login_query(AT, text));
        assert_eq!(
            query,
            "grant_type=client_signature&client_id=AMANDA&timestamp=1576074319000&nonce=1576074319000&data=&signature=aaf058542a68a6625f9930d504eb831d793b2d8df619f27fb450ded52b1ac2b1"
        );
        let address = b"/api/v2/private/get_account_summary?currency=BTC";
        let header = said(|signer, text| {
            signer.header(AT, address, &mut Text::default());
            signer.header(AT, address, text);
        });
        assert_eq!(
            header,
            "Authorization: deri-hmac-sha256 id=AMANDA,ts=1576074319000,nonce=1576074319001,sig=d1efc1bbfb75a55c79f56bc638b73b649387cecbea2e0522b51fad5b9d0a143a\r\n"
        );
    }
}
