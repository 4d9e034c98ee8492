//! The real binary, run from outside: what it printed, how it ended.

use serde_json::Value;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// No run of a story takes so long, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// The binary beside this test, up to date: `cargo test` builds it only for tests of its own package, and one left over
/// from yesterday would tell yesterday's story.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let this = std::env::current_exe().expect("a path");
        let profile = this.ancestors().nth(2).expect("<target>/<profile>/deps/<test>");
        let path = profile.join("ringside");
        let Some(cargo) = std::env::var_os("CARGO") else {
            assert!(path.is_file(), "{}: build it with `cargo build -p ringside`", path.display());
            return path;
        };
        let name = match profile.file_name().and_then(|name| name.to_str()) {
            Some("debug") | None => "dev",
            Some(name) => name,
        };
        // The whole workspace in sight, and a test of it (this one), as cargo had: the same features, so nothing but the
        // binary is compiled (30 s, and not half of the tree). And
        // without what cargo tells a test of its package: a build script that listens to it would run anew, and with it
        // half of the tree, once in here and once more outside (ring's does).
        let mut build = Command::new(cargo);
        let is_of_a_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_of_a_package)) {
            build.env_remove(name);
        }
        let built = build
            .args([
                "build",
                "--quiet",
                "--workspace",
                "--exclude",
                "rival",
                "--bin",
                "ringside",
                "--test",
                "stories",
                "--profile",
                name,
            ])
            .arg("--manifest-path")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"))
            .arg("--target-dir")
            .arg(profile.parent().expect("<target>"))
            .status();
        assert!(built.expect("cargo runs").success(), "the binary does not build");
        path
    })
}

/// A run that is over.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    call: String,
}

impl Ran {
    /// Ended well; standard output is one JSON object, a newline, and nothing else.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{self}");
        let value: Value = serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("not JSON ({e}): {self}"));
        assert!(value.is_object() && self.stdout.ends_with("}\n"), "{self}");
        assert_eq!(self.stdout.lines().count(), 1, "{self}");
        value
    }

    /// Ended with that code, said nothing on standard output, and all of these words on standard error.
    pub(crate) fn refused(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{self}");
        assert_eq!(self.stdout, "", "{self}");
        for word in words {
            assert!(self.stderr.contains(word), "`{word}` is not said: {self}");
        }
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, stdout, stderr, call } = self;
        let start: String = stdout.chars().take(2_000).collect();
        write!(f, "{call}\ncode {code:?}\nstdout {start}\nstderr {stderr}")
    }
}

/// A call, not yet made.
pub(crate) struct Call {
    args: Vec<OsString>,
    folder: Option<PathBuf>,
    stdin: Vec<u8>,
    /// What a shell does before it becomes the binary: limits, mounts. The last of it is the `exec`.
    shell: Option<String>,
    /// Another build of it than the one beside this test.
    built: Option<PathBuf>,
    variables: Vec<(String, String)>,
}

/// `ringside WORD…`
pub(crate) fn ringside<W: Into<OsString>>(words: impl IntoIterator<Item = W>) -> Call {
    let args = words.into_iter().map(Into::into).collect();
    Call { args, folder: None, stdin: Vec::new(), shell: None, built: None, variables: Vec::new() }
}

impl Call {
    pub(crate) fn arg(mut self, word: impl Into<OsString>) -> Self {
        self.args.push(word.into());
        self
    }

    /// Runs in that folder.
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// With that in its environment.
    pub(crate) fn knowing(mut self, variable: &str, value: &str) -> Self {
        self.variables.push((variable.to_owned(), value.to_owned()));
        self
    }

