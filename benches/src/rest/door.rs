//! The answering side: this program's own `demo`, with users and a key, in a folder that is gone afterwards.

use super::{BOOK, POSITIONS, processor_ns_of};
use crate::error::BenchError;
use serde_json::Value;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The users' alone, for whoever adds one: the rest of the settings is of the demo's own instruments.
const PEOPLE: &str = include_str!("people.toml");
const SETTINGS: &str = include_str!("settings.toml");
/// Until the venues are in sync and something is held.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub(super) struct Running {
    pub(super) address: SocketAddr,
    key: String,
    /// The door's thread.
    task: Option<PathBuf>,
    child: Child,
    // Gone last.
    _folder: Folder,
}

/// A folder of its own, removed when it is dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stays in the system's folder for such things.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Running {
    /// Starts one, and waits until there is something to tell.
    pub(super) fn start() -> Result<Self, BenchError> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = Folder(std::env::temp_dir().join(format!("ringside-rest-{}-{number}", std::process::id())));
        fs::create_dir_all(&folder.0)?;
        fs::write(folder.0.join("people.toml"), PEOPLE)?;
        fs::write(folder.0.join("door.toml"), [PEOPLE, SETTINGS].join("\n"))?;
        ringside(&folder.0, &["user", "add", "bench", "--role", "viewer"])?;
        let made = ringside(&folder.0, &["key", "create", "--user", "bench", "--role", "viewer", "--json"])?;
        let made: Value = serde_json::from_str(&made).map_err(|_| BenchError::Answer(made.clone()))?;
        let key = made["key"].as_str().ok_or_else(|| BenchError::Answer(made.to_string()))?.to_owned();
        let (said, told) = (folder.0.join("said"), folder.0.join("told"));
        let mut demo = Command::new(std::env::current_exe()?);
        demo.args(["demo", "--port", "0", "--json", "--config", "door.toml"]).current_dir(&folder.0);
        let child = demo.stdin(Stdio::null()).stdout(File::create(told)?).stderr(File::create(&said)?).spawn()?;
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut running = Self { address, key, task: None, child, _folder: folder };
        running.address = until(&said, || address_in(&fs::read_to_string(&said).ok()?))?;
        running.task = running.thread("bridge");
        until(&said, || {
            let book = running.get(BOOK).ok()?;
            let positions = running.get(POSITIONS).ok()?;
            let holds = positions["positions"].as_array().is_some_and(|held| !held.is_empty());
            (book["state"] == "synced" && holds).then_some(())
        })?;
        Ok(running)
    }

    /// What a question for that path is, to the last byte.
    pub(super) fn request(&self, path: &str) -> Vec<u8> {
        format!("GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n", self.address, self.key).into()
    }

    /// A processor's time that the door's thread had.
    pub(super) fn processor_ns(&self) -> Option<u64> {
        processor_ns_of(self.task.as_deref()?)
    }

    /// What the engine tells of its orders.
    pub(super) fn tick_to_order(&self) -> Result<Value, BenchError> {
        Ok(self.get("/api/v1/portfolio/performance")?["tick_to_order_ns"].clone())
    }

    fn get(&self, path: &str) -> Result<Value, BenchError> {
        let mut stream = TcpStream::connect(self.address)?;
        let question =
            String::from_utf8_lossy(&self.request(path)).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        stream.write_all(question.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        serde_json::from_str(body).map_err(|_| BenchError::Answer(answer.clone()))
    }

    /// The first thread of that name.
    fn thread(&self, name: &str) -> Option<PathBuf> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).ok()?;
        let is_it = |task: &PathBuf| fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.trim() == name);
        tasks.flatten().map(|task| task.path()).find(is_it)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It keeps nothing that is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A call of this program on the door's settings; what it said.
fn ringside(folder: &Path, words: &[&str]) -> Result<String, BenchError> {
    let mut call = Command::new(std::env::current_exe()?);
    let output = call.args(words).args(["--config", "people.toml"]).current_dir(folder).output()?;
    if !output.status.success() {
        return Err(BenchError::Answer(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Where a demo says that it is to be watched.
fn address_in(said: &str) -> Option<SocketAddr> {
    // A line that is not at its end yet may have half an address.
    let lines = said.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let line = lines.map(str::trim_start).find_map(|line| line.strip_prefix("watch "))?;
    line.split_whitespace().next_back()?.parse().ok()
}

fn until<T>(said: &Path, mut look: impl FnMut() -> Option<T>) -> Result<T, BenchError> {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if began.elapsed() > PATIENCE {
            return Err(BenchError::Answer(fs::read_to_string(said).unwrap_or_default()));
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_one_to_watch() {
        let said =
            "Ringside demo\n  look         http://127.0.0.1:1/\n  watch        ringside monitor --url 127.0.0.1:8420\n";
        assert_eq!(address_in(said), Some(SocketAddr::from(([127, 0, 0, 1], 8420))));
        for early in ["  watch        ringside monitor --url 127.0.0.1:84", "  journal      x\n", ""] {
            assert_eq!(address_in(early), None, "{early}");
        }
    }
}
