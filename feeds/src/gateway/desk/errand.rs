//! Withdrawing everything by REST, from a thread that may wait: the venue's time, then every instrument at once, then the
//! answers.
//!
//! Owns a tongue and a REST thread. Never: believes an answer to another question, or that a refusal is a success.

use super::clock::VenueClock;
use super::mail::{method, request, rest};
use super::stage::{GatewayError, GatewaySettings};
use crate::gateway::ask::{Ask, AskId, Known, Prepare};
use crate::gateway::call::Call;
use crate::gateway::heard::{Answer, Heard, OrderState};
use crate::gateway::key::Key;
use crate::gateway::tongue::{self, Place, Tongue, Unable};
use crate::net::error::NetError;
use crate::net::rest::{Job, Outcome, RestClient};
use engine_model::instrument::{InstrumentId, Instruments};
use engine_model::units::Nanos;
use engine_model::venue::RejectReason;
use engine_ring::clock::Clock;
use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at answers.
const NAP: Duration = Duration::from_millis(5);
/// Messages for one instrument: of a venue that withdraws 20 that it listed, 500 orders.
const STEPS_MAX: u32 = 50;
/// Before a message that was refused for now goes out again: a nonce that lags behind the stage's catches up.
const PAUSE: Duration = Duration::from_millis(250);

/// What is to be withdrawn at one venue, and by what.
pub struct Errands {
    tongue: Box<dyn Tongue>,
    rest: RestClient,
    all: Vec<Errand>,
    answer_within: Duration,
    clock: Clock,
    venue_clock: VenueClock,
    last: u64,
    call: Call,
}

/// One instrument.
#[derive(Clone, Debug)]
struct Errand {
    of: InstrumentId,
    under_way: Option<(AskId, Ask)>,
    /// The list that the venue needs was heard, and nothing withdrawn since.
    is_listed: bool,
    /// The venue has no word for all at once: what it lists is withdrawn one by one, until it lists nothing.
    is_one_by_one: bool,
    /// Listed, and not withdrawn.
    standing: Vec<Known>,
    steps: u32,
    not_before: Option<Instant>,
    end: Option<bool>,
}

impl fmt::Debug for Errands {
    /// Not the tongue: it holds a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Errands").field("all", &self.all).finish_non_exhaustive()
    }
}

impl Errands {
    pub(super) fn new(
        tongue: Box<dyn Tongue>,
        rest: RestClient,
        own: Vec<InstrumentId>,
        answer_within: Duration,
        clock: Clock,
    ) -> Self {
        let all = own.into_iter().map(Errand::new).collect();
        Self {
            tongue,
            rest,
            all,
            answer_within,
            clock,
            venue_clock: VenueClock::default(),
            last: 0,
            call: Call::default(),
        }
    }

    /// The errands of one venue's instruments, for who has no gateway.
    ///
    /// # Errors
    /// As a [`Gateway`](super::Gateway)'s.
    pub fn of(
        settings: &GatewaySettings,
        key: &Key,
        instruments: &Instruments,
        clock: &Clock,
    ) -> Result<Self, GatewayError> {
        let tongue = tongue::of(settings.venue, key, instruments)?;
        let endpoint = settings.rest_endpoint(tongue.manners().rest)?;
        let tls = settings.tls_for(&endpoint)?;
        let rest = rest(settings, &endpoint, tls.as_ref(), clock, None)?;
        let own = instruments.iter().filter(|i| i.venue == settings.venue).map(|instrument| instrument.id).collect();
        Ok(Self::new(tongue, rest, own, settings.answer_within, clock.clone()))
    }

    /// Returns within three times the time-out. On how many instruments it failed.
    pub fn withdraw_all(&mut self) -> usize {
        self.learn_time();
        let until = Instant::now() + 2 * self.answer_within;
        // Those first that the last time was too short for.
        self.all.sort_by_key(|errand| errand.end == Some(true));
        for errand in &mut self.all {
            *errand = Errand::new(errand.of);
            [Ask::CancelAll(errand.of), Ask::OpenOrders(errand.of)].iter().for_each(|ask| self.tongue.begin_anew(ask));
        }
        while self.all.iter().any(|errand| errand.end.is_none()) && Instant::now() < until {
            for at in 0..self.all.len() {
                self.go_on(at);
            }
            self.take_answer();
            thread::sleep(NAP);
        }
        self.all.iter().filter(|errand| errand.end != Some(true)).count()
    }

