//! `cargo xtask api-fuzz`: what the OpenAPI document allows and what it forbids, made up by schemathesis, asked of a running
//! demo by an admin. Every status, media type and shape must stand in the document, and none may be a fault of ours.
//!
//! Owns: the demo that is asked (users, a key, a folder of its own), what is checked, what is left out and why.
//! Never: a failure for lack of schemathesis (`pip install schemathesis`): it then says so and asks nothing.

use crate::shell::{self, cargo, say};
use anyhow::{Context as _, Result, bail, ensure};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where schemathesis is, if not in the path.
const PROGRAM: &str = "RINGSIDE_SCHEMATHESIS";

/// Over the demo's own: nobody asks too often, a password is cheap, nothing that is asked for lasts.
const SETTINGS: &str = r#"
[users]
mode = "database"
password_memory_kib = 8
password_passes = 1
requests_per_s = 1000000
requests_burst = 1000000

[jobs]
longest_minutes = 1
"#;

/// No server error, nothing that is not in the document.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
    response_schema_conformance,unsupported_method,allow_header_conformance";

/// Asked in a run of its own, because whoever asks is nobody afterwards.
const ENDS_THE_ASKER: &str = "Logout";

/// Asked in a run of its own: its 503 says that the engine is not well, as it is on a machine that has no time for it.
const TELLS_OF_OTHERS: &str = "Health";
const NO_SERVER_ERROR: &str = "not_a_server_error";

/// Until a demo is up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks for so many cases an operation and mode.
pub(crate) fn run(root: &Path, cases: u32) -> Result<()> {
    let Some(schemathesis) = program() else {
        return say(&format!(
            "skipped: no schemathesis here (`pip install schemathesis`, or {PROGRAM}=PATH): the API was not asked"
        ));
    };
    shell::run(&mut cargo(root, &["build", "--quiet", "--workspace", "--exclude", "rival", "--bin", "ringside"]))?;
    let door = Door::start(root)?;
    let asked = |key: &str, words: &[&str]| {
        let mut ask = Command::new(&schemathesis);
        ask.args(["run", &format!("http://{}/api/openapi.json", door.address), "--checks", CHECKS]);
        ask.args(["--header", &format!("Authorization: Bearer {key}")]);
        ask.args(["--phases", "examples,coverage,fuzzing", "--max-examples", &cases.to_string(), "--no-color"]);
        // What failed once fails again: cases follow from the seed and the document alone.
        ask.args(["--seed", "1", "--generation-deterministic", "--continue-on-failure", "--warnings", "off"]);
        ask.args(words).current_dir(&door.folder);
        shell::run(&mut ask)
    };
    let key = door.key("admin")?;
    asked(&key, &["--exclude-operation-id", ENDS_THE_ASKER, "--exclude-operation-id", TELLS_OF_OTHERS])?;
    asked(&key, &["--include-operation-id", TELLS_OF_OTHERS, "--exclude-checks", NO_SERVER_ERROR])?;
    asked(&door.key("admin")?, &["--include-operation-id", ENDS_THE_ASKER])?;
    door.end()
}

fn program() -> Option<PathBuf> {
    let named = std::env::var_os(PROGRAM).map(PathBuf::from);
    named.or_else(|| shell::has("schemathesis").then(|| PathBuf::from("schemathesis")))
}

/// A demo with an admin, gone when it is dropped.
struct Door {
    binary: PathBuf,
    folder: PathBuf,
    address: String,
    child: Child,
}

impl Door {
    fn start(root: &Path) -> Result<Self> {
        let (target, folder) = (shell::target(root), shell::target(root).join("api-fuzz"));
        let binary = target.join("debug/ringside");
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
        }
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        fs::write(folder.join("door.toml"), SETTINGS)?;
        shell::read(&mut ringside(&binary, &folder, &["user", "add", "admin", "--role", "admin", "--json"]))?;
        let mut demo = ringside(&binary, &folder, &["demo", "--port", "0", "--json"]);
        let (said, told) = (File::create(folder.join("said"))?, File::create(folder.join("told"))?);
        let child = demo.stdin(Stdio::null()).stdout(told).stderr(said).spawn().context("starting a demo")?;
        let mut door = Self { binary, folder, address: String::new(), child };
        let began = Instant::now();
        while door.address.is_empty() {
            let said = door.said();
            ensure!(began.elapsed() < PATIENCE && door.child.try_wait()?.is_none(), "no demo came up: {said}");
            door.address = address_in(&said).unwrap_or_default().to_owned();
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(door)
    }

    fn said(&self) -> String {
        fs::read_to_string(self.folder.join("said")).unwrap_or_default()
    }

    /// A new key of that user.
    fn key(&self, user: &str) -> Result<String> {
        let words = ["key", "create", "--user", user, "--role", user, "--json"];
        let made = shell::read(&mut ringside(&self.binary, &self.folder, &words))?;
        let key = made.split('"').find(|part| part.starts_with("rsk_"));
        key.map(str::to_owned).with_context(|| format!("no key in {made}"))
    }

    /// It must still be there, and have nothing to say of a thread that died.
    fn end(mut self) -> Result<()> {
        let (said, ended) = (self.said(), self.child.try_wait()?);
        if ended.is_some() || said.contains("panicked") {
            bail!("the engine did not bear it ({ended:?}): {said}");
        }
        say("the API was asked; the engine runs on")
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // What it was asked is of no further use.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ringside(binary: &Path, folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(binary);
    command.args(words).args(["--config", "door.toml"]).current_dir(folder);
    command
}

/// Where a demo says that it is to be watched; nothing while the line is not at its end.
fn address_in(said: &str) -> Option<&str> {
    let mut lines = said.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let line = lines.find_map(|line| line.trim_start().strip_prefix("watch "))?;
    line.split_whitespace().next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_is_asked_where_it_says() {
        assert_eq!(address_in("  watch        ringside monitor --url 127.0.0.1:8420\n"), Some("127.0.0.1:8420"));
        assert_eq!(address_in("  watch        ringside monitor --url 127.0.0.1:84"), None);
    }
}
