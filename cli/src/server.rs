//! The process beside a run that serves its journal to followers on other hosts.
//!
//! It is a process of its own so that a run which hangs is served on, and can be fenced: its kill word is thrown from there.
//!
//! Owns the child process. Never: anything that the engine waits for. One that ends is told and started again.

use crate::page::Page;
use anyhow::{Context as _, anyhow};
use engine_core::config::Config;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Between two starts of one that ends.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// See the module.
pub(crate) struct Server {
    settings: String,
    page: PathBuf,
    first: PathBuf,
    child: Option<Child>,
    started: Instant,
}

impl Server {
    /// Starts one, if followers are to be served. A run without is no worse: whoever would follow says that he cannot.
    pub(crate) fn start(config: &Config, settings: &str, page: &Page, first: &Path) -> Option<Self> {
        config.standby.listen?;
        let Some(pulse) = page.pulse() else {
            tracing::warn!("standby.listen: the journal is not served: the run has no page, and could not be fenced");
            return None;
        };
        let (settings, page, first) = (settings.to_owned(), pulse.path().to_owned(), first.to_owned());
        let mut server = Self { settings, page, first, child: None, started: Instant::now() };
        server.spawn();
        Some(server)
    }

    /// Starts it again if it ended.
    pub(crate) fn keep(&mut self, now: Instant) {
        if let Some(Ok(Some(status))) = self.child.as_mut().map(Child::try_wait) {
            self.child = None;
            tracing::error!("the process that serves the journal ended ({status}): no standby follows by TCP");
        }
        if self.child.is_none() && now.duration_since(self.started) >= AGAIN_AFTER {
            self.started = now;
            self.spawn();
        }
    }

    fn spawn(&mut self) {
        match self.spawned() {
            Ok(child) => self.child = Some(child),
            Err(error) => tracing::error!("the journal is not served: {error:#}"),
        }
    }

    /// In a process group of its own, and this very program, like the sentinel.
    fn spawned(&self) -> anyhow::Result<Child> {
        let mut command = Command::new("/proc/self/exe");
        command.arg0("ringside").args(["standby", "serve", "--config", "-", "--page"]).arg(&self.page);
        command.arg("--journal").arg(&self.first);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).process_group(0);
        let mut child = command.spawn().context("starting the process that serves the journal")?;
        let told = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(self.settings.as_bytes()));
        if let Err(error) = told {
            let _gone_already = child.kill();
            let _reaped = child.wait();
            return Err(anyhow!(error).context("handing it the settings"));
        }
        Ok(child)
    }
}
