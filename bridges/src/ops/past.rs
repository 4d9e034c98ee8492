//! What of a run outlives it: snapshots of open interest, and equity from minute to minute. Without it a restart would cost a
//! day until the change of a day is known again.
//!
//! Owns: the file, written every five minutes and at the end; a crash costs what came after that.
//! Never: in the way of a start. A file that cannot be read is put aside, and said.

use crate::door::Door;
use crate::hub::flow::{SNAPSHOT_EVERY_NS, SNAPSHOTS_KEPT};
use crate::hub::image::{EQUITY_EVERY_NS, EQUITY_KEPT, Image};
use crate::ops::place::{self, Place};
use engine_model::instrument::{Instrument, Instruments};
use engine_model::units::{Nanos, Quote};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(300);

/// The file's content.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    /// By the mode of the run (`paper`, `live`): when, and dollars in 1e-8.
    equity: BTreeMap<String, Vec<(u64, i64)>>,
    /// By `venue:symbol`: when, and coins in 1e-8.
    open_interest: BTreeMap<String, Vec<(u64, i128)>>,
}

/// What this run does with the equity of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    /// It goes on from there: the curve does, too.
    GoesOn,
    /// It trades on the same account and counts its equity anew: the curve is moved to where it begins.
    CountsAnew,
    /// It begins flat, with equity of its own.
    BeginsFlat,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Past {
    place: Place,
    /// What the file has; once it was taught, what of it this run does not continue: of other instruments, of another mode.
    kept: Kept,
}

impl Past {
    /// With what the file has; `None` where it cannot be ours.
    pub(crate) fn open(path: &Path) -> Option<Self> {
        // First the place: what is read before it is ours may be changed by then.
        let place = Place::claim(path, "snapshots of open interest and equity")?;
        let kept = match read(path) {
            Ok(kept) => kept,
            Err(why) => {
                let aside = path.with_extension("unread");
                tracing::error!(
                    "{} cannot be read ({why}): it is put aside as {}, and what was before this run is not known",
                    path.display(),
                    aside.display()
                );
                // What cannot be moved is written over: it could not be read.
                let _moved = std::fs::rename(path, aside);
                Kept::default()
            }
        };
        Some(Self { place, kept })
    }

    /// Puts into the image what is young enough to be asked for.
    pub(crate) fn teach(
        &mut self,
        image: &mut Image,
        instruments: &Instruments,
        mode: &str,
        before: Before,
        now: Nanos,
    ) {
        self.kept.forget(now);
        let equity = self.kept.equity.remove(mode).unwrap_or_default();
        if before != Before::BeginsFlat {
            let rows = equity.into_iter().map(|(at, equity)| (Nanos(at), Quote(equity)));
            image.inherit_equity(rows, before == Before::CountsAnew);
        }
        for instrument in instruments.iter() {
            for (at, coins_e8) in self.kept.open_interest.remove(&key(instrument)).into_iter().flatten() {
                image.flow_mut(instrument.id).open_interest(Nanos(at), coins_e8);
            }
        }
    }

    /// Writes the file each five minutes, and at the end.
    pub(crate) async fn keep(mut self, door: Arc<Door>) {
        let (desk, mut stop) = (&door.desk, door.stop.clone());
        loop {
            let is_over = tokio::select! {
                () = tokio::time::sleep(EVERY) => false,
                _ = stop.changed() => true,
            };
            self.kept.forget(desk.now());
            let kept = self.kept.with(&desk.hub.image(), desk.instruments(), &desk.run.mode);
            let path = self.place.path().to_owned();
            let writes = move || {
                let text = serde_json::to_string(&kept).map_err(std::io::Error::other)?;
                place::write(&path, &text)
            };
            // On a thread where a slow disk holds up nobody.
            let written = tokio::task::spawn_blocking(writes).await;
            if let Err(error) = written.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
                tracing::error!(%error, path = %self.place.path().display(), "open interest and equity are not kept");
            }
            if is_over {
                return;
            }
        }
    }
}

impl Kept {
    /// What is too old to be asked for, or was written by a clock that was ahead.
    fn forget(&mut self, now: Nanos) {
        let is_young = |at: u64, kept_ns: u64| at <= now.0 && now.0 - at <= kept_ns;
        let equity_ns = EQUITY_KEPT as u64 * EQUITY_EVERY_NS;
        self.equity.values_mut().for_each(|rows| rows.retain(|(at, _)| is_young(*at, equity_ns)));
        let interest_ns = SNAPSHOTS_KEPT as u64 * SNAPSHOT_EVERY_NS;
        self.open_interest.values_mut().for_each(|rows| rows.retain(|(at, _)| is_young(*at, interest_ns)));
        self.open_interest.retain(|_, rows| !rows.is_empty());
    }

    /// The same and what a run of that mode has seen.
    fn with(&self, image: &Image, instruments: &Instruments, mode: &str) -> Self {
        let (mut equity, mut open_interest) = (self.equity.clone(), self.open_interest.clone());
        let rows = image.equity.last(usize::MAX).into_iter().map(|(at, equity)| (at.0, equity.0));
        equity.insert(mode.to_owned(), rows.collect());
        let snapshots = |instrument: &Instrument| {
            let all = image.instrument(instrument.id).flow.open_interest_snapshots();
            all.iter().map(|(at, coins_e8)| (at.0, *coins_e8)).collect::<Vec<_>>()
        };
        let seen = instruments.iter().map(|instrument| (key(instrument), snapshots(instrument)));
        open_interest.extend(seen.filter(|(_, rows)| !rows.is_empty()));
        Self { equity, open_interest }
    }
}

fn key(instrument: &Instrument) -> String {
    format!("{}:{}", instrument.venue.name(), instrument.symbol)
}

