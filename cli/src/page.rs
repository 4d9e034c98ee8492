//! The page that a run shares with other processes, and the sentinel that watches a live one.
//!
//! Owns: where the page lies, what its numbers mean, and the child process. Never: anything that the engine waits for while
//! it runs; a sentinel that ends is told and started again by the thread that watches.

use crate::exit::Exit;
use crate::terms::Terms;
use anyhow::{Context as _, anyhow};
use engine_core::config::{Config, Mode, Sentinel};
use engine_ring::clock::Clock;
use engine_ring::flag::Switch;
use engine_ring::pulse::{Fact, Life, Pulse};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A sentinel reads keys and asks each venue for its instruments before it watches.
const WATCHES_WITHIN: Duration = Duration::from_secs(40);
/// Between two starts of one that ends.
const AGAIN_AFTER: Duration = Duration::from_secs(5);
/// Longest wait for a sentinel to see that all is over.
const LEAVES_WITHIN: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Whose money, as the page has it.
pub(crate) const fn kind(mode: Mode) -> u64 {
    match mode {
        Mode::Paper => 0,
        Mode::Live => 1,
    }
}

/// The name of [`kind`]'s number.
pub(crate) const fn kind_name(kind: u64) -> &'static str {
    match kind {
        0 => Mode::Paper.name(),
        _ => Mode::Live.name(),
    }
}

/// The end of the name of the operator's socket, beside the page.
pub(crate) const LINE: &str = "line";

/// The end of the name of the file that says whose a journal is.
const OWNER: &str = "owner";

/// The page of the process that writes the journal which begins in that file, if it lives and has one. A process that came by
/// the same number later is another.
pub(crate) fn page_of(first: &Path) -> Option<Arc<Pulse>> {
    let text = std::fs::read_to_string(first.with_extension(OWNER)).ok()?;
    let mut words = text.trim_end().splitn(3, ' ');
    let (process, started): (u64, u64) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let pulse = Pulse::open(Path::new(words.next()?)).ok()?;
    let is_it = pulse.get(Fact::Process) == process && pulse.get(Fact::StartedAt) == started;
    (is_it && pulse.is_owned()).then(|| Arc::new(pulse))
}

/// A run's page; none where paper trades on a machine without a place for it.
pub(crate) struct Page(Option<Arc<Pulse>>);

impl Page {
    /// Makes the page of this process. Real money does not go without.
    pub(crate) fn open(config: &Config, clock: &Clock) -> Result<Self, Exit> {
        let (mode, folder) = (config.run.mode, &config.sentinel.folder);
        match (Pulse::create(folder, kind(mode), clock.now()), mode) {
            (Ok(pulse), _) => {
                let [build, terms] = Terms::of(config).words();
                pulse.set(Fact::Build, build);
                pulse.set(Fact::Terms, terms);
                Ok(Self(Some(Arc::new(pulse))))
            }
            (Err(error), Mode::Paper) => {
                tracing::warn!(?folder, "`ringside kill` cannot reach this run: no page there: {error}");
                Ok(Self(None))
            }
            (Err(error), Mode::Live) => Err(Exit::Refused(format!(
                "mode live: no page could be made in {} ({error}), and without it neither `ringside kill` nor the sentinel \
                 reaches the engine; name a folder in memory in sentinel.folder",
                folder.display()
            ))),
        }
    }

    /// The kill word.
    pub(crate) fn kill(&self) -> Switch {
        self.0.as_ref().map_or_else(Switch::new, Pulse::kill)
    }

    /// For the threads' heartbeats.
    pub(crate) fn pulse(&self) -> Option<Arc<Pulse>> {
        self.0.clone()
    }

    /// Where the operator's line is: beside the page.
    pub(crate) fn line(&self) -> Option<PathBuf> {
        self.0.as_ref().map(|pulse| pulse.path().with_extension(LINE))
    }

    /// Says beside a journal whose it is: who takes over from it finds the page, and its kill word.
    pub(crate) fn owns(&self, first: &Path) -> anyhow::Result<()> {
        let Some(pulse) = &self.0 else { return Ok(()) };
        let (process, started) = (pulse.get(Fact::Process), pulse.get(Fact::StartedAt));
        let text = format!("{process} {started} {}\n", pulse.path().display());
        let path = first.with_extension(OWNER);
        std::fs::write(&path, text).with_context(|| path.display().to_string())
    }

    /// The same, if new orders need a sentinel that watches.
    pub(crate) fn watched(&self, config: &Config) -> Option<Arc<Pulse>> {
        let sentinel = &config.sentinel;
        self.pulse().filter(|_| config.run.mode == Mode::Live && sentinel.enabled && sentinel.required)
    }

