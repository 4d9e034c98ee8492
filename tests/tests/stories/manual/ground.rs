//! Where the lines of a document are run: a shell in a folder of the story's own, in which `ringside` and `cargo run` are the
//! binary beside this test.
//!
//! Lines run as they stand there, but for this: whom they reach is the engine of the story and no other of this machine
//! (its door in place of 127.0.0.1:8420, `--pid`, `--url`); what lasts, lasts two seconds; a view of the terminal is one
//! frame; a time of this autumn is now; who asks again for twenty seconds does so for two hundred, this machine has much
//! else to do. A line whose comment says `(exit N)` ends so; every other one ends well.

use super::page::Block;
use crate::process::binary;
use crate::scratch::Scratch;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

/// The door of the documents.
const DOOR: &str = "127.0.0.1:8420";
/// A time of the documents.
const THEN: &str = "2026-11-26T04:00:00Z";
/// What stands there instead.
const NOW: &str = "$(date -u +%FT%TZ)";

/// A chapter in its turn: what is said before its blocks, and what must be heard of them.
pub(super) struct Chapter<'a> {
    pub(super) before: &'a str,
    pub(super) blocks: Vec<&'a Block>,
    pub(super) says: &'a [&'a str],
}

/// An engine that lines are told to.
#[derive(Clone, Copy)]
pub(super) struct Engine {
    pub(super) door: SocketAddr,
    pub(super) pid: u32,
}

/// What `ringside` is in there: the binary, told whom it may reach and how long it may take.
fn ringside(engine: Option<Engine>) -> String {
    let binary = binary().display();
    let (pid, door) = engine.map_or_else(
        || ("--pid 0".to_owned(), "--url 127.0.0.1:1".to_owned()),
        |engine| (format!("--pid {}", engine.pid), format!("--url {}", engine.door)),
    );
    format!(
        r#"#!/bin/bash
args=() is_time=
for word in "$@"; do
    [ -n "$is_time" ] && word=2s
    is_time=; [ "$word" = --for ] && case "$1" in demo|run|record) is_time=1 ;; esac
    args+=("$word")
done
set -- "${{args[@]}}"
case " $* " in *" --help "*|*" --journal "*) exec {binary} "$@" ;; esac
case "$1 $2" in
    "limits set") set -- "$@" {pid} ;;
    halt*|reduce*|resume*|flatten*|kill*|status*|order*|"strategy "*) set -- "$@" {pid} ;;
    monitor*) set -- "$@" --once {door} ;;
    positions*|orders*|trades*|balances*|portfolio*|limits*|strategies*|alerts*|pnl*|cost*|jobs*) set -- "$@" {door} ;;
    demo*) set -- "$@" --port 0 ;;
esac
exec {binary} "$@"
"#
    )
}

/// `cargo demo` and `cargo run --profile demo --`, which build nothing here.
const CARGO: &str = r#"#!/bin/bash
case "$*" in
    "demo"*) exec ringside "$@" ;;
    "run --profile demo -- "*) shift 4; exec ringside "$@" ;;
esac
echo "cargo $*: this is not run here; say why above the block, <!-- not run: REASON -->" >&2
exit 99
"#;

/// Runs all of it in one shell, and gives back what it printed.
pub(super) fn run(scratch: &Scratch, engine: Option<Engine>, chapters: &[Chapter<'_>]) -> String {
    let bin = scratch.path().join("bin");
    std::fs::create_dir_all(&bin).expect("a folder");
    for (name, text) in [("ringside", ringside(engine)), ("cargo", CARGO.to_owned())] {
        std::fs::write(bin.join(name), text).expect("written");
        std::fs::set_permissions(bin.join(name), std::fs::Permissions::from_mode(0o755)).expect("ours");
    }
    let mut script = "trap 'echo \"$WHERE: $BASH_COMMAND: ended with $?\" >&2' ERR\n".to_owned();
    for Chapter { before, blocks, .. } in chapters {
        let _ = writeln!(script, "echo '@@'\nWHERE='before {}'\n{before}", blocks[0].place());
        blocks.iter().for_each(|block| script += &lines(block));
    }
    if let Some(engine) = engine {
        script = script.replace(DOOR, &engine.door.to_string());
    }
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("timeout");
    shell.args(["290", "bash", "-eEuo", "pipefail", "-c", &script]).current_dir(scratch.path()).env("PATH", path);
    shell.env("XDG_STATE_HOME", scratch.path()).env_remove("RINGSIDE_LOG").stdin(std::process::Stdio::null());
    let ran = shell.output().expect("a shell");
    let (out, err) = (String::from_utf8_lossy(&ran.stdout).into_owned(), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{err}\n{out}");
    for (chapter, told) in chapters.iter().zip(out.split("@@\n").skip(1)) {
        for word in chapter.says {
            assert!(told.contains(word), "{}: `{word}` is not in {told}\n{err}", chapter.blocks[0].place());
        }
    }
    out
}

/// A block as the shell runs it, each line with its place.
fn lines(block: &Block) -> String {
    let mut script = String::new();
    for (line, at) in block.text.replace(THEN, NOW).replace("--retry 20 ", "--retry 200 ").lines().zip(block.line + 1..)
    {
        let _ = writeln!(script, "WHERE='{}:{at}'", block.document);
        let wanted = line.split_once(" # ").and_then(|(call, said)| {
            let code = said.split_once("(exit ")?.1.split(')').next()?;
            Some((call, code))
        });
        let _ = match wanted {
            Some((call, code)) => writeln!(script, "ended=0; {call} || ended=$?; [ $ended = {code} ]"),
            None => writeln!(script, "{line}"),
        };
    }
    script
}
