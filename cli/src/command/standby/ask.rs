//! What is asked of a standby that runs: a line of JSON each way, over a socket that only its own user may open.

use super::SOCKET;
use crate::args::{Standbys, Takeover};
use crate::exit::Exit;
use crate::{config, output};
use anyhow::{Context as _, anyhow};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// A status is at hand; a takeover replays a whole journal first.
const TELLS_WITHIN: Duration = Duration::from_secs(5);
const TAKES_WITHIN: Duration = Duration::from_secs(600);

/// `standby status`.
pub(super) fn status(args: &Standbys) -> Result<(), Exit> {
    let mut all = Vec::new();
    for (pid, socket) in standbys(args)? {
        let told = ask(&socket, &json!({"ask": "status"}), TELLS_WITHIN);
        // One that is just going does not hide the others.
        match told {
            Ok(told) => all.push(told),
            Err(error) => tracing::warn!(pid, "{error:#}"),
        }
    }
    if all.is_empty() {
        return Err(nobody(args));
    }
    if args.json {
        return output::print_json(&json!({ "standbys": all }));
    }
    output::print(&all.iter().map(text).collect::<String>())
}

/// `standby takeover`.
pub(super) fn takeover(args: &Takeover) -> Result<(), Exit> {
    let mut all = standbys(&args.of)?;
    let (pid, socket) = match (all.pop(), all.is_empty()) {
        (Some(one), true) => one,
        (None, _) => return Err(nobody(&args.of)),
        (Some((last, _)), false) => {
            let pids = all.iter().map(|(pid, _)| pid.to_string()).collect::<Vec<_>>().join(", ");
            return Err(Exit::Usage(format!("several standbys run, say which: --pid with one of {pids}, {last}")));
        }
    };
    let wish = json!({"ask": "takeover", "fence": args.fence, "unfenced": args.unfenced});
    let told = ask(&socket, &wish, TAKES_WITHIN).with_context(|| format!("standby {pid}"))?;
    if let Some(why) = told["refused"].as_str() {
        return Err(Exit::Refused(why.to_owned()));
    }
    if let Some(why) = told["failed"].as_str() {
        return Err(Exit::Failed(anyhow!("{why}")));
    }
    if args.of.json {
        return output::print_json(&told);
    }
    let (run, over, hash) = (&told["run"], &told["taken_over"], told["state_hash"].as_str().unwrap_or("?"));
    let mut out = format!("process {pid} goes on in the place of run {over}, as run {run} or above\n");
    // Writing to a String cannot fail.
    let _ = writeln!(out, "state hash {hash}, proved by a replay of all {} records", told["records"]);
    let _ = writeln!(out, "it trades when its venues are in sync: `ringside status`");
    output::print(&out)
}

fn text(told: &Value) -> String {
    let word = |key: &str| told[key].as_str().unwrap_or("-").to_owned();
    let mut out = format!("standby {} follows {}: {}\n", told["pid"], word("follows"), word("state"));
    // Writing to a String cannot fail.
    let _ = writeln!(out, "  run      {}, primary {}", told["run"], word("primary"));
    let _ = writeln!(out, "  records  {} replayed", told["records"]);
    let _ = writeln!(out, "  lag      {} records, {} ms", told["lag"]["records"], told["lag"]["ms"]);
    let _ =
        writeln!(out, "  state    {}, {} hashes held against the primary's", word("state_hash"), told["hashes_equal"]);
    if let Some(trouble) = told["trouble"].as_str() {
        let _ = writeln!(out, "  trouble  {trouble}");
    }
    out
}

fn nobody(args: &Standbys) -> Exit {
    let whom = args.pid.map_or_else(|| "no standby runs".to_owned(), |pid| format!("no standby runs as process {pid}"));
    Exit::Unreachable(format!("{whom} on this host: `ringside standby --follow PATH --config FILE` starts one"))
}

/// Those that are meant and live, by process.
fn standbys(args: &Standbys) -> Result<Vec<(u32, PathBuf)>, Exit> {
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => config::read(None)?.sentinel.folder,
    };
    let told = || format!("looking for standbys in {}", folder.display());
    let mut all = Vec::new();
    for entry in std::fs::read_dir(&folder).with_context(told)? {
        let path = entry.with_context(told)?.path();
        let is_socket = path.extension().is_some_and(|end| end == SOCKET);
        let pid = path.file_stem().and_then(|name| name.to_str()?.strip_prefix("ringside-")?.parse().ok());
        let Some(pid) = pid.filter(|pid| is_socket && args.pid.is_none_or(|wanted| wanted == *pid)) else { continue };
        // What a process that is gone left behind answers nobody.
        if UnixStream::connect(&path).is_ok() {
            all.push((pid, path));
        }
    }
    all.sort();
    Ok(all)
}

fn ask(socket: &PathBuf, wish: &Value, within: Duration) -> anyhow::Result<Value> {
    let mut stream = UnixStream::connect(socket).with_context(|| socket.display().to_string())?;
    stream.set_read_timeout(Some(within))?;
    stream.set_write_timeout(Some(TELLS_WITHIN))?;
    writeln!(stream, "{wish}").context("asking")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).context("it does not answer")?;
    serde_json::from_str(&line).context("its answer")
}
