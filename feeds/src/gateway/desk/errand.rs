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
    sweep: Sweep,
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
    /// The venue has no word for all of it: see [`Sweep`].
    is_swept: bool,
    steps: u32,
    not_before: Option<Instant>,
    end: Option<bool>,
}

/// What stands at a venue that has no word for all of an instrument. Its one list tells of all instruments: it is asked for
/// once for all of them, and what it lists is withdrawn by the handful until it lists nothing. One list and one cancel after
/// another for each instrument passed the venue's limit from some thirty instruments on.
#[derive(Clone, Debug, Default)]
struct Sweep {
    under_way: Option<(AskId, Ask)>,
    /// Listed, and not withdrawn.
    standing: Vec<Known>,
    /// Of those, how many are being withdrawn.
    taken: usize,
    /// Lists asked for.
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
            sweep: Sweep::default(),
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
        self.sweep = Sweep::default();
        while self.all.iter().any(|errand| errand.end.is_none()) && Instant::now() < until {
            for at in 0..self.all.len() {
                self.go_on(at);
            }
            self.sweep();
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
        self.post(id)
    }

    /// Sends what was written.
    fn post(&mut self, id: AskId) -> Result<Option<AskId>, Unable> {
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
        if must_wait || errand.under_way.is_some() || errand.end.is_some() || errand.is_swept {
            return;
        }
        let mut ask = Ask::CancelAll(errand.of);
        let mut put = self.put(ask);
        if put == Err(Unable::NotYet) {
            ask = match ask {
                // The venue withdraws what it has listed.
                Ask::CancelAll(of) if !self.all[at].is_listed => Ask::OpenOrders(of),
                ask => ask,
            };
            put = self.put(ask);
        }
        let errand = &mut self.all[at];
        match (put, ask) {
            (Ok(None), _) => {}
            (Ok(Some(id)), ask) => errand.put(id, ask),
            // The list was empty.
            (Err(Unable::NotYet), _) => errand.end = Some(errand.is_listed),
            (Err(Unable::NotThere), Ask::CancelAll(_)) => errand.is_swept = true,
            (Err(Unable::NotThere), _) => errand.end = Some(false),
        }
    }

    /// The same for all instruments that are swept.
    fn sweep(&mut self) {
        let sweep = &self.sweep;
        let must_wait = sweep.not_before.is_some_and(|not_before| Instant::now() < not_before);
        let Some(first) = self.all.iter().find(|errand| errand.is_swept && errand.end.is_none()) else { return };
        if must_wait || sweep.under_way.is_some() {
            return;
        }
        if let Some(end) = sweep.end {
            self.all.iter_mut().filter(|errand| errand.is_swept).for_each(|errand| errand.end = Some(end));
            return;
        }
        let list = Ask::OpenOrders(first.of);
        let (put, ask) = match sweep.standing.first().copied() {
            None => (self.put(list), list),
            Some(known) => match self.withdraw_listed() {
                // It names instruments by numbers that were not told.
                Err(Unable::NotYet) => (self.put(Ask::Prepare(Prepare::Token)), Ask::Prepare(Prepare::Token)),
                put => (put, Ask::CancelByRest(known)),
            },
        };
        match put {
            Ok(Some(id)) => self.sweep.put(id, ask),
            Ok(None) => {}
            Err(_) => self.sweep.end = Some(false),
        }
    }