    /// Asks the venue for its time: our own may be what is wrong. Returns within the time-out.
    pub fn learn_time(&mut self) {
        let ask = Ask::Prepare(Prepare::Time);
        let asked_at = self.clock.now();
        let Ok(Some(id)) = self.put(ask) else { return };
        let until = Instant::now() + self.answer_within;
        while Instant::now() < until {
            let Some((answered, heard)) = self.hear(|asked| (asked == id).then_some(ask)) else {
                thread::sleep(NAP);
                continue;
            };
            let told = heard.iter().find_map(|said| if let Heard::Time(time) = said { Some(*time) } else { None });
            if let Some(time) = told {
                self.venue_clock.learn(time, Nanos(asked_at), Nanos(self.clock.now()));
            }
            if answered == id {
                return;
            }
        }
    }

    /// Puts a question. `None`: it did not leave now.
    fn put(&mut self, ask: Ask) -> Result<Option<AskId>, Unable> {
        let id = AskId(self.last + 1);
        let now = self.venue_clock.at(Nanos(self.clock.now()));
        self.tongue.ask(&ask, id, now, &mut self.call)?;
        let Some(method) = method(self.call.way) else { return Err(Unable::NotThere) };
        let job = Job::Send { id: id.0, request: request(&self.call, method), weight: 1, body: Vec::new() };
        if self.rest.try_ask(job).is_err() {
            return Ok(None);
        }
        self.last = id.0;
        Ok(Some(id))
    }

    fn go_on(&mut self, at: usize) {
        let errand = &self.all[at];
        let must_wait = errand.not_before.is_some_and(|not_before| Instant::now() < not_before);
        if must_wait || errand.under_way.is_some() || errand.end.is_some() {
            return;
        }
        let mut ask = errand.next();
        let mut put = self.put(ask);
        if put == Err(Unable::NotYet) {
            ask = match ask {
                // The venue withdraws what it has listed.
                Ask::CancelAll(of) if !self.all[at].is_listed => Ask::OpenOrders(of),
                // It names instruments by numbers that were not told.
                Ask::CancelByRest(_) => Ask::Prepare(Prepare::Token),
                ask => ask,
            };
            put = self.put(ask);
        }
        let errand = &mut self.all[at];
        match (put, ask) {
            (Ok(None), _) => {}
            (Ok(Some(id)), ask) => errand.put(id, ask),
            // The list was empty.
            (Err(Unable::NotYet), _) => errand.end = Some(errand.is_listed && !errand.is_one_by_one),
            (Err(Unable::NotThere), Ask::CancelAll(_)) => errand.is_one_by_one = true,
            (Err(Unable::NotThere), _) => errand.end = Some(false),
        }
    }

    /// The next answer, to a question that `asked` knows; to others it is dropped.
    fn hear(&mut self, asked: impl Fn(AskId) -> Option<Ask>) -> Option<(AskId, Vec<Heard>)> {
        let answer = self.rest.try_take()?;
        let id = AskId(answer.id);
        let mut heard = Vec::new();
        if let Outcome::Failed(NetError::NotSent { .. }, _) = answer.outcome {
            // It stood behind another for too long: nothing happened.
            heard.push(Heard::Answer(id, Answer::Later { wait_ms: 0 }));
            return Some((id, heard));
        }
        let (status, body) = match answer.outcome {
            Outcome::Body(body) => (200, body),
            Outcome::Failed(NetError::Status { status, .. } | NetError::Limited { status, .. }, body) => (status, body),
            Outcome::Failed(..) | Outcome::Address(_) | Outcome::NoAddress(_) => return Some((id, heard)),
        };
        if let Some(ask) = asked(id)
            && self.tongue.hear(Place::Rest(id, ask, status), &body, &mut heard).is_err()
        {
            heard.clear();
        }
        Some((id, heard))
    }

