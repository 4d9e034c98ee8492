//! Rules over single files: the shape of a file, words that have no place in a room, leftovers.

use super::Complaint;
use super::source::{self, Line, has_word};

/// Past this many lines, ask which two rooms a file is.
const LINES_MAX: usize = 700;
/// What rustfmt is set to.
const COLUMNS_MAX: usize = 120;
/// Comments, which rustfmt leaves as they are, may run over by the end of a word.
const COMMENT_COLUMNS_MAX: usize = 126;
/// Tables that are kept from rustfmt to be read as tables.
const TABLE_COLUMNS_MAX: usize = 140;

/// Files that are longer, each with its reason.
const LONG: [(&str, &str); 0] = [];

/// A word with no place in some rooms.
struct Ban {
    /// Folders; a file below one of them is meant.
    rooms: &'static [&'static str],
    /// Files below them that may.
    except: &'static [&'static str],
    /// The word, as code has it.
    word: &'static str,
    /// What to do instead.
    instead: &'static str,
}

const ENGINE: &[&str] = &["engine/core/", "engine/model/", "engine/analytics/", "engine/backtest/"];
const PRODUCT: &[&str] = &["engine/", "feeds/", "bridges/", "cli/"];
const CLOCK: &str = "the clock is handed in: engine_ring::clock::Clock";
const CHANNEL: &str = "stages speak through engine_ring::ring";
const ORDER: &str = "its order differs between runs: a dense index, a sorted Vec or a BTree";
const LOCK: &str = "stages share nothing: engine_ring::ring, engine_ring::snapshot or a counter";

/// Not in ordinary code; test code may. Clippy bans some of these too; it follows names, this follows letters, and a
/// word behind a macro or an alias is caught by one of them.
const BANS: [Ban; 21] = [
    ban(ENGINE, "Instant::now", CLOCK),
    ban(ENGINE, "SystemTime", CLOCK),
    ban(ENGINE, "mpsc", CHANNEL),
    ban(ENGINE, "thread::sleep", "a stage returns Poll::Idle; the driver knows how to wait"),
    ban(ENGINE, "thread::spawn", "threads belong to engine_ring::driver"),
    ban(ENGINE, "HashMap", ORDER),
    ban(ENGINE, "HashSet", ORDER),
    ban(ENGINE, "RandomState", ORDER),
    Ban { rooms: ENGINE, except: &["engine/core/src/journal/"], word: "Mutex", instead: LOCK },
    ban(ENGINE, "RwLock", LOCK),
    ban(ENGINE, "async", "the engine is stages with a poll; async lives in bridges"),
    ban(ENGINE, "TcpStream", "sockets live in feeds and bridges"),
    ban(ENGINE, "TcpListener", "sockets live in feeds and bridges"),
    ban(ENGINE, "UdpSocket", "sockets live in feeds and bridges"),
    Ban {
        rooms: &["engine/core/", "engine/model/", "engine/analytics/"],
        except: &["engine/core/src/journal/"],
        word: "std::fs",
        instead: "only the journal writes files; settings are handed in",
    },
    ban(&["engine/core/", "engine/model/"], "backtest", "the core never asks whether it is real; see engine/backtest"),
    ban(PRODUCT, "println!", "results go through cli/src/output.rs, everything else through counters or tracing"),
    ban(PRODUCT, "eprintln!", "counters in the engine, tracing elsewhere"),
    ban(PRODUCT, "print!", "results go through cli/src/output.rs, everything else through counters or tracing"),
    ban(PRODUCT, "process::exit", "return; main turns the end into an exit code"),
    ban(&["engine/model/"], "serde", "wire shapes stop at the wall: feeds' wire and bridges' dto"),
];

const fn ban(rooms: &'static [&'static str], word: &'static str, instead: &'static str) -> Ban {
    Ban { rooms, except: &[], word, instead }
}

/// Leftovers in code, test code included.
const LEFTOVERS: [(&str, &str); 3] =
    [("todo!", "do it, or leave it out"), ("unimplemented!", "do it, or leave it out"), ("dbg!", "take it out")];

/// Leftovers in comments and documents.
const MARKS: [&str; 4] = ["TODO", "FIXME", "XXX", "HACK"];

/// All rules over one file. `is_test`: it is test code as a whole.
pub(crate) fn check(path: &str, text: &str, is_test: bool) -> Vec<Complaint> {
    let mut found = shape(path, text);
    if path.ends_with(".rs") {
        found.extend(rust(path, text, &source::scan(text), is_test));
    } else {
        for (number, line) in numbered(text) {
            found.extend(mark(path, number, line.trim_start_matches(['#', ' ']), path.ends_with(".md")));
        }
    }
    found
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split('\n').enumerate().map(|(at, line)| (at + 1, line))
}

