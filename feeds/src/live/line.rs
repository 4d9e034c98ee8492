//! One route kept alive for ever: dialled, read, relieved before the venue ends it, dialled again when it breaks.
//!
//! Owns: at most two connections, the one that talks and its relief. Never: what is inside a frame (but for the ids that
//! tell doubles apart), books. A line that is lost says so once; the feed then lets go of the books that came by it.

use super::dialect::Dialect;
use super::overlap::{By, Overlap, Verdict};
use super::plan::LinePlan;
use super::settings::LinePolicy;
use super::talk::{Talk, Tools};
use crate::net::backoff::Backoff;
use crate::net::error::NetError;
use crate::net::ws::{Incoming, Socket, SocketSettings};
use std::net::SocketAddr;

const SECOND_NS: u64 = 1_000_000_000;

/// So long without a failure ends the trouble: the next one is new, with short waits. Longer than the longest wait, for a
/// venue that accepts and closes at once must not be dialled four times a second (300 connections in 5 minutes end in a
/// ban).
const STEADY_NS: u64 = 60 * SECOND_NS;

/// What a turn came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Turn {
    /// Something was done.
    pub(super) worked: bool,
    /// The line broke: what came by it is not continued.
    pub(super) lost: bool,
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// Whether more may follow.
    pub(super) more: bool,
    /// Whether it told anything of a market.
    pub(super) is_market: bool,
}

/// A route.
#[derive(Debug)]
pub(super) struct Line {
    plan: LinePlan,
    dialect: &'static Dialect,
    settings: SocketSettings,
    policy: LinePolicy,
    /// Without market data for so long it is given up, pongs or not; `None` where nothing on it must speak.
    market_after_ns: Option<u64>,
    renew_after_ns: u64,
    address: Option<SocketAddr>,
    talk: Option<Talk>,
    relief: Option<Talk>,
    overlap: Overlap,
    judged_until_ns: u64,
    backoff: Backoff,
    retry_at_ns: u64,
    /// It was lost and is not back yet.
    broken: bool,
    failures: u32,
    failed_at_ns: u64,
    /// Since when it has not been up, for all that was tried; `None` while it is, and before the first failure.
    down_since_ns: Option<u64>,
}

impl Line {
    /// Nothing is dialled before the first poll. Without market data for `market_after_ns` it is given up, pongs or not.
    pub(super) fn new(
        plan: LinePlan,
        dialect: &'static Dialect,
        settings: SocketSettings,
        policy: LinePolicy,
        market_after_ns: Option<u64>,
        seed: u64,
    ) -> Self {
        let (first, longest) = policy.backoff_ns;
        // Lines opened together are not relieved together.
        let spread = seed % 64;
        let renew_after_ns = policy.renew_after_ns - policy.renew_after_ns / 1024 * spread;
        Self {
            address: plan.endpoint.literal(),
            overlap: Overlap::new(&plan.streams),
            backoff: Backoff::new(first, longest, seed),
            judged_until_ns: 0,
            plan,
            dialect,
            settings,
            policy,
            market_after_ns,
            renew_after_ns,
            talk: None,
            relief: None,
            retry_at_ns: 0,
            broken: false,
            failures: 0,
            failed_at_ns: 0,
            down_since_ns: None,
        }
    }

    pub(super) fn plan(&self) -> &LinePlan {
        &self.plan
    }

    /// Whether the name of its host must be looked up before it can be dialled.
    pub(super) fn wants_address(&self, now_ns: u64) -> bool {
        self.address.is_none() && now_ns >= self.retry_at_ns
    }

    /// What the look-up found.
    pub(super) fn set_address(&mut self, found: Result<SocketAddr, NetError>, tools: Tools<'_>) {
        match found {
            Ok(address) => self.address = Some(address),
            Err(error) => self.failed(error, tools),
        }
    }

    /// When everything was asked for on the connection that talks; `None` while there is none.
    pub(super) fn asked_all_at_ns(&self) -> Option<u64> {
        self.talk.as_ref().and_then(Talk::asked_all_at_ns)
    }