    fn take_answer(&mut self) {
        let under_way: Vec<_> = self.all.iter().map(|errand| errand.under_way).collect();
        let asked = |id| under_way.iter().flatten().find(|(asked, _)| *asked == id).map(|(_, ask)| *ask);
        let Some((id, heard)) = self.hear(asked) else { return };
        let answered =
            heard.iter().find_map(|said| if let Heard::Answer(_, answer) = said { Some(*answer) } else { None });
        if let Some(at) = under_way.iter().position(|asked| asked.is_some_and(|(asked, _)| asked == id)) {
            let errand = &mut self.all[at];
            errand.hear(&heard);
            let Some(answer) = answered else {
                (errand.under_way, errand.end) = (None, Some(false)); // silence
                return;
            };
            let is_late = is_for_now(answer) || answer == Answer::Unknown;
            errand.not_before = is_late.then(|| Instant::now() + PAUSE);
            errand.answered(answer);
        }
    }
}

/// Not sent, a clock or a nonce that is behind, a venue that is busy.
fn is_for_now(answer: Answer) -> bool {
    matches!(answer, Answer::Later { .. } | Answer::Refused(RejectReason::Unavailable | RejectReason::RateLimited))
}

impl Errand {
    fn new(of: InstrumentId) -> Self {
        let (is_listed, is_one_by_one, standing) = (false, false, Vec::new());
        Self { of, under_way: None, is_listed, is_one_by_one, standing, steps: 0, not_before: None, end: None }
    }

    /// What is to be asked.
    fn next(&self) -> Ask {
        match (self.is_one_by_one, self.standing.last()) {
            (false, _) => Ask::CancelAll(self.of),
            (true, Some(known)) => Ask::CancelByRest(*known),
            (true, None) => Ask::OpenOrders(self.of),
        }
    }

    /// It left. One order after another is as many steps as there are orders: time ends those, and what they do is counted
    /// by the lists between them.
    fn put(&mut self, id: AskId, ask: Ask) {
        self.under_way = Some((id, ask));
        self.steps += u32::from(!matches!(ask, Ask::CancelByRest(_)));
    }

    /// Orders of the list that was asked for, whose ever they are: it withdraws all that stands on the instrument.
    fn hear(&mut self, heard: &[Heard]) {
        if !self.is_one_by_one || !matches!(self.under_way, Some((_, Ask::OpenOrders(_)))) {
            return;
        }
        let open = heard.iter().filter_map(|said| match said {
            Heard::Order(news) if news.state == OrderState::Open && news.instrument == Some(self.of) => Some(news),
            _ => None,
        });
        self.standing.extend(open.filter_map(|news| Known::of(news).or_else(|| Known::theirs(news))));
    }

    fn answered_one_by_one(&mut self, ask: Ask, answer: Answer, is_done: bool) {
        match (ask, answer) {
            _ if self.steps >= STEPS_MAX => self.end = Some(false),
            (Ask::OpenOrders(_), Answer::Done) if self.standing.is_empty() => self.end = Some(true),
            (Ask::CancelByRest(_), _) if is_done => _ = self.standing.pop(),
            _ if is_done => {}
            // Begun anew: what was heard of it is not all.
            (Ask::OpenOrders(_), Answer::Unknown) => self.standing.clear(),
            (_, Answer::More | Answer::Unknown) => {}
            _ if is_for_now(answer) => {}
            _ => self.end = Some(false),
        }
    }