    /// Says where in its life the run is.
    pub(crate) fn set_life(&self, life: Life) {
        self.0.iter().for_each(|pulse| pulse.set_life(life));
    }
}

/// The process that watches a live run.
pub(crate) struct Watcher {
    pulse: Arc<Pulse>,
    settings: String,
    child: Child,
    started: Instant,
    /// How often it had looked at our page when that was seen to grow last, and when that was.
    looks: (u64, Instant),
    /// Without a look for so long it hangs.
    still_after: Duration,
}

impl Watcher {
    /// Starts one, if the run is to have one, and waits until it watches: before that no order leaves.
    pub(crate) fn start(
        page: &Page,
        settings: &str,
        mode: Mode,
        wanted: &Sentinel,
        is_interrupted: &dyn Fn() -> bool,
    ) -> Result<Option<Self>, Exit> {
        let Some(pulse) = page.pulse().filter(|_| mode == Mode::Live) else { return Ok(None) };
        if !wanted.enabled {
            tracing::warn!(
                "sentinel.enabled is false: if this process hangs or dies, nothing here withdraws its orders"
            );
            return Ok(None);
        }
        let (started, settings) = (Instant::now(), settings.to_owned());
        let (child, looks, still_after) = (spawn(&settings, &pulse)?, (0, started), wanted.still_after);
        let mut watcher = Self { child, settings, pulse, started, looks, still_after };
        while watcher.pulse.get(Fact::Watcher) == 0 {
            if let Some(status) = watcher.child.try_wait().context("waiting for the sentinel")? {
                return Err(Exit::Failed(anyhow!(
                    "the sentinel ended before it watched ({status}); its reason stands above"
                )));
            }
            if is_interrupted() || watcher.started.elapsed() > WATCHES_WITHIN {
                // It watches nobody yet: nothing is lost with it.
                let _gone_already = watcher.child.kill();
                let _reaped = watcher.child.wait();
                let waited = WATCHES_WITHIN.as_secs();
                return Err(if is_interrupted() {
                    Exit::Interrupted
                } else {
                    Exit::Failed(anyhow!("the sentinel does not watch after {waited} s: is a venue slow to answer?"))
                });
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(Some(watcher))
    }

    /// Says at once when nobody watches any more, and again when somebody does; starts it again if it ended.
    pub(crate) fn keep(&mut self, now: Instant) {
        let Ok(Some(status)) = self.child.try_wait() else { return self.look(now) };
        self.pulse.set(Fact::Watcher, 0);
        if now.duration_since(self.started) < AGAIN_AFTER {
            return;
        }
        (self.started, self.looks.1) = (now, now);
        match spawn(&self.settings, &self.pulse) {
            Ok(child) => {
                self.child = child;
                tracing::error!("the sentinel ended ({status}): another one is started");
            }
            Err(error) => tracing::error!("the sentinel ended ({status}), and none can be started: {error:#}"),
        }
    }

    /// Whether the one that lives looks at our page.
    fn look(&mut self, now: Instant) {
        let looks = self.pulse.get(Fact::Looks);
        let watches = self.pulse.get(Fact::Watcher) != 0;
        if looks != self.looks.0 {
            self.looks = (looks, now);
            if !watches {
                self.pulse.set(Fact::Watcher, u64::from(self.child.id()));
                tracing::warn!("the sentinel watches again");
            }
        } else if watches && now.duration_since(self.looks.1) >= self.still_after {
            self.pulse.set(Fact::Watcher, 0);
            tracing::error!("the sentinel hangs: new orders wait for it, if sentinel.required");
        }
    }

    /// Behind the end of the run: it sees that all is over and goes; or it has work to do, and stays.
    pub(crate) fn dismiss(mut self) {
        let until = Instant::now() + LEAVES_WITHIN;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < until {
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

/// In a process group of its own: what a terminal sends to this one does not reach it. It is this very program, whatever
/// lies under its name meanwhile, and gets the settings that were read at the start, whatever the file says meanwhile.
fn spawn(settings: &str, pulse: &Pulse) -> anyhow::Result<Child> {
    let mut command = Command::new("/proc/self/exe");
    command.arg0("ringside").args(["sentinel", "--config", "-", "--page"]).arg(pulse.path());
    command.stdin(Stdio::piped()).stdout(Stdio::null()).process_group(0);
    let mut child = command.spawn().context("starting the sentinel")?;
    let told = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(settings.as_bytes()));
    if let Err(error) = told {
        // It watches nobody yet: nothing is lost with it.
        let _gone_already = child.kill();
        let _reaped = child.wait();
        return Err(anyhow!(error).context("handing the settings to the sentinel"));
    }
    Ok(child)
}