    /// How long no market data of any of its instruments came, although it is up.
    pub(super) fn market_silent_ns(&self, now_ns: u64) -> u64 {
        self.talk.as_ref().map_or(0, |talk| talk.market_silent_ns(now_ns))
    }

    /// Failures in a row.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether it has been down for so long that somebody should look.
    pub(super) fn is_dead(&self, now_ns: u64) -> bool {
        self.down_since_ns.is_some_and(|since| now_ns.saturating_sub(since) >= self.policy.dead_after_ns)
    }

    /// Takes at most `limit` frames from each connection; `each` says what became of one.
    pub(super) fn poll(&mut self, limit: usize, tools: Tools<'_>, mut each: impl FnMut(&[u8], u64) -> Taken) -> Turn {
        let mut turn = Turn::default();
        if self.talk.is_none() && tools.now_ns >= self.retry_at_ns {
            self.talk = self.dial(tools);
        }
        match self.poll_talk(limit, tools, &mut each) {
            Ok(worked) => turn.worked |= worked,
            Err(error) => turn = self.broke(error, tools),
        }
        match self.poll_relief(limit, tools, &mut each) {
            Ok(worked) => turn.worked |= worked,
            Err(error) => {
                // The old connection goes on; the relief is dialled again later.
                self.relief = None;
                self.failed(error, tools);
            }
        }
        self.renew_if_due(tools);
        turn
    }

    /// That book of the plan is to be sent whole once more.
    pub(super) fn want_again(&mut self, book: usize) {
        if let Some(talk) = &mut self.talk {
            talk.want_again(book);
        }
    }

    /// Gives the connection up, so that it is opened once more: what came by it is not continued.
    pub(super) fn give_up(&mut self) {
        self.close();
        self.broken = true;
    }

    /// Says goodbye.
    pub(super) fn close(&mut self) {
        for mut talk in [self.talk.take(), self.relief.take()].into_iter().flatten() {
            talk.socket.close();
        }
    }

    fn dial(&mut self, tools: Tools<'_>) -> Option<Talk> {
        let address = self.address?;
        match Socket::dial(self.settings.clone(), address, tools.poller, tools.clock.clone(), tools.now_ns) {
            Ok(socket) => Some(Talk::new(socket, &self.plan, self.dialect, self.policy.silent_after_ns)),
            Err(error) => {
                self.failed(error, tools);
                None
            }
        }
    }

    fn poll_talk(
        &mut self,
        limit: usize,
        tools: Tools<'_>,
        each: &mut impl FnMut(&[u8], u64) -> Taken,
    ) -> Result<bool, NetError> {
        let Some(talk) = &mut self.talk else { return Ok(false) };
        let judged = self.relief.is_some() || tools.now_ns < self.judged_until_ns;
        let mut overlap = judged.then_some(&mut self.overlap);
        let judge = |frame: &[u8]| overlap.as_mut().map_or(Verdict::Pass, |overlap| overlap.judge(frame, By::Old));
        let worked = talk.advance(&self.plan, tools)? && read(talk, limit, tools, judge, each)?;
        talk.check_silence(&self.plan, self.policy.silent_after_ns, self.market_after_ns, tools.now_ns)?;
        if talk.asked_all_at_ns().is_some() {
            self.down_since_ns = None;
            if std::mem::take(&mut self.broken) {
                tools.gauges.reconnects.add(1);
            }
        }
        if self.failures > 0 && tools.now_ns.saturating_sub(self.failed_at_ns) >= STEADY_NS {
            self.failures = 0;
            self.backoff.reset();
        }
        Ok(worked)
    }

    fn poll_relief(
        &mut self,
        limit: usize,
        tools: Tools<'_>,
        each: &mut impl FnMut(&[u8], u64) -> Taken,
    ) -> Result<bool, NetError> {
        let Some(relief) = &mut self.relief else { return Ok(false) };
        let judge = |frame: &[u8]| self.overlap.judge(frame, By::Relief);
        let worked = relief.advance(&self.plan, tools)? && read(relief, limit, tools, judge, each)?;
        relief.check_silence(&self.plan, self.policy.silent_after_ns, self.market_after_ns, tools.now_ns)?;
        Ok(worked)
    }

