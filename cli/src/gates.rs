//! Gates of a live run: no order passes to a venue while its gateway does not know how orders and positions stand there.
//!
//! All are closed by the rules that the run begins with, and each is opened and closed by a command like any person's: it is
//! in the journal, and a replay repeats it. Between a gateway's own no and the closed gate an order may be refused by the
//! gateway, which counts against nobody.
//!
//! Owns: what risk was told last. Never: a wait; what finds no room is told at the next look.

use engine_model::command::CommandKind;
use engine_model::venue::VenueId;
use feeds::gateway::desk::Phase;
use feeds::gateway::desk::gauges::GatewayGauges;
use std::sync::Arc;

/// See the module.
pub(crate) struct Gates {
    /// Whether risk was told that it is open.
    told: Vec<(VenueId, bool)>,
    /// The last one found no room, and that was said.
    is_late: bool,
}

impl Gates {
    pub(crate) fn closed(gateways: &[Arc<GatewayGauges>]) -> Self {
        Self { told: gateways.iter().map(|gauges| (gauges.venue, false)).collect(), is_late: false }
    }

    /// Has risk told of each that opens or closes.
    pub(crate) fn keep(
        &mut self,
        phases: impl Iterator<Item = Phase>,
        mut tell: impl FnMut(CommandKind) -> anyhow::Result<u64>,
    ) {
        for ((venue, told), phase) in self.told.iter_mut().zip(phases) {
            let is_open = phase == Phase::Ready;
            if is_open == *told {
                continue;
            }
            match tell(CommandKind::SetGate { venue: *venue, is_open }) {
                Ok(_) => {
                    (*told, self.is_late) = (is_open, false);
                    let is = if is_open { "open: orders pass" } else { "closed: orders are denied until it is ready" };
                    tracing::info!(venue = venue.name(), "the gate to the venue is {is}");
                }
                Err(error) => {
                    if !std::mem::replace(&mut self.is_late, true) {
                        tracing::warn!(
                            venue = venue.name(),
                            "risk is told of its gate as soon as there is room: {error:#}"
                        );
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_opens_and_closes_with_its_gateway_and_is_told_again_where_there_was_no_room() {
        let (binance, okx) = (VenueId::BinanceUsdm, VenueId::Okx);
        let mut gates = Gates::closed(&[binance, okx].map(|venue| Arc::new(GatewayGauges::new(venue))));
        let mut told = |phases: [Phase; 2], has_room: bool| {
            let mut told = Vec::new();
            gates.keep(phases.into_iter(), |what| {
                anyhow::ensure!(has_room, "full");
                told.push(what);
                Ok(0)
            });
            told
        };
        let set = |venue, is_open| CommandKind::SetGate { venue, is_open };
        assert_eq!(told([Phase::Preparing, Phase::Reconciling], true), []);
        assert_eq!(told([Phase::Ready, Phase::Reconciling], false), []);
        assert_eq!(told([Phase::Ready, Phase::Ready], true), [set(binance, true), set(okx, true)]);
        assert_eq!(told([Phase::Ready, Phase::Ready], true), [], "once");
        assert_eq!(told([Phase::Preparing, Phase::Ready], true), [set(binance, false)]);
        assert_eq!(told([Phase::Ready, Phase::Refused], true), [set(binance, true), set(okx, false)]);
    }
}
