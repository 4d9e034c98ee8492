//! The standby itself: a fold that is always as far as the primary's disk.

use super::SOCKET;
use super::takeover::{Wish, take};
use crate::args::Standby;
use crate::command::run::{engine, refuse_live};
use crate::exit::Exit;
use crate::recover::claim;
use crate::signals::signals;
use crate::{config, log, outcome, output};
use anyhow::{Context as _, anyhow};
use bridges::standby::{Following, Line, LineState, SharedSecret, follow};
use engine_core::config::{Config, Recover};
use engine_core::journal::disk::file_name;
use engine_core::journal::fence::Taker;
use engine_core::journal::follower::{Doubt, Follower};
use engine_core::journal::hashes::{Comparison, Hashed, Told, path_of};
use engine_core::journal::stored::newest;
use engine_core::state::hex;
use engine_ring::clock::Clock;
use serde_json::{Value, json};
use std::fs::{File, Permissions};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Between two looks for a newer run.
const NEWEST_EVERY: Duration = Duration::from_millis(500);
/// For a question to come, and for an answer to be taken.
const TALKS_WITHIN: Duration = Duration::from_secs(1);
/// Looks at one journal, some megabytes each, before anything else gets its turn.
const LOOKS_MAX: usize = 16;
const TCP: &str = "tcp://";

/// Runs the command.
pub(super) fn run(args: &Standby) -> Result<(), Exit> {
    let (Some(wanted), Some(file)) = (&args.follow, &args.config) else {
        return Err(Exit::Usage("standby: --follow and --config are needed".to_owned()));
    };
    let source = config::source(file)?;
    let settings = source.text.clone();
    let mut config = config::read_source(source)?;
    if let Some(mode) = args.mode {
        config.run.mode = mode.into();
    }
    refuse_live(&config, args.arm)?;
    if !config.journal.enabled {
        return Err(Exit::Usage("journal.enabled: found false: who takes over keeps a journal".to_owned()));
    }
    // It is what it is here for.
    config.journal.recover = Recover::Always;
    log::start(&config.log);
    let interrupted = signals()?;
    let (mut shadow, socket) = (Shadow::new(wanted, &mut config)?, Socket::open(&config.sentinel.folder)?);
    tracing::info!("the standby follows {wanted}");
    let until = args.for_.map(|time| Instant::now() + time);
    let taken = loop {
        if interrupted.load(Ordering::Relaxed) {
            return Err(Exit::Interrupted);
        }
        if until.is_some_and(|until| Instant::now() >= until) {
            break None;
        }
        shadow.step(&config)?;
        if let Some((mut caller, wish)) = socket.question() {
            let answered = match wish {
                Wish::Status => shadow.status(),
                Wish::Takeover { fence, unfenced } => match take(&mut shadow, &config, fence, unfenced) {
                    Ok(taken) => {
                        tell(&mut caller, &taken.json());
                        break Some(taken);
                    }
                    Err(Exit::Refused(why)) => json!({ "refused": why }),
                    Err(exit) => {
                        // Half of it is done: it is not what it was, and must not seem so.
                        tell(&mut caller, &json!({ "failed": exit.message().unwrap_or_default() }));
                        return Err(exit);
                    }
                },
            };
            tell(&mut caller, &answered);
        }
        std::thread::sleep(LOOK_EVERY);
    };
    let Some(taken) = taken else {
        let told = shadow.status();
        return if args.json { output::print_json(&told) } else { output::print(&format!("{told:#}\n")) };
    };
    tracing::warn!("takes over from run {}: {} records, state {}", taken.old, taken.records, taken.takes.state_hash);
    // The lock of what was followed is the next run's to take.
    drop((shadow, socket));
    engine(&config, &settings, Some(&taken.takes), until.map(|until| until - Instant::now()), args.json)
}

fn tell(caller: &mut UnixStream, told: &Value) {
    // Who asked may be gone; what was done stays done.
    let _ = writeln!(caller, "{told}");
}

/// Where the bytes come from.
pub(super) enum Source {
    /// The primary's own folder.
    Folder,
    /// Another host.
    Line(Line),
}

/// A run that is followed.
pub(super) struct Current {
    pub(super) first: PathBuf,
    pub(super) epoch: u32,
    pub(super) follower: Follower,
    /// What the primary tells of its state, where that is a file.
    told: Told,
    /// Of a copy: nobody goes on from it beside us.
    _claim: Option<File>,
}

