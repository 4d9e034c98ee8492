//! Each rule is seen to fail: a small repository in order, one planted violation at a time.

use super::*;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// A repository that is in order, in a folder that goes away with the test.
struct Repository(PathBuf);

impl Repository {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("ringside-tidy-{}-{number}", std::process::id()));
        let this = Self(root);
        let manifest = std::fs::read_to_string(shell::root().expect("a root").join("Cargo.toml")).expect("a manifest");
        let members = manifest.split("[workspace.package]").next().expect("the members");
        this.write("Cargo.toml", &format!("{}\n[workspace.dependencies]\nmio = \"1\"\n", members.trim_end()));
        this.write("tests/venue/Cargo.toml", "[dependencies]\nmio.workspace = true\n");
        this.write("Cargo.lock", "[[package]]\nname = \"mio\"\n");
        this.write("docs/DEPENDENCIES.md", "| `mio` | the sockets |\n");
        this.write(".cargo/config.toml", "[alias]\ndemo = \"run -- demo\"\n");
        this.write("cli/src/args.rs", "//! What was typed.\npub(crate) enum Command {\n    Demo(Demo),\n}\n");
        this.write(
            "README.md",
            "Run `cargo demo`, `ringside demo`, `cargo xtask test`; see [why](docs/DEPENDENCIES.md).\n",
        );
        this.write("engine/core/src/lib.rs", "//! The stages and the map.\n\npub mod journal;\n");
        this
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }

    fn complaints(&self) -> Vec<String> {
        let (_, found) = check(&self.0).expect("checked");
        found.iter().map(ToString::to_string).collect()
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        // Left behind in the temporary folder when it cannot be removed; harmless.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A file with this text is complained of once, in these words.
#[track_caller]
fn planted(path: &str, text: &str, expected: &str) {
    let repository = Repository::new();
    repository.write(path, text);
    assert_eq!(repository.complaints(), [expected]);
}

/// A file with this text is in order.
#[track_caller]
fn clean(path: &str, text: &str) {
    let repository = Repository::new();
    repository.write(path, text);
    assert_eq!(repository.complaints(), [""; 0]);
}

#[test]
fn a_repository_in_order_is_not_complained_of() {
    assert_eq!(Repository::new().complaints(), [""; 0]);
}

#[test]
fn unsafe_outside_its_room_is_found() {
    let text = "//! A file of some room.\n\nfn a() {\n    unsafe { b() }\n}\n";
    planted(
        "feeds/src/a.rs",
        text,
        "feeds/src/a.rs:4: unsafe: unsafe lives in engine/ring: put it there behind a safe function",
    );
    clean("engine/ring/src/a.rs", text);
    clean("feeds/src/a.rs", "//! Nothing unsafe here.\n\nconst A: &str = \"unsafe\";\n");
}

#[test]
fn banned_words_in_the_core_are_found_with_their_replacement() {
    let clock = "the clock is handed in: engine_ring::clock::Clock";
    let cases = [
        ("let a = std::time::Instant::now();", "Instant::now", clock),
        ("use std::time::SystemTime;", "SystemTime", clock),
        ("use std::sync::mpsc;", "mpsc", "stages speak through engine_ring::ring"),
        ("std::thread::sleep(a);", "thread::sleep", "a stage returns Poll::Idle; the driver knows how to wait"),
        (
            "let a: HashMap<u8, u8>;",
            "HashMap",
            "its order differs between runs: a dense index, a sorted Vec or a BTree",
        ),
        ("async fn a() {}", "async", "the engine is stages with a poll; async lives in bridges"),
        ("let is_backtest = backtest;", "backtest", "the core never asks whether it is real; see engine/backtest"),
        ("std::fs::read(a);", "std::fs", "only the journal writes files; settings are handed in"),
    ];
    for (line, word, instead) in cases {
        let text = format!("//! A file of the core.\n\n{line}\n");
        let expected = format!("engine/core/src/a.rs:3: banned: {word} has no place here: {instead}");
        planted("engine/core/src/a.rs", &text, &expected);
    }
    let print = "//! A file of the feeds.\n\nfn a() { println!(\"b\") }\n";
    planted(
        "feeds/src/a.rs",
        print,
        "feeds/src/a.rs:3: banned: println! has no place here: results go through cli/src/output.rs, everything else through \
         counters or tracing",
    );
}

#[test]
fn test_code_and_the_journal_may_do_what_others_may_not() {
    clean(
        "engine/core/src/a.rs",
        "//! A file of the core.\n\n#[cfg(test)]\nmod tests {\n    use std::collections::HashMap;\n}\n",
    );
    clean("engine/core/tests/a.rs", "//! A test of the core.\n\nuse std::collections::HashMap;\n");
    let repository = Repository::new();
    repository.write("engine/core/src/a.rs", "//! A file of the core.\n\n#[cfg(test)]\nmod checks;\nmod others;\n");
    repository.write("engine/core/src/a/checks.rs", "use std::collections::HashMap;\n");
    repository.write("engine/core/src/a/others.rs", "//! Not a test.\n\nuse std::collections::HashMap;\n");
    let found = repository.complaints();
    assert!(found.len() == 1 && found[0].starts_with("engine/core/src/a/others.rs:3: banned: HashMap"), "{found:?}");
    clean("engine/core/src/journal/file.rs", "//! The journal's file.\n\nuse std::fs::File;\n");
}

#[test]
fn files_of_the_wrong_shape_are_found() {
    planted("feeds/src/a.rs", "//! A file of the feeds.\n\n\tfn a() {}\n", "feeds/src/a.rs:3: tab: four spaces");
    planted("config/a.toml", "a = 1 \n", "config/a.toml:1: line end: nothing after the last letter");
    planted("config/a.toml", "a = 1", "config/a.toml:1: last line: ends with exactly one newline");
    let wide = format!("//! A file of the feeds.\n\n// {}\n", "x".repeat(130));
    planted("feeds/src/a.rs", &wide, "feeds/src/a.rs:3: width: 133 columns, at most 126");
    let long = format!("//! A file of the feeds.\n{}", "fn a() {}\n".repeat(700));
    planted(
        "feeds/src/a.rs",
        &long,
        "feeds/src/a.rs:701: length: 701 lines, at most 700: which two files is it? (or a reason in LONG)",
    );
    clean("feeds/src/a.rs", &format!("//! A file of the feeds.\n\nconst A: &str = \"{}\";\n", "x".repeat(130)));
}

#[test]
fn a_file_without_a_header_is_found() {
    let expected = "feeds/src/a.rs:1: header: a file opens with `//!`: what it owns, and what it never does";
    planted("feeds/src/a.rs", "fn a() {}\n", expected);
    planted("feeds/src/a.rs", "//! .\nfn a() {}\n", expected);
}

#[test]
fn leftovers_are_found() {
    let todo = "//! A file of the feeds.\n\nfn a() {\n    todo!()\n}\n";
    planted("feeds/src/a.rs", todo, "feeds/src/a.rs:4: leftover: todo! do it, or leave it out");
    let mark = "//! A file of the feeds.\n\n// FIXME later\n";
    planted("feeds/src/a.rs", mark, "feeds/src/a.rs:3: leftover: FIXME: do it, or open an issue and leave it out");
    planted("docs/a.md", "XXX later\n", "docs/a.md:1: leftover: XXX: do it, or open an issue and leave it out");
    let ignored = "//! A test of the feeds.\n\n#[test]\n#[ignore]\nfn a() {}\n";
    planted("feeds/tests/a.rs", ignored, "feeds/tests/a.rs:4: ignored test: say why: #[ignore = \"reason\"]");
    let allowed = "//! A file of the feeds.\n\n#[allow(dead_code)]\nfn a() {}\n";
    planted("feeds/src/a.rs", allowed, "feeds/src/a.rs:3: allow: say why: #[expect(lint, reason = \"…\")]");
    clean("feeds/src/a.rs", "//! A file.  Of the feeds.\n\n#[expect(dead_code, reason = \"kept\")]\nfn a() {}\n");
}

#[test]
fn what_must_not_be_locked_is_found() {
    planted(
        "Cargo.lock",
        "[[package]]\nname = \"aws-lc-sys\"\n",
        "Cargo.lock:2: lock: aws-lc-sys: one TLS provider, rustls with ring: switch the feature off that brings it (cargo tree -i)",
    );
}

#[test]
fn a_dependency_without_a_reason_and_a_reason_without_a_dependency_are_found() {
    let row = "docs/DEPENDENCIES.md:2: dependencies: zstd is not in [workspace.dependencies]";
    planted("docs/DEPENDENCIES.md", "| `mio` | sockets |\n| `zstd` | captures |\n", row);
    let repository = Repository::new();
    repository.write("docs/DEPENDENCIES.md", "nothing\n");
    let found = repository.complaints();
    assert!(found.len() == 1 && found[0].ends_with("dependencies: mio: no row in docs/DEPENDENCIES.md"), "{found:?}");
}

#[test]
fn a_dependency_that_no_room_uses_is_found() {
    let repository = Repository::new();
    repository.write("tests/venue/Cargo.toml", "[dependencies]\n");
    let found = repository.complaints();
    assert!(found.len() == 1 && found[0].ends_with("mio: no room uses it: leave it out"), "{found:?}");
}

#[test]
fn a_promised_command_or_file_that_does_not_exist_is_found() {
    planted("docs/a.md", "    ringside fly --high\n", "docs/a.md:1: commands: there is no `ringside fly`");
    planted("docs/a.md", "try `cargo xtask fly`\n", "docs/a.md:1: commands: there is no `cargo xtask fly`");
    planted("docs/a.md", "see [that](nowhere.md)\n", "docs/a.md:1: links: there is no nowhere.md");
    let cut = "Like\n```rust\n// engine/core/src/lib.rs\npub mod journal;\n```\nthis.\n";
    clean("docs/a.md", cut);
    let other = "docs/a.md:2: quotes: engine/core/src/lib.rs does not have these lines";
    planted("docs/a.md", &cut.replace("mod journal", "mod diary"), other);
    let gone = "docs/a.md:2: quotes: there is no engine/core/src/gone.rs";
    planted("docs/a.md", &cut.replace("lib.rs", "gone.rs"), gone);
    let made_up = "docs/a.md:2: quotes: begin the block with `// path` of the file it is cut from";
    planted("docs/a.md", &cut.replace("// engine/core/src/lib.rs\n", ""), made_up);
}

#[test]
fn a_member_that_is_not_in_the_wall_table_is_found() {
    let repository = Repository::new();
    let manifest = std::fs::read_to_string(repository.0.join("Cargo.toml")).expect("a manifest");
    repository.write("Cargo.toml", &manifest.replace("\"xtask\",", "\"xtask\",\n    \"shed\","));
    let found = repository.complaints();
    assert!(found.len() == 1 && found[0].contains("walls: shed is not in the wall table"), "{found:?}");
}

#[test]
fn an_arrow_through_a_wall_is_found() {
    planted(
        "feeds/Cargo.toml",
        "[dependencies]\nbridges.workspace = true\n",
        "feeds/Cargo.toml:2: walls: feeds may not use bridges; it may use engine-ring, engine-model",
    );
}