/// Nothing if there is no file.
fn read(path: &Path) -> Result<Kept, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).map_err(|error| error.to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Kept::default()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::symbol::tests::instruments as some;
    use engine_model::image::PortfolioImage;
    use engine_model::instrument::InstrumentId;

    const ID: InstrumentId = InstrumentId(0);

    fn place(name: &str) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("ringside-past-{name}-{}.json", std::process::id()));
        let _old = std::fs::remove_file(&path);
        path
    }

    fn minute(n: u64) -> Nanos {
        Nanos((29_000_000 + n) * 60 * Nanos::SECOND)
    }

    fn portfolio(at: Nanos, equity: i64) -> PortfolioImage {
        PortfolioImage { at_ns: at, equity: Quote::whole(equity), ..PortfolioImage::default() }
    }

    /// An image of a run that has seen two hours, written down.
    fn written(path: &Path, instruments: &Arc<Instruments>) {
        let mut image = Image::new(instruments, &[]);
        for n in 0..120 {
            image.take_portfolio(&portfolio(minute(n), 100_000 + n as i64));
            image.flow_mut(ID).open_interest(minute(n), i128::from(i64::MAX) + i128::from(n));
        }
        let kept = Kept::default().with(&image, instruments, "paper");
        place::write(path, &serde_json::to_string(&kept).expect("JSON")).expect("written");
    }

    fn taught(path: &Path, instruments: &Arc<Instruments>, before: Before, at: Nanos) -> Image {
        let mut image = Image::new(instruments, &[]);
        let mut past = Past::open(path).expect("free");
        past.teach(&mut image, instruments, "paper", before, at);
        image
    }

    fn equity(image: &Image) -> Vec<i64> {
        image.equity.last(usize::MAX).into_iter().map(|(_, equity)| equity.0 / Quote::ONE).collect()
    }

    #[test]
    fn open_interest_of_an_hour_ago_is_known_behind_a_restart() {
        let (path, instruments) = (place("interest"), Arc::new(some()));
        written(&path, &instruments);
        let mut image = taught(&path, &instruments, Before::BeginsFlat, minute(150));
        let hour_ago = |image: &Image, at: u64| image.instrument(ID).flow.open_interest_at(minute(at - 60));
        assert_eq!(hour_ago(&image, 150), Some(i128::from(i64::MAX) + 90), "no coin is too many");
        image.flow_mut(ID).open_interest(minute(150), 7);
        assert_eq!(hour_ago(&image, 195), None, "nobody was up then");
        assert!(equity(&image).is_empty(), "it begins flat");
        let days_later = taught(&path, &instruments, Before::GoesOn, Nanos(minute(150).0 + 3 * Nanos::DAY));
        assert!(days_later.instrument(ID).flow.open_interest_snapshots().is_empty(), "too old to be asked for");
        assert_eq!(equity(&days_later).len(), 120);
    }

    #[test]
    fn equity_goes_on_where_the_run_does_and_is_moved_where_it_is_counted_anew() {
        let (path, instruments) = (place("equity"), Arc::new(some()));
        written(&path, &instruments);
        for (before, then) in [(Before::GoesOn, 100_118), (Before::CountsAnew, 49_999)] {
            let mut image = taught(&path, &instruments, before, minute(150));
            image.take_portfolio(&portfolio(minute(150), 50_000));
            image.take_portfolio(&portfolio(minute(151), 50_002));
            let told = equity(&image);
            assert_eq!(told[118], then, "{before:?}");
            assert_eq!(told[119..], [then + 1, 50_000, 50_002], "{before:?}");
        }
    }

    #[test]
    fn points_that_money_put_in_since_would_put_below_nothing_are_left_out() {
        let (path, instruments) = (place("below"), Arc::new(some()));
        written(&path, &instruments);
        let mut image = taught(&path, &instruments, Before::CountsAnew, minute(150));
        image.take_portfolio(&portfolio(minute(150), 20));
        let told = equity(&image);
        assert_eq!((told[0], told.len()), (1, 21), "of a hundred dollars less the last twenty stay: {told:?}");
    }

    #[test]
    fn what_a_run_does_not_trade_or_is_of_another_mode_stays_for_the_next_one() {
        let (path, instruments) = (place("others"), Arc::new(some()));
        written(&path, &instruments);
        let none = Instruments::new(Vec::new());
        let mut past = Past::open(&path).expect("free");
        let mut image = Image::new(&Arc::new(Instruments::new(Vec::new())), &[]);
        past.teach(&mut image, &none, "live", Before::CountsAnew, minute(150));
        assert!(equity(&image).is_empty(), "paper is no live");
        let kept = past.kept.with(&image, &none, "live");
        assert_eq!((kept.equity["paper"].len(), kept.equity["live"].len()), (120, 0));
        assert_eq!(kept.open_interest.len(), 1);
        past.kept.forget(Nanos(minute(150).0 + 40 * Nanos::DAY));
        assert!(past.kept.open_interest.is_empty() && past.kept.equity["paper"].is_empty(), "not for ever");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_put_aside_and_one_run_has_it() {
        let (path, instruments) = (place("broken"), Arc::new(some()));
        std::fs::write(&path, "{\"mode\": 3").expect("written");
        let first = Past::open(&path).expect("free");
        assert_eq!(first.kept, Kept::default());
        let aside = std::fs::read_to_string(path.with_extension("unread")).expect("it is there still");
        assert_eq!(aside, "{\"mode\": 3");
        assert!(Past::open(&path).is_none(), "another run has it");
        drop(first);
        written(&path, &instruments);
        assert_eq!(Past::open(&path).expect("free again").kept.equity["paper"].len(), 120);
    }
}