/// See the module.
pub(super) struct Shadow {
    pub(super) source: Source,
    follows: String,
    pub(super) folder: PathBuf,
    pub(super) current: Option<Current>,
    comparison: Comparison,
    /// What is wrong with the journal, perhaps.
    doubt: Doubt,
    /// That the newest journal has not begun yet, and how far it is.
    begins: Option<String>,
    /// Who takes over from which run, once that was asked for.
    pub(super) takes: Option<(u32, Taker)>,
    /// As the line stood last.
    pub(super) line: LineState,
    looked_at: Option<Instant>,
    snapshot_at: Instant,
}

impl Shadow {
    fn new(wanted: &str, config: &mut Config) -> Result<Self, Exit> {
        let source = match wanted.strip_prefix(TCP) {
            Some(host) => Source::Line(line(host, config)?),
            None => {
                let path = Path::new(wanted);
                let meta = std::fs::metadata(path).map_err(|error| {
                    Exit::Usage(format!(
                        "--follow: found {wanted} ({error}), accepted: a folder of journals, or {TCP}HOST:PORT"
                    ))
                })?;
                let folder = if meta.is_dir() { path.to_owned() } else { super::serve::folder_of(path) };
                config.journal.directory = folder;
                Source::Folder
            }
        };
        let (folder, now) = (config.journal.directory.clone(), Instant::now());
        Ok(Self {
            source,
            follows: wanted.to_owned(),
            folder,
            current: None,
            comparison: Comparison::default(),
            doubt: Doubt::default(),
            begins: None,
            takes: None,
            line: LineState::default(),
            looked_at: None,
            snapshot_at: now,
        })
    }

    /// Follows by a new line what it followed by one that was ended.
    pub(super) fn reconnect(&mut self, config: &Config) -> Result<(), Exit> {
        if let Some(host) = self.follows.strip_prefix(TCP) {
            self.source = Source::Line(line(host, config)?);
        }
        Ok(())
    }

    /// Takes what came since.
    pub(super) fn step(&mut self, config: &Config) -> Result<(), Exit> {
        let mut told = Vec::new();
        if let Source::Line(line) = &self.source {
            let state = line.state();
            told = line.take_hashes();
            if let Some(end) = &state.end {
                return Err(Exit::Failed(anyhow!("{}: {end}", self.follows)));
            }
            self.line = state;
        }
        self.find()?;
        let is_copy = matches!(self.source, Source::Line(_));
        let Some(current) = &mut self.current else { return Ok(()) };
        let Current { first, follower, told: file, .. } = current;
        let failed = |why: String| Exit::Failed(anyhow!("{}: {why}", first.display()));
        for _ in 0..LOOKS_MAX {
            let read = follower.follow().with_context(|| first.display().to_string())?;
            if self.doubt.weigh(read).map_err(|error| failed(error.to_string()))? != Some(true) {
                break;
            }
        }
        if !is_copy {
            told = file.read().with_context(|| first.display().to_string())?;
        }
        let own: Vec<Hashed> = follower.take_hashes();
        let compared = own.into_iter().try_for_each(|hashed| self.comparison.own(hashed));
        let compared = compared.and_then(|()| told.into_iter().try_for_each(|hashed| self.comparison.told(hashed)));
        compared.map_err(|difference| failed(difference.to_string()))?;
        if is_copy && config.journal.snapshot_every.is_some_and(|every| self.snapshot_at.elapsed() >= every) {
            self.snapshot_at = Instant::now();
            if let Err(error) = follower.snapshot() {
                tracing::warn!("{}: no snapshot: {error}", first.display());
            }
        }
        Ok(())
    }

    /// The run that is the newest, if that is another one.
    fn find(&mut self) -> Result<(), Exit> {
        if self.looked_at.is_some_and(|at| at.elapsed() < NEWEST_EVERY) && self.current.is_some() {
            return Ok(());
        }
        self.looked_at = Some(Instant::now());
        let (found, is_copy) = match &self.source {
            Source::Folder => (newest(&self.folder).with_context(|| self.folder.display().to_string())?, false),
            Source::Line(_) => (self.line.epoch.map(|epoch| self.folder.join(file_name(epoch))), true),
        };
        let Some(first) = found.filter(|first| first.exists()) else { return Ok(()) };
        if self.current.as_ref().is_some_and(|current| current.first == first) {
            return Ok(());
        }
        let told = || first.display().to_string();
        let opened = Follower::open(&first, outcome::build_id()).with_context(told)?;
        self.begins = opened.as_ref().err().filter(|error| error.is_begun()).map(ToString::to_string);
        let opened = self.doubt.weigh(opened).map_err(|error| Exit::Failed(anyhow!("{}: {error}", told())))?;
        let Some(follower) = opened.flatten() else { return Ok(()) };
        for (path, why) in follower.skipped() {
            tracing::warn!("{} {why}: it is skipped", path.display());
        }
        let claim = if is_copy { claim(&first)? } else { None };
        if is_copy && claim.is_none() {
            return Err(Exit::Refused(format!(
                "{} is in use by another process: a copy is one standby's",
                first.display()
            )));
        }
        let epoch = follower.epoch();
        tracing::info!("run {epoch} is followed, from record {}", follower.at().sequence);
        let told = Told::new(path_of(&first, epoch));
        self.comparison = Comparison::default();
        self.current = Some(Current { first, epoch, follower: follower.hashing(), told, _claim: claim });
        Ok(())
    }