    /// The connection that talked is gone. A relief that has asked for everything takes over without a break: what is
    /// missing between the two, if anything, the session will see as a gap.
    fn broke(&mut self, error: NetError, tools: Tools<'_>) -> Turn {
        match self.relief.take_if(|relief| relief.asked_all_at_ns().is_some()) {
            Some(relief) => {
                tools.gauges.trouble(error);
                self.take_over(relief, tools);
                Turn { worked: true, lost: false }
            }
            None => {
                let talk = self.talk.take();
                let lost = talk.is_some_and(|talk| talk.was_open());
                self.broken |= lost;
                self.relief = None;
                self.failed(error, tools);
                Turn { worked: true, lost }
            }
        }
    }

    /// Dials a relief when the connection is old enough, and ends the overlap when both have talked long enough or the
    /// old one keeps the relief waiting.
    fn renew_if_due(&mut self, tools: Tools<'_>) {
        let (now_ns, policy) = (tools.now_ns, self.policy);
        let Some(talk) = &self.talk else { return };
        if !self.dialect.has_relief {
            return;
        }
        if self.relief.is_none() {
            let due = talk.age_ns(now_ns) >= self.renew_after_ns && now_ns >= self.retry_at_ns;
            if due && self.address.is_some() {
                self.overlap.begin();
                self.relief = self.dial(tools);
            }
            return;
        }
        let due = |relief: &mut Talk| match relief.early_since_ns {
            Some(since) => now_ns.saturating_sub(since) >= policy.hold_ns,
            None => relief.asked_all_at_ns().is_some_and(|at| now_ns.saturating_sub(at) >= policy.overlap_ns),
        };
        if let Some(relief) = self.relief.take_if(due) {
            self.take_over(relief, tools);
        }
    }

    /// The relief may be behind what the old connection brought: it is judged on until it must have caught up.
    fn take_over(&mut self, relief: Talk, tools: Tools<'_>) {
        tools.gauges.renewals.add(1);
        self.judged_until_ns = tools.now_ns.saturating_add(self.policy.overlap_ns);
        if let Some(mut old) = self.talk.replace(relief) {
            old.socket.close();
        }
    }

    fn failed(&mut self, error: NetError, tools: Tools<'_>) {
        tools.gauges.trouble(error);
        self.failures = self.failures.saturating_add(1);
        self.failed_at_ns = tools.now_ns;
        self.down_since_ns = self.down_since_ns.or(Some(tools.now_ns));
        self.retry_at_ns = tools.now_ns.saturating_add(self.backoff.next_wait_ns());
        // The host may have moved: a name is looked up again, an address stays.
        self.address = self.plan.endpoint.literal();
    }
}

/// Reads until nothing waits, the limit is reached, `each` has enough, or a frame has to wait. Whether anything came.
#[inline]
fn read(
    talk: &mut Talk,
    limit: usize,
    tools: Tools<'_>,
    mut judge: impl FnMut(&[u8]) -> Verdict,
    each: &mut impl FnMut(&[u8], u64) -> Taken,
) -> Result<bool, NetError> {
    let mut worked = false;
    let beat = talk.beat_to_ask_for();
    for _ in 0..limit {
        let mut more = true;
        match talk.next(tools.now_ns)? {
            Incoming::Nothing => break,
            Incoming::Control => {}
            Incoming::Frame { bytes, received_at_ns } => match judge(bytes) {
                Verdict::Pass => {
                    let taken = each(bytes, received_at_ns);
                    more = taken.more;
                    if taken.is_market {
                        talk.told_market(tools.now_ns);
                    } else if beat.is_some_and(|beat| beat.is_asked_by(bytes)) {
                        talk.owe_beat();
                    }
                }
                // Only messages of streams have ids.
                Verdict::Double => {
                    tools.gauges.doubles.add(1);
                    talk.told_market(tools.now_ns);
                }
                Verdict::Early => {
                    talk.early_since_ns.get_or_insert(tools.now_ns);
                    break;
                }
            },
        }
        talk.early_since_ns = None;
        worked = true;
        if !more {
            break;
        }
    }
    if worked {
        talk.count_bytes(tools.gauges);
    }
    Ok(worked)
}
