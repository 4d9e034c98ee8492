//! A job as a process of its own: our own program, called with words that the desk has made.
//!
//! Owns: its life. It hangs on its standard input: when that closes, because the job is to end or because the engine is
//! gone, it ends itself; who does not within five seconds is killed. What it says of its progress is read from its
//! standard error, its answer from its standard output, both bounded, by threads that wait for nothing else.
//! Never: a shell; a variable of our environment that could be a secret; a wait of the bridge's thread for it.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Of an answer; ten thousand trials are half of it.
const ANSWER_BYTES_MAX: u64 = 4 << 20;
/// Of a line on standard error that is kept.
const LINE_BYTES_MAX: usize = 1_024;
/// To end by itself.
const GRACE: Duration = Duration::from_secs(5);
/// Between two looks whether it has ended, or is to.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// What is handed on of our environment: none of it is a secret.
const HANDED_ON: [&str; 6] = ["PATH", "HOME", "TMPDIR", "LANG", "TZ", "RINGSIDE_LOG"];
/// How our program says how far it is: `progress 37 100`.
const PROGRESS: &str = "progress ";

/// What is called.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<String>,
    pub(crate) memory_mib: u64,
    pub(crate) hot_cores: Vec<usize>,
    pub(crate) longest: Duration,
}

/// What is known of it while it runs, and what it is told.
#[derive(Debug, Default)]
pub(crate) struct Line {
    done: AtomicI64,
    total: AtomicI64,
    ends: AtomicBool,
}

impl Line {
    /// So many of so many.
    pub(crate) fn progress(&self) -> (i64, i64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }

    /// It is to end.
    pub(crate) fn end(&self) {
        self.ends.store(true, Ordering::Release);
    }

    fn is_to_end(&self) -> bool {
        self.ends.load(Ordering::Acquire)
    }

    fn read(&self, line: &str) -> bool {
        let Some(rest) = line.strip_prefix(PROGRESS) else { return false };
        let mut numbers = rest.split(' ').map(|word| word.parse::<i64>().ok().filter(|number| *number >= 0));
        if let (Some(Some(done)), Some(Some(total)), None) = (numbers.next(), numbers.next(), numbers.next()) {
            self.total.store(total, Ordering::Relaxed);
            self.done.store(done.min(total), Ordering::Relaxed);
        }
        true
    }
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// With this answer.
    Well(String),
    /// And why.
    Badly(String),
    /// It was told to.
    Told,
}

/// Calls it, and waits for its end on a thread that may wait.
pub(crate) async fn run(call: Call, line: Arc<Line>) -> Ended {
    let attended = tokio::task::spawn_blocking(move || match start(&call) {
        Ok(child) => attend(child, call.longest, &line),
        Err(error) => Ended::Badly(format!("{} cannot be started: {error}", call.program.display())),
    });
    attended.await.unwrap_or_else(|error| Ended::Badly(format!("nobody knows how it ended: {error}")))
}

fn start(call: &Call) -> std::io::Result<Child> {
    let mut command = Command::new(&call.program);
    command.arg(format!("--job={}", call.memory_mib));
    if !call.hot_cores.is_empty() {
        let cores: Vec<String> = call.hot_cores.iter().map(usize::to_string).collect();
        command.arg(format!("--job-off={}", cores.join(",")));
    }
    command.args(&call.args);
    command.env_clear();
    command.envs(HANDED_ON.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

fn attend(mut child: Child, longest: Duration, line: &Arc<Line>) -> Ended {
    let Some((answers, says)) = child.stdout.take().zip(child.stderr.take()) else {
        return stop(&mut child, Ended::Badly("it has no standard streams".to_owned()));
    };
    let heard = Arc::clone(line);
    let answers = std::thread::spawn(move || answer(answers));
    let says = std::thread::spawn(move || lines(says, &heard));
    let began = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Err(error) => return stop(&mut child, Ended::Badly(format!("nobody knows how it ended: {error}"))),
            Ok(None) => {}
        }
        if line.is_to_end() {
            return stop(&mut child, Ended::Told);
        }
        if began.elapsed() >= longest {
            let why = format!("it took longer than {} minutes", longest.as_secs() / 60);
            return stop(&mut child, Ended::Badly(why));
        }
        std::thread::sleep(LOOK_EVERY);
    };
    // It has ended, so its streams have, or a process that it left holds them: that one is not waited for.
    let (Some(answer), Some(last)) = (joined(answers), joined(says)) else {
        return Ended::Badly("it ended, and what it said does not".to_owned());
    };
    match (status.success(), answer) {
        (true, Some(answer)) => Ended::Well(answer),
        // Whoever writes into a closed pipe ends badly: the reason is ours.
        (_, None) => {
            Ended::Badly(format!("its answer is longer than {} MiB: ask for less at once", ANSWER_BYTES_MAX >> 20))
        }
        (false, Some(_)) => Ended::Badly(why(status, &last)),
    }
}