    fn answered(&mut self, answer: Answer) {
        let Some((_, ask)) = self.under_way.take() else { return };
        let is_list = matches!(ask, Ask::OpenOrders(_));
        let had_list = std::mem::replace(&mut self.is_listed, is_list && answer == Answer::Done);
        let is_done = matches!(
            answer,
            // A venue that has nothing to withdraw may call that an unknown order.
            Answer::Done | Answer::NoSuchOrder | Answer::Refused(RejectReason::UnknownOrder)
        );
        if self.is_one_by_one {
            return self.answered_one_by_one(ask, answer, is_done);
        }
        match answer {
            _ if self.steps >= STEPS_MAX => self.end = Some(false),
            // What was listed is withdrawn; there may be more.
            _ if is_done && (is_list || had_list) => {}
            _ if is_done => self.end = Some(true),
            _ if is_for_now(answer) => {}
            // A page of a list, half of what stands; a fault of the venue's, asked again, which does nothing twice.
            Answer::More | Answer::Unknown => {}
            _ => self.end = Some(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::heard::{OrderNews, Whose};
    use engine_model::instrument::Name;
    use engine_model::market::Side;
    use engine_model::order::ClientOrderId;
    use engine_model::units::{Lots, Ticks};

    /// How it stands behind these answers.
    fn end(asks: &[(Ask, Answer)]) -> Option<bool> {
        let mut errand = Errand::new(InstrumentId(0));
        for (ask, answer) in asks {
            errand.under_way = Some((AskId(1), *ask));
            errand.answered(*answer);
        }
        errand.end
    }

    #[test]
    fn a_refusal_is_no_success_unless_there_is_nothing_to_withdraw() {
        let (all, list) = (Ask::CancelAll(InstrumentId(0)), Ask::OpenOrders(InstrumentId(0)));
        for (answer, expected) in [
            (Answer::Done, true),
            (Answer::Refused(RejectReason::UnknownOrder), true),
            (Answer::Refused(RejectReason::Other), false),
            (Answer::Refused(RejectReason::NotAllowed), false),
        ] {
            assert_eq!(end(&[(all, answer)]), Some(expected), "{answer:?}");
        }
        for answer in
            [Answer::Later { wait_ms: 0 }, Answer::More, Answer::Unknown, Answer::Refused(RejectReason::Unavailable)]
        {
            assert_eq!(end(&[(all, answer)]), None, "asked again");
        }
        assert_eq!(end(&[(list, Answer::Done)]), None, "then they are withdrawn");
        assert_eq!(end(&[(list, Answer::Done), (all, Answer::Done)]), None, "there may be more: listed again");
        assert_eq!(end(&[(list, Answer::Refused(RejectReason::NotAllowed))]), Some(false));
    }

    fn standing(of: u32, ours: Option<ClientOrderId>, theirs: &str) -> Heard {
        Heard::Order(OrderNews {
            whose: Whose { ours, venue_order_id: Name::new(theirs).expect("short") },
            instrument: Some(InstrumentId(of)),
            side: Side::Buy,
            px: Ticks(1),
            qty: Lots(1),
            filled: Lots(0),
            state: OrderState::Open,
            waits: false,
            at_ns: Nanos(1),
        })
    }

    #[test]
    fn without_a_word_for_all_what_is_listed_is_withdrawn_one_by_one_until_nothing_is() {
        let list = Ask::OpenOrders(InstrumentId(0));
        let mut errand = Errand { is_one_by_one: true, ..Errand::new(InstrumentId(0)) };
        let mut tell = |ask: Ask, heard: &[Heard], answer| {
            assert_eq!(errand.next(), ask);
            errand.put(AskId(1), ask);
            errand.hear(heard);
            errand.answered(answer);
            (errand.standing.last().copied(), errand.end)
        };
        let ours = ClientOrderId::new(1, 2, 3);
        let rows = [standing(0, None, "77"), standing(1, None, "78"), standing(0, Some(ours), "79")];
        let (first, end) = tell(list, &rows, Answer::Done);
        let first = first.expect("two on this instrument");
        assert_eq!((first.id(), end), (ours, None));
        assert_eq!(tell(Ask::CancelByRest(first), &[], Answer::Later { wait_ms: 0 }), (Some(first), None), "again");
        let (second, end) = tell(Ask::CancelByRest(first), &[], Answer::Done);
        let second = second.expect("somebody else's");
        assert!(second.is_theirs() && end.is_none());
        let gone = Answer::Refused(RejectReason::UnknownOrder);
        assert_eq!(tell(Ask::CancelByRest(second), &[], gone), (None, None), "executed meanwhile: looked at again");
        assert_eq!(tell(list, &rows[..1], Answer::Done).1, None, "one came since");
        assert_eq!(tell(Ask::CancelByRest(second), &[], Answer::Done), (None, None));
        assert_eq!(
            tell(list, &rows[1..2], Answer::Done),
            (None, Some(true)),
            "another instrument's is another errand's"
        );
        let refused = Answer::Refused(RejectReason::NotAllowed);
        assert_eq!(tell(list, &rows, refused).1, Some(false));
    }
}