/// What holds for every file.
fn shape(path: &str, text: &str) -> Vec<Complaint> {
    let mut found = Vec::new();
    for (number, line) in numbered(text) {
        if line.contains('\t') {
            found.push(Complaint::new(path, number, "tab", "four spaces"));
        }
        if line.ends_with([' ', '\r']) {
            found.push(Complaint::new(path, number, "line end", "nothing after the last letter"));
        }
    }
    if !text.is_empty() && (!text.ends_with('\n') || text.ends_with("\n\n")) {
        found.push(Complaint::new(path, text.lines().count(), "last line", "ends with exactly one newline"));
    }
    let count = text.lines().count();
    if path.ends_with(".rs") && count > LINES_MAX && !LONG.iter().any(|(long, _)| *long == path) {
        let message = format!("{count} lines, at most {LINES_MAX}: which two files is it? (or a reason in LONG)");
        found.push(Complaint::new(path, count, "length", message));
    }
    found
}

fn rust(path: &str, text: &str, lines: &[Line], is_test: bool) -> Vec<Complaint> {
    let mut found = Vec::new();
    if !is_test && !has_header(text) {
        let message = "a file opens with `//!`: what it owns, and what it never does";
        found.push(Complaint::new(path, 1, "header", message));
    }
    for (at, line) in lines.iter().enumerate() {
        let number = at + 1;
        let mut complain = |rule, message: String| found.push(Complaint::new(path, number, rule, message));
        let (columns, columns_max) = width(line);
        if columns > columns_max && !line.comment.contains("://") {
            complain("width", format!("{columns} columns, at most {columns_max}"));
        }
        if has_word(&line.code, "unsafe") && !path.starts_with("engine/ring/") {
            complain("unsafe", "unsafe lives in engine/ring: put it there behind a safe function".into());
        }
        for (word, instead) in LEFTOVERS {
            if has_word(&line.code, word) {
                complain("leftover", format!("{word} {instead}"));
            }
        }
        if line.code.contains("#[ignore]") {
            complain("ignored test", "say why: #[ignore = \"reason\"]".into());
        }
        if line.code.contains("[allow(") && !lines[at..].iter().take(4).any(|near| near.code.contains("reason =")) {
            complain("allow", "say why: #[expect(lint, reason = \"…\")]".into());
        }
        if !line.is_test && !is_test {
            for ban in bans_of(path).filter(|ban| has_word(&line.code, ban.word)) {
                complain("banned", format!("{} has no place here: {}", ban.word, ban.instead));
            }
        }
        found.extend(mark(path, number, &line.comment, true));
    }
    found
}

/// Columns that a line takes without the contents of its texts, which cannot be broken; and how many it may.
fn width(line: &Line) -> (usize, usize) {
    let code = line.code.chars().count();
    match line.comment.chars().count() {
        _ if line.is_table => (code, TABLE_COLUMNS_MAX),
        0 => (code, COLUMNS_MAX),
        comment => (code + comment + "//".len(), COMMENT_COLUMNS_MAX),
    }
}

fn bans_of(path: &str) -> impl Iterator<Item = &'static Ban> {
    BANS.iter().filter(move |ban| {
        ban.rooms.iter().any(|room| path.starts_with(room)) && !ban.except.iter().any(|part| path.starts_with(part))
    })
}

/// Whether a file is test code as a whole by where it lies; or a build script, whose standard output is cargo's.
pub(crate) fn lies_among_tests(path: &str) -> bool {
    path.starts_with("tests/")
        || path.contains("/tests/")
        || path.contains("/fuzz/")
        || path.ends_with("_tests.rs")
        || path.ends_with("/build.rs")
}

/// Files that a file declares as modules under `#[cfg(test)]`.
pub(crate) fn test_modules(path: &str, text: &str) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let folder = match name {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        _ => format!("{folder}/{}", name.trim_end_matches(".rs")),
    };
    let declared = source::scan(text).into_iter().filter(|line| line.is_test).filter_map(|line| {
        let name = line.code.trim().strip_suffix(';')?.rsplit_once("mod ")?.1.to_owned();
        Some(format!("{folder}/{name}.rs"))
    });
    declared.collect()
}

/// The file's first line is a sentence of its header.
fn has_header(text: &str) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    first.strip_prefix("//!").is_some_and(|sentence| sentence.trim().len() > 5)
}

fn mark(path: &str, number: usize, comment: &str, is_prose: bool) -> Option<Complaint> {
    let mark = MARKS.iter().find(|mark| is_prose && has_word(comment, mark))?;
    Some(Complaint::new(path, number, "leftover", format!("{mark}: do it, or open an issue and leave it out")))
}
