//! `standby serve`: the process beside a run that serves its journal, and throws the run off when it is taken over.

use crate::args::Serve;
use crate::exit::Exit;
use crate::{config, log};
use anyhow::{Context as _, anyhow};
use bridges::TlsFiles;
use bridges::standby::{Primary, Serving, SharedSecret};
use engine_core::journal::disk::{epoch_of, latest_epoch};
use engine_core::journal::fence::{Fence, Taker};
use engine_core::journal::hashes;
use engine_ring::pulse::{Life, Pulse};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// An engine that can, ends within that time behind its fence. One that hangs does not, and sends nothing either.
const ENDS_WITHIN: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Runs the command.
pub(super) fn run(args: &Serve) -> Result<(), Exit> {
    let config = config::read(Some(&args.config))?;
    log::start(&config.log);
    // What ends the engine is often sent to all of its processes: this one ends when nobody follows any more.
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false))).context("signals")?;
    }
    let standby = config.standby;
    let address = standby.listen.ok_or_else(|| Exit::Usage("standby.listen: found \"none\"".to_owned()))?;
    let secret = SharedSecret::read(standby.secret.as_deref().unwrap_or_default());
    let secret = secret.map_err(|error| Exit::Usage(format!("standby.secret: {error}")))?;
    let tls = standby.tls.map(|(certificates, key)| TlsFiles { certificates, key });
    let pulse = Arc::new(Pulse::open(&args.page).with_context(|| format!("the page {}", args.page.display()))?);
    let first = args.journal.clone();
    let epoch = first.file_name().and_then(epoch_of).with_context(|| format!("{}: no journal", first.display()))?;
    let (watched, fenced, folder) = (Arc::clone(&pulse), pulse, folder_of(&first));
    let looked_at = folder.clone();
    let primary = Primary {
        hashes: hashes::path_of(&first, epoch),
        first,
        epoch,
        lives: Arc::new(move || watched.is_owned()),
        // A folder that cannot be read tells of none.
        is_followed_by: Arc::new(move || latest_epoch(&looked_at).ok().flatten() > Some(epoch)),
        fence: Arc::new(move |taker| fence(&fenced, &folder, epoch, taker)),
        lags: Some(followers_of(&args.page)),
    };
    let told = |at| tracing::info!(%at, "the journal is served");
    Serving { address, secret, tls }.run(&primary, told).map_err(|error| Exit::Failed(anyhow!(error)))
}

/// Where it is said how far those who follow the run of that page are behind.
pub(crate) fn followers_of(page: &Path) -> PathBuf {
    page.with_extension("followers")
}

/// Raises the fence of a folder over its newest run; or says why that is not to be.
pub(super) fn raise(folder: &Path, over: u32, taker: Taker) -> Result<(), String> {
    let fence = Fence::of(folder);
    fence.raise(over, taker).map_err(|error| format!("the fence {} is not raised: {error}", fence.path().display()))
}

pub(super) fn folder_of(first: &Path) -> PathBuf {
    first.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

/// Throws an engine off for good. First the fence, which outlives it; then the word, which stops it even where it hangs; then
/// it is given time to end by itself, so that what it wrote last is whole.
pub(super) fn fence(pulse: &Arc<Pulse>, folder: &Path, over: u32, taker: Taker) -> Result<(), String> {
    raise(folder, over, taker)?;
    pulse.kill().set(true);
    let until = Instant::now() + ENDS_WITHIN;
    while pulse.is_owned() && pulse.life() != Life::Ended && Instant::now() < until {
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}
