//! The private side of the server: requests that are an account's, what they cause, and the faults of that.
//!
//! An answer leaves first, what its request caused behind it; unless a fault has it otherwise.

use super::{Held, Link, Server};
use crate::account::{AccountTruth, Fate};
use crate::connection::{Ended, Socket};
use crate::http::{Answer, Request};
use crate::protocol::{Asked, Said};
use mio::Token;
use std::sync::mpsc::Sender;
use tungstenite::Utf8Bytes;

/// A text that leaves later than it should.
pub(super) struct Late {
    pub(super) due_ns: u64,
    token: Token,
    text: String,
}

impl Server {
    /// Answers a REST request; `None`: that never comes.
    pub(super) fn answer_of(&mut self, request: &Request, now_ns: u64) -> (Option<Answer>, Fate) {
        let mut asked = Asked { request, now_ns, armed: &mut self.armed, weights: &mut self.weights };
        let (answer, fate) = match self.exchange.private_answer(&mut asked) {
            Some(answered) => answered,
            None => (self.exchange.answer(asked), Fate::Sent),
        };
        (Some(answer).filter(|_| !matches!(fate, Fate::Lost | Fate::Cut)), fate)
    }

    /// Answers a REST request, now, later or never.
    pub(super) fn answer(&mut self, token: Token, request: &Request) -> Result<(), Ended> {
        let now_ns = self.now_ns();
        let (answer, fate) = self.answer_of(request, now_ns);
        self.counters.rest_requests.add(1);
        let late_ns = if let Fate::Delayed(ns) = fate { ns } else { 0 } + self.armed.slow_rest_ns;
        let keep_alive = request.keep_alive;
        match (answer, self.links.get_mut(&token)) {
            (Some(answer), _) if late_ns > 0 => {
                self.held.push(Held { due_ns: now_ns.saturating_add(late_ns), token, answer, keep_alive });
            }
            (Some(answer), Some(Link::Http(http))) => http.answer(&answer, keep_alive),
            _ => {}
        }
        if fate == Fate::Cut { Err(Ended::Left) } else { Ok(()) }
    }

    /// Hears one message of a WebSocket and answers it; `false`: there was none.
    pub(super) fn hear(&mut self, token: Token, now_ns: u64) -> Result<bool, Ended> {
        let at_ms = self.exchange.floor.at_ms(now_ns);
        let Some(Link::Socket(socket)) = self.links.get_mut(&token) else { return Ok(false) };
        // Order entry has limits of its own.
        let is_private = socket.session.is_private();
        let messages_max = if is_private { u32::MAX } else { self.config.client_messages_a_second_max };
        let Some(text) = socket.next_text(now_ns, messages_max)? else { return Ok(false) };
        self.obey();
        let Some(Link::Socket(socket)) = self.links.get_mut(&token) else { return Ok(false) };
        let (listings, mut teller) = self.exchange.teller(now_ns);
        let private = socket.session.private(text.as_str(), listings, &mut teller);
        let fate = teller.fate();
        let said = private.unwrap_or_else(|| socket.session.control(text.as_str(), listings, at_ms));
        match fate {
            Fate::Sent | Fate::SentThenCut => self.say(token, said)?,
            Fate::Delayed(ns) => {
                let late = |said| match said {
                    Said::Text(text) => Some(Late { due_ns: now_ns.saturating_add(ns), token, text }),
                    Said::Whole(_) => None,
                };
                self.late.extend(said.into_iter().filter_map(late));
            }
            Fate::Lost | Fate::Cut => {}
        }
        match fate {
            Fate::Cut | Fate::SentThenCut => Err(Ended::Left),
            _ => Ok(true),
        }
    }

    /// A lost connection may have consequences for its account.
    pub(super) fn close_session(&mut self, socket: &mut Socket) {
        let now_ns = self.now_ns();
        let (listings, mut teller) = self.exchange.teller(now_ns);
        socket.session.closes(listings, &mut teller);
    }

    fn say(&mut self, token: Token, all: Vec<Said>) -> Result<(), Ended> {
        let Some(Link::Socket(socket)) = self.links.get_mut(&token) else { return Ok(()) };
        for said in all {
            match said {
                Said::Text(text) if !self.owed.iter().any(|(to, _)| *to == token) => {
                    socket.tell(None, Utf8Bytes::from(text), &self.exchange.floor.listings)?;
                }
                said => self.owed.push((token, said)),
            }
        }
        socket.flush()
    }

    /// Tells what happened to accounts to those connections that follow them.
    pub(super) fn tell_events(&mut self) {
        let now_ns = self.now_ns();
        for event in self.exchange.accounts.take_events() {
            let mut told = Vec::new();
            for (&token, link) in &mut self.links {
                if let Link::Socket(socket) = link {
                    let texts = socket.session.tell(&event, &self.exchange.floor.listings);
                    told.extend(texts.into_iter().map(|text| (token, text)));
                }
            }
            for (token, text) in told {
                let (times, late_ns) = self.exchange.mishaps.next_text();
                let due_ns = now_ns.saturating_add(late_ns);
                let copies = (0..times).map(|_| Late { due_ns, token, text: text.clone() });
                if late_ns > 0 {
                    self.late.extend(copies);
                } else {
                    copies.for_each(|copy| self.send_late(copy));
                }
            }
        }
    }

    /// Sends what is due by now, in the order in which it came about.
    pub(super) fn release_late(&mut self) {
        let now_ns = self.now_ns();
        let (due, waits): (Vec<_>, Vec<_>) = self.late.drain(..).partition(|late| late.due_ns <= now_ns);
        self.late = waits;
        due.into_iter().for_each(|late| self.send_late(late));
    }

    fn send_late(&mut self, Late { token, text, .. }: Late) {
        let Some(Link::Socket(socket)) = self.links.get_mut(&token) else { return };
        if let Err(ended) = socket.tell(None, Utf8Bytes::from(text), &self.exchange.floor.listings) {
            self.end(token, ended);
        }
    }

    /// The first account as it is.
    pub(super) fn tell_account(&self, to: &Sender<AccountTruth>) {
        if let Some(truth) = self.exchange.accounts.truth(0) {
            // Who asked may not wait any more.
            let _ = to.send(truth);
        }
    }
}