    fn withdraw_listed(&mut self) -> Result<Option<AskId>, Unable> {
        let id = AskId(self.last + 1);
        let now = self.venue_clock.at(Nanos(self.clock.now()));
        self.sweep.taken = self.tongue.ask_to_withdraw(&self.sweep.standing, id, now, &mut self.call)?;
        self.post(id)
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
        let swept = std::iter::once(self.sweep.under_way);
        let under_way: Vec<_> = self.all.iter().map(|errand| errand.under_way).chain(swept).collect();
        let asked = |id| under_way.iter().flatten().find(|(asked, _)| *asked == id).map(|(_, ask)| *ask);
        let Some((id, heard)) = self.hear(asked) else { return };
        let answered =
            heard.iter().find_map(|said| if let Heard::Answer(_, answer) = said { Some(*answer) } else { None });
        if self.sweep.under_way.is_some_and(|(asked, _)| asked == id) {
            let own = |of| self.all.iter().any(|errand| errand.is_swept && errand.of == of);
            self.sweep.hear(&heard, own);
            self.sweep.answered(answered);
            return;
        }
        if let Some(at) = under_way.iter().position(|asked| asked.is_some_and(|(asked, _)| asked == id)) {
            let errand = &mut self.all[at];
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

impl Sweep {
    /// It left. Handfuls are as many as there are orders: time ends those, and what they do is counted by the lists between.
    fn put(&mut self, id: AskId, ask: Ask) {
        self.under_way = Some((id, ask));
        self.steps += u32::from(!matches!(ask, Ask::CancelByRest(_)));
    }

    /// Orders of the list that was asked for, whose ever they are: all that stands on these instruments is withdrawn.
    fn hear(&mut self, heard: &[Heard], own: impl Fn(InstrumentId) -> bool) {
        if !matches!(self.under_way, Some((_, Ask::OpenOrders(_)))) {
            return;
        }
        let open = heard.iter().filter_map(|said| match said {
            Heard::Order(news) if news.state == OrderState::Open && news.instrument.is_some_and(&own) => Some(news),
            _ => None,
        });
        self.standing.extend(open.filter_map(|news| Known::of(news).or_else(|| Known::theirs(news))));
    }

    /// `None`: in no words that could be understood.
    fn answered(&mut self, answer: Option<Answer>) {
        let Some((_, ask)) = self.under_way.take() else { return };
        let Some(answer) = answer else {
            self.end = Some(false);
            return;
        };
        let is_late = is_for_now(answer) || answer == Answer::Unknown;
        self.not_before = is_late.then(|| Instant::now() + PAUSE);
        match (ask, answer) {
            _ if self.steps >= STEPS_MAX => self.end = Some(false),
            (Ask::OpenOrders(_), Answer::Done) if self.standing.is_empty() => self.end = Some(true),
            // One that is not there any more is withdrawn, too; whether all are, the next list tells.
            (
                Ask::CancelByRest(_),
                Answer::Done | Answer::NoSuchOrder | Answer::Refused(RejectReason::UnknownOrder),
            ) => {
                self.standing.drain(..self.taken.min(self.standing.len()));
            }
            (_, Answer::Done) => {}
            // Begun anew: what was heard of it is not all, what was done of it nobody knows.
            (Ask::OpenOrders(_) | Ask::CancelByRest(_), Answer::Unknown) => self.standing.clear(),
            (_, Answer::More | Answer::Unknown) => {}
            _ if is_for_now(answer) => {}
            _ => self.end = Some(false),
        }
    }
}

impl Errand {
    fn new(of: InstrumentId) -> Self {
        Self { of, under_way: None, is_listed: false, is_swept: false, steps: 0, not_before: None, end: None }
    }

    fn put(&mut self, id: AskId, ask: Ask) {
        self.under_way = Some((id, ask));
        self.steps += 1;
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
    fn without_a_word_for_all_one_list_is_asked_for_and_withdrawn_by_the_handful_until_it_is_empty() {
        let list = Ask::OpenOrders(InstrumentId(0));
        let mut sweep = Sweep::default();
        let mut tell = |ask: Ask, taken: usize, heard: &[Heard], answer| {
            sweep.put(AskId(1), ask);
            sweep.taken = taken;
            sweep.hear(heard, |of| of != InstrumentId(9));
            sweep.answered(Some(answer));
            let ids: Vec<String> = sweep.standing.iter().map(|known| known.venue_order_id.to_string()).collect();
            (ids.join(" "), sweep.end)
        };
        let ours = ClientOrderId::new(1, 2, 3);
        let rows =
            [standing(0, None, "77"), standing(9, None, "78"), standing(1, Some(ours), "79"), standing(2, None, "80")];
        let all = || "77 79 80".to_owned();
        assert_eq!(tell(list, 0, &rows, Answer::Done), (all(), None), "of each of its instruments, whose ever");
        let Heard::Order(news) = &rows[0] else { panic!("an order") };
        let some = Ask::CancelByRest(Known::theirs(news).expect("named"));
        assert_eq!(tell(some, 2, &[], Answer::Later { wait_ms: 0 }), (all(), None), "again");
        assert_eq!(tell(some, 2, &[], Answer::Done), ("80".to_owned(), None));
        let gone = Answer::Refused(RejectReason::UnknownOrder);
        assert_eq!(tell(some, 1, &[], gone), (String::new(), None), "executed meanwhile: looked at again");
        assert_eq!(tell(list, 0, &rows[..1], Answer::Done), ("77".to_owned(), None), "one came since");
        assert_eq!(
            tell(some, 1, &[], Answer::Unknown),
            (String::new(), None),
            "what was done nobody knows: listed again"
        );
        assert_eq!(tell(list, 0, &rows[1..2], Answer::Done), (String::new(), Some(true)), "not ours to withdraw");
        let refused = Answer::Refused(RejectReason::NotAllowed);
        assert_eq!(tell(list, 0, &rows, refused).1, Some(false));
    }
}