    /// No file grows beyond so many KiB: a write fails there, as it does on a full disk.
    pub(crate) fn with_files_up_to(self, kib: u32) -> Self {
        // The signal ignored, the write returns an error; both survive the exec.
        self.behind(format!(r#"trap '' XFSZ; ulimit -f {kib}; exec "$0" "$@""#))
    }

    /// Has so many descriptors, sockets included.
    pub(crate) fn with_descriptors_up_to(self, count: u32) -> Self {
        self.behind(format!(r#"ulimit -n {count}; exec "$0" "$@""#))
    }

    /// `folder`, below the one that it runs in, is a disk of so many MiB that nobody else sees. It must be there.
    pub(crate) fn with_a_disk_of(self, mib: u32, folder: &str) -> Self {
        let mounted = format!(r#"mount -t tmpfs -o size={mib}m none {folder} && exec "$0" "$@""#);
        self.behind(format!(r#"exec unshare --mount bash -c '{mounted}' "$0" "$@""#))
    }

    /// Runs on one core of the machine only.
    pub(crate) fn on_one_core(self) -> Self {
        self.behind(r#"exec taskset --cpu-list 0 "$0" "$@""#.to_owned())
    }

    /// What its disk thread asks the disk to keep is answered as `strace` says: late, or by an error.
    pub(crate) fn with_syncs(self, answered: &str) -> Self {
        let trace = "strace -f --seccomp-bpf -qqq -o strace -e signal=none -e trace=fdatasync";
        self.behind(format!(r#"exec {trace} -e inject=fdatasync:{answered} "$0" "$@""#))
    }

    /// Its memory is counted and bounded by that group (version 1), which must be there.
    pub(crate) fn in_memory_group(self, group: &Path) -> Self {
        self.behind(format!(r#"echo $$ > {}/cgroup.procs && exec "$0" "$@""#, group.display()))
    }

    /// Another build of the binary.
    pub(crate) fn built(mut self, binary: &Path) -> Self {
        self.built = Some(binary.to_owned());
        self
    }

    fn behind(mut self, shell: String) -> Self {
        self.shell = Some(shell);
        self
    }

    /// Reads these bytes from standard input.
    pub(crate) fn reading(mut self, bytes: Vec<u8>) -> Self {
        self.stdin = bytes;
        self
    }

    /// Starts it.
    pub(crate) fn start(self) -> Going {
        let words: Vec<_> = self.args.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let binary = self.built.as_deref().unwrap_or_else(|| binary());
        let mut command = match &self.shell {
            None => Command::new(binary),
            Some(words) => {
                let mut shell = Command::new("bash");
                shell.arg("-c").arg(words).arg(binary);
                shell
            }
        };
        // Whoever runs the tests may have a log level of his own.
        command.args(&self.args).env_remove("RINGSIDE_LOG").env("XDG_STATE_HOME", std::env::temp_dir());
        command.envs(self.variables);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let (mut to, bytes) = (child.stdin.take().expect("piped"), self.stdin);
        // Who does not want to read it all need not: a broken pipe is no failure of the story.
        std::thread::spawn(move || drop(to.write_all(&bytes)));
        let (stdout, stderr) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        let call = format!("ringside {}", words.join(" "));
        Going { child, stdout: Some(gathered(stdout)), stderr: Said::hear(stderr), said: String::new(), call }
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Ran {
        self.start().end()
    }
}

fn gathered(mut from: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).expect("readable");
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// What a process says, read as it comes: one that nobody listens to would stand still when the pipe is full.
#[derive(Default)]
struct Said {
    heard: Mutex<Heard>,
    news: Condvar,
}

#[derive(Default)]
struct Heard {
    bytes: Vec<u8>,
    is_over: bool,
}

impl Said {
    fn hear(mut from: impl Read + Send + 'static) -> Arc<Self> {
        let said = Arc::new(Self::default());
        let hearing = Arc::clone(&said);
        std::thread::spawn(move || {
            let mut some = [0; 8_192];
            loop {
                let read = from.read(&mut some).expect("readable");
                let mut heard = hearing.heard.lock().expect("whole");
                heard.bytes.extend_from_slice(&some[..read]);
                heard.is_over = read == 0;
                hearing.news.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        said
    }

    /// All of it, when it has said that word, is over, or has had its time.
    fn until(&self, word: Option<&str>) -> (String, bool) {
        let (mut looked_at, mut is_said) = (0, false);
        // Whoever waits holds up every story behind it: a word that never comes ends this one only.
        let heard = self.news.wait_timeout_while(self.heard.lock().expect("whole"), PATIENCE, |heard| {
            // A word may have begun in what was looked at before.
            let from = looked_at.min(heard.bytes.len().saturating_sub(word.map_or(0, str::len)));
            is_said =
                word.is_some_and(|word| heard.bytes[from..].windows(word.len()).any(|some| some == word.as_bytes()));
            looked_at = heard.bytes.len().saturating_sub(word.map_or(0, str::len));
            !is_said && !heard.is_over
        });
        (String::from_utf8_lossy(&heard.expect("whole").0.bytes).into_owned(), is_said)
    }
}

/// A run that goes on. Dropping it kills the process.
pub(crate) struct Going {
    child: Child,
    stdout: Option<JoinHandle<String>>,
    stderr: Arc<Said>,
    said: String,
    call: String,
}

impl Going {
    /// Waits until standard error has said that, and gives back all that it said so far.
    pub(crate) fn until_said(&mut self, word: &str) -> &str {
        let (said, is_said) = self.stderr.until(Some(word));
        self.said = said;
        assert!(is_said, "`{word}` was never said: {}\n{}", self.call, self.said);
        &self.said
    }

    /// Of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, as a service manager does.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Sends it a signal, by the flag that `kill` takes.
    pub(crate) fn signal(&self, flag: &str) {
        let killed = Command::new("kill").args([flag, &self.child.id().to_string()]).status();
        assert!(killed.expect("kill runs").success());
    }

    /// Waits for its end. However it ended, nothing panicked.
    pub(crate) fn end(mut self) -> Ran {
        let status = self.ended();
        let stdout = self.stdout.take().expect("once").join().expect("read");
        let (stderr, _) = self.stderr.until(None);
        let ran = Ran { code: status.code(), stdout, stderr, call: self.call.clone() };
        assert!(!ran.stderr.contains("panicked"), "{ran}");
        ran
    }

    /// Waits for its own end, and not for that of a process beside it, which may outlive it and has the same standard error.
    /// Its code; `None`: a signal ended it.
    pub(crate) fn gone(mut self) -> Option<i32> {
        self.ended().code()
    }

    fn ended(&mut self) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("ours") {
                return status;
            }
            assert!(started.elapsed() < PATIENCE, "it does not end: {}", self.call);
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        // After an ordinary end there is nothing left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
