//! `journal replay`: the state that a run ended in, rebuilt from its journal by judging every wish again.

use super::Answer;
use super::file::{damage_text, reader, stored};
use super::words::decision;
use crate::decimal::wide;
use crate::exit::Exit;
use crate::output::Progress;
use anyhow::anyhow;
use engine_core::journal::reader::{Entry, Fault};
use engine_core::journal::record::{Record, Run};
use engine_core::journal::replay::{ReplayError, Replayed, replay_until};
use engine_core::state::hex;
use engine_model::image::PortfolioImage;
use engine_model::instrument::Instrument;
use engine_model::position::Position;
use engine_model::units::Nanos;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Replays the last of the files, whole or until then.
pub(super) fn replay(files: &[PathBuf], until: Option<Nanos>) -> Result<Answer, Exit> {
    let told = told(files, until)?;
    Ok(Answer { text: text(&told), json: json(&told), holds: true })
}

/// What a replay of the last of the files comes to.
pub(super) fn told(files: &[PathBuf], until: Option<Nanos>) -> Result<Told, Exit> {
    let Some(path) = files.last() else { return Err(Exit::Usage("PATH: found no journal".to_owned())) };
    let stored = stored(path)?;
    let entries = reader(path, &stored)?;
    let epoch = entries.prologue().epoch;
    let progress = Progress::new();
    progress.step("judging again");
    let mut seen = Seen::default();
    let until = until.unwrap_or(Nanos(u64::MAX));
    let replayed = replay_until(entries.inspect(|entry| seen.note(entry)), epoch, until);
    progress.end();
    let mut replayed = replayed.map_err(|error| Exit::Failed(anyhow!("{}", failure(path, &error, &seen))))?;
    let mut portfolio = PortfolioImage::default();
    let state_hash = hex(&replayed.state_hash());
    replayed.risk.write_image(seen.last_at.min(until), &mut portfolio);
    let Seen { instruments: run, .. } = seen;
    Ok(Told { path: path.clone(), epoch, state_hash, replayed, portfolio, run })
}

/// What went by while the journal was read.
#[derive(Default)]
struct Seen {
    instruments: Vec<Instrument>,
    last_at: Nanos,
    whole: u64,
}

impl Seen {
    fn note(&mut self, entry: &Result<Entry, Fault>) {
        let Ok(entry) = entry else { return };
        self.whole += 1;
        self.last_at = self.last_at.max(Nanos(entry.head.at_ns));
        if let Record::Run(Run { instruments, .. }) = &entry.record {
            self.instruments.clone_from(instruments);
        }
    }
}

pub(super) struct Told {
    path: PathBuf,
    epoch: u32,
    state_hash: String,
    pub(super) replayed: Replayed,
    portfolio: PortfolioImage,
    pub(super) run: Vec<Instrument>,
}

fn failure(path: &Path, error: &ReplayError, seen: &Seen) -> String {
    let file = path.display();
    match error {
        ReplayError::Fault(fault) => damage_text(path, fault, seen.whole),
        ReplayError::Differs { sequence, written, judged } => {
            let judged = judged.as_ref().map(|judged| decision(judged, &seen.instruments).to_string());
            format!(
                "{file}: record {sequence} was decided otherwise than this build decides\n  written: {}\n  now:     {}",
                decision(written, &seen.instruments),
                judged.unwrap_or_else(|| "nothing".to_owned()),
            )
        }
        other => format!("{file}: {other}"),
    }
}

fn positions(told: &Told) -> impl Iterator<Item = (&Position, &Instrument)> {
    let listed = &told.portfolio.positions[..told.portfolio.positions_count as usize];
    listed.iter().filter_map(|position| Some((position, told.run.get(position.instrument.index())?)))
}

pub(super) fn name(instrument: &Instrument) -> String {
    format!("{}:{}", instrument.venue.name(), instrument.symbol)
}

/// Entry prices are kept in thousandths of a tick: three more decimals.
fn average(position: &Position, instrument: &Instrument) -> Option<String> {
    let grid = &instrument.grid;
    let units = i128::from(position.avg_px_milliticks) * i128::from(grid.tick_step);
    (position.qty.0 != 0).then(|| wide(units, grid.price_decimals + 3))
}

pub(super) fn text(told: &Told) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: String| out += &format!("{name:<14} {value}\n");
    let ([market, decision, report], image) = (told.replayed.counts, &told.portfolio);
    line("file", told.path.display().to_string());
    line("run", told.epoch.to_string());
    line("records", format!("market {market}, decision {decision}, report {report}"));
    if let [decisions, reports] = told.replayed.left_out
        && decisions + reports > 0
    {
        line(
            "left out",
            format!("decision {decisions}, report {reports}: the run was cut off before what they rest on"),
        );
    }
    line("orders", image.orders.to_string());
    line("fills", image.fills.to_string());
    line("denied", image.denied.to_string());
    line("trading state", image.trading_state.name().to_owned());
    line("equity usd", format!("{} from {}", image.equity, image.equity_start));
    for (position, instrument) in positions(told) {
        let qty = instrument.grid.qty_text(position.qty);
        let average = average(position, instrument).map_or_else(String::new, |px| format!(" at {px}"));
        let (realised, fees) = (position.realised, position.fees);
        line("position", format!("{} {qty}{average}, realised {realised}, fees {fees}", name(instrument)));
    }
    line("state hash", told.state_hash.clone());
    out
}

pub(super) fn json(told: &Told) -> Value {
    let ([market, decision, report], image) = (told.replayed.counts, &told.portfolio);
    let [decisions, reports] = told.replayed.left_out;
    let position = |(position, instrument): (&Position, &Instrument)| {
        json!({
            "instrument": name(instrument),
            "qty": instrument.grid.qty_text(position.qty),
            "avg_px": average(position, instrument),
            "realised": position.realised.to_string(),
            "unrealised": position.unrealised.map(|amount| amount.to_string()),
            "fees": position.fees.to_string(),
        })
    };
    json!({
        "file": told.path.display().to_string(),
        "epoch": told.epoch,
        "records": {"market": market, "decision": decision, "report": report},
        "left_out": {"decision": decisions, "report": reports},
        "orders": image.orders,
        "fills": image.fills,
        "denied": image.denied,
        "trading_state": image.trading_state.name(),
        "equity_usd": image.equity.to_string(),
        "positions": positions(told).map(position).collect::<Vec<_>>(),
        "state_hash": told.state_hash,
    })
}
