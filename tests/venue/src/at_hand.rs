//! A venue without sockets and threads, for tests of the private sides: requests and messages are handed in, and what
//! accounts' lines are told is taken out.

use crate::account::{Event, Fate};
use crate::exchange::Exchange;
use crate::fault::Armed;
use crate::http::{Head, Request};
use crate::protocol::{self, Asked, Said, Session};
use crate::venue::Config;
use crate::weights::Weights;
use engine_model::venue::VenueId;

pub(crate) struct AtHand {
    pub(crate) exchange: Exchange,
    /// Since the start.
    pub(crate) now_ns: u64,
    armed: Armed,
    weights: Weights,
}

impl AtHand {
    /// A venue whose clock begins at that time.
    pub(crate) fn new(venue: VenueId, starts_at_ms: u64) -> Self {
        let config = Config { starts_at_ms, ..Config::new(venue, 1) };
        Self {
            exchange: Exchange::new(protocol::of(venue).expect("a simulated venue"), &config),
            now_ns: 0,
            armed: Armed::default(),
            weights: Weights::default(),
        }
    }

    pub(crate) fn at_ms(&self) -> u64 {
        self.exchange.floor.at_ms(self.now_ns)
    }

    /// Lets time pass, and the market with it.
    pub(crate) fn pass_ms(&mut self, ms: u64) {
        self.now_ns += ms * 1_000_000;
        let wanted = vec![false; crate::stream::Stream::count(self.exchange.floor.listings.len())];
        self.exchange.run_until(self.now_ns, usize::MAX, &wanted).clear();
    }

    /// The answer to a request of an account.
    pub(crate) fn rest(&mut self, method: &str, target: &str, headers: &str, body: &str) -> (u16, String) {
        let head = format!("{method} {target} HTTP/1.1\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len());
        let Head::Whole(request) = Request::parse(head.as_bytes()) else { panic!("a request: {head}") };
        let asked =
            &mut Asked { request: &request, now_ns: self.now_ns, armed: &mut self.armed, weights: &mut self.weights };
        let (answer, fate) = self.exchange.private_answer(asked).expect("a request of an account");
        assert_eq!(fate, Fate::Sent);
        (answer.status, answer.body)
    }

    /// A line of an account.
    pub(crate) fn open(&mut self, path: &str) -> Box<dyn Session> {
        let head = format!("GET {path} HTTP/1.1\r\n\r\n");
        let Head::Whole(request) = Request::parse(head.as_bytes()) else { panic!("a request: {head}") };
        let mut session = self.exchange.voice.session(&self.exchange.floor, &request, 7).expect("a path");
        session.opens(&mut self.exchange.teller(self.now_ns).1);
        session
    }

    /// The answers to a message on a line.
    pub(crate) fn say(&mut self, session: &mut dyn Session, text: &str) -> Vec<String> {
        let (listings, mut teller) = self.exchange.teller(self.now_ns);
        let said = session.private(text, listings, &mut teller).expect("a message of an account");
        let text = |said| match said {
            Said::Text(text) => text,
            Said::Whole(stream) => panic!("{stream:?} is of the market"),
        };
        said.into_iter().map(text).collect()
    }

    /// What accounts' lines are told of what happened since it was last asked.
    pub(crate) fn told(&mut self, session: &mut dyn Session) -> Vec<String> {
        let events: Vec<Event> = self.exchange.accounts.take_events();
        events.iter().flat_map(|event| session.tell(event, &self.exchange.floor.listings)).collect()
    }

    /// The line is lost.
    pub(crate) fn close(&mut self, mut session: Box<dyn Session>) {
        let (listings, mut teller) = self.exchange.teller(self.now_ns);
        session.closes(listings, &mut teller);
    }
}