fn joined<T>(reader: JoinHandle<T>) -> Option<T> {
    let began = Instant::now();
    while !reader.is_finished() {
        if began.elapsed() >= GRACE {
            return None;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    reader.join().ok()
}

/// Its standard input closes, by which it ends; else it is killed.
fn stop(child: &mut Child, ended: Ended) -> Ended {
    drop(child.stdin.take());
    let began = Instant::now();
    while matches!(child.try_wait(), Ok(None)) {
        if began.elapsed() >= GRACE {
            let killed = child.kill().and_then(|()| child.wait());
            if let Err(error) = killed {
                tracing::error!(%error, "a job's process cannot be killed");
            }
            break;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    ended
}

fn why(status: ExitStatus, last: &str) -> String {
    let said = last.strip_prefix("ringside: ").unwrap_or(last);
    match status.code() {
        Some(_) if !said.is_empty() => said.to_owned(),
        Some(code) => format!("it ended with {code}, and said nothing"),
        None if said.is_empty() => format!("it was ended by the system ({status}): out of memory?"),
        None => format!("it was ended by the system ({status}): {said}"),
    }
}

/// The whole answer; `None`: it is too long.
fn answer(from: impl Read) -> Option<String> {
    let mut bytes = Vec::new();
    // What cannot be read is an end like any other: what is missing shows.
    let _ended = from.take(ANSWER_BYTES_MAX + 1).read_to_end(&mut bytes);
    (bytes.len() as u64 <= ANSWER_BYTES_MAX).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads lines to the end; the last one that says no progress.
fn lines(mut from: impl Read, heard: &Line) -> String {
    let (mut line, mut last, mut piece) = (Vec::new(), String::new(), [0; 4_096]);
    loop {
        let length = from.read(&mut piece).unwrap_or(0);
        let is_over = length == 0;
        for byte in piece[..length].iter().copied().chain(is_over.then_some(b'\n')) {
            if byte != b'\n' {
                if line.len() < LINE_BYTES_MAX {
                    line.push(byte);
                }
                continue;
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end();
            if !heard.read(text) && !text.is_empty() {
                last = text.to_owned();
            }
            line.clear();
        }
        if is_over {
            return last;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    /// A program of the test in place of ours.
    fn call(name: &str, text: &str) -> Call {
        let program = std::env::temp_dir().join(format!("ringside-job-{}-{name}", std::process::id()));
        std::fs::write(&program, format!("#!/bin/sh\n{text}\n")).expect("written");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).expect("ours");
        Call {
            program,
            args: vec!["one".to_owned()],
            memory_mib: 64,
            hot_cores: vec![2, 3],
            longest: Duration::from_secs(60),
        }
    }

    fn ended(call: Call, line: &Arc<Line>) -> Ended {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let program = call.program.clone();
        let ended = runtime.block_on(run(call, Arc::clone(line)));
        // One of them was never there.
        let _ = std::fs::remove_file(program);
        ended
    }

    fn alone(name: &str, text: &str) -> (Ended, (i64, i64)) {
        let line = Arc::default();
        (ended(call(name, text), &line), line.progress())
    }

    #[test]
    fn its_answer_its_progress_and_its_last_word_are_heard() {
        let (well, progress) =
            alone("well", "echo progress 3 9 >&2; echo progress x >&2; echo \"{\\\"args\\\": \\\"$*\\\"}\"");
        assert_eq!(well, Ended::Well("{\"args\": \"--job=64 --job-off=2,3 one\"}\n".to_owned()));
        assert_eq!(progress, (3, 9));
        let (badly, _) = alone("badly", "echo a line >&2; echo 'ringside: --tf: found none' >&2; exit 2");
        assert_eq!(badly, Ended::Badly("--tf: found none".to_owned()));
        let (killed, _) = alone("killed", "kill -9 $$");
        assert!(matches!(&killed, Ended::Badly(why) if why.contains("ended by the system")), "{killed:?}");
        let gone = Call { program: PathBuf::from("/nowhere/ringside"), ..call("gone", "") };
        let gone = ended(gone, &Arc::default());
        assert!(matches!(&gone, Ended::Badly(why) if why.contains("cannot be started")), "{gone:?}");
    }

    #[test]
    fn secrets_of_our_environment_are_not_handed_on() {
        assert!(std::env::vars().any(|(name, _)| name.starts_with("CARGO")), "a test has variables of cargo's");
        let (ended, _) = alone("env", "env | grep -c CARGO; exit 0");
        assert_eq!(ended, Ended::Well("0\n".to_owned()));
    }

    #[test]
    fn an_answer_without_an_end_is_cut_off() {
        let (ended, _) = alone("long", "exec yes");
        assert!(matches!(&ended, Ended::Badly(why) if why.contains("longer than 4 MiB")), "{ended:?}");
    }

    /// How long it took to end what is told to.
    fn told(name: &str, text: &str) -> Duration {
        let line: Arc<Line> = Arc::default();
        let teller = Arc::clone(&line);
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            teller.end();
        });
        let began = Instant::now();
        assert_eq!(ended(call(name, text), &line), Ended::Told);
        began.elapsed()
    }

    #[test]
    fn it_ends_when_it_is_told_to_and_is_killed_when_it_does_not() {
        assert!(told("obeys", "cat > /dev/null") < GRACE, "the end of its input is its own");
        assert!(told("stubborn", "exec sleep 60") >= GRACE, "it was given its time");
    }

    #[test]
    fn what_takes_too_long_is_ended() {
        let call = Call { longest: Duration::from_millis(200), ..call("slow", "cat > /dev/null") };
        let ended = ended(call, &Arc::default());
        assert!(matches!(&ended, Ended::Badly(why) if why.contains("took longer")), "{ended:?}");
    }
}