    /// Whether the primary lives, as far as is known.
    fn primary(&self) -> &'static str {
        match (&self.source, &self.current) {
            (Source::Line(_), _) if !self.line.is_up => "out of reach",
            (Source::Line(_), _) if self.line.is_alive => "lives",
            (Source::Folder, Some(current)) => match claim(&current.first) {
                Ok(None) => "lives",
                Ok(Some(_)) => "is gone",
                Err(_) => "is not known",
            },
            (Source::Folder, None) => "is not known",
            (Source::Line(_), _) => "is gone",
        }
    }

    fn status(&self) -> Value {
        let current = self.current.as_ref();
        let at = current.map_or(0, |current| current.follower.at().sequence);
        let behind = match self.source {
            Source::Line(_) => self.line.synced.saturating_sub(at),
            // What a mark stands behind was replayed by the last look.
            Source::Folder => 0,
        };
        let last_at = current.map_or(0, |current| current.follower.last_at().0);
        let age_ms = (last_at > 0).then(|| Clock::machine().now().saturating_sub(last_at) / 1_000_000);
        json!({
            "pid": std::process::id(),
            "follows": self.follows,
            "state": if current.is_some() { "follows" } else { "waits for a run" },
            "primary": self.primary(),
            "run": current.map(|current| current.epoch),
            "records": at,
            "lag": {"records": behind, "bytes": self.line.bytes, "ms": if behind == 0 { Some(0) } else { age_ms }},
            "last_event_age_ms": age_ms,
            "state_hash": current.map(|current| hex(&current.follower.state_hash())),
            "hashes_equal": self.comparison.equal,
            "trouble": self.line.trouble.as_ref().or(self.begins.as_ref()),
        })
    }
}

impl Drop for Shadow {
    fn drop(&mut self) {
        if let Source::Line(line) = &self.source {
            line.stop();
        }
    }
}

fn line(host: &str, config: &Config) -> Result<Line, Exit> {
    let place = config.standby.secret.as_deref().ok_or_else(|| {
        Exit::Usage("standby.secret: found \"none\", accepted: env:NAME or file:/path, the primary's own".to_owned())
    })?;
    let secret = SharedSecret::read(place).map_err(|error| Exit::Usage(format!("standby.secret: {error}")))?;
    let (host, folder) = (host.to_owned(), config.journal.directory.clone());
    let following = Following { host, secret, tls_ca: config.standby.tls_ca.clone(), folder };
    follow(following).map_err(|error| Exit::Usage(format!("--follow: {error}")))
}

/// Where this standby is asked.
struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Socket {
    fn open(folder: &Path) -> Result<Self, Exit> {
        let path = folder.join(format!("ringside-{}.{SOCKET}", std::process::id()));
        let open = || -> io::Result<UnixListener> {
            // Of a process that had our number, and is gone.
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let listener = UnixListener::bind(&path)?;
            std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
            listener.set_nonblocking(true)?;
            Ok(listener)
        };
        let listener = open().with_context(|| format!("{}: where this standby is asked", path.display()))?;
        Ok(Self { listener, path })
    }

    /// Who asks, and what; one that says nothing that is known is told so.
    fn question(&self) -> Option<(UnixStream, Wish)> {
        let (mut caller, _) = self.listener.accept().ok()?;
        let heard = || -> io::Result<String> {
            caller.set_nonblocking(false)?;
            caller.set_read_timeout(Some(TALKS_WITHIN))?;
            caller.set_write_timeout(Some(TALKS_WITHIN))?;
            let mut line = String::new();
            BufReader::new((&caller).take(1_024)).read_line(&mut line)?;
            Ok(line)
        };
        let line = heard().ok().filter(|line| !line.is_empty())?;
        let wish = serde_json::from_str(&line).ok().and_then(|wish| Wish::read(&wish));
        if wish.is_none() {
            tell(&mut caller, &json!({ "failed": "it is no question to a standby" }));
        }
        Some((caller, wish?))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _gone_already = std::fs::remove_file(&self.path);
    }
}
