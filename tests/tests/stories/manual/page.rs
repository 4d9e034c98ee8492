//! Documents as somebody reads them who runs what stands in them: fenced blocks, with the heading that they stand under.
//!
//! A block that cannot be run says why in a comment above it, which nobody sees who reads the page:
//! `<!-- not run: REASON -->`.

use std::path::Path;

const NOT_RUN: &str = "<!-- not run: ";
/// What a block may be. Text and pictures are for people; Rust and quoted files are held against the files by `xtask tidy`.
const LANGUAGES: [&str; 6] = ["sh", "telegram", "toml", "rust", "text", "mermaid"];
/// How a line of shell begins that somebody could mean to be run.
const VERBS: [&str; 4] = ["cargo ", "ringside ", "curl ", "$ "];

/// A block of a document.
pub(super) struct Block {
    /// As `README.md`.
    pub(super) document: String,
    /// The line of its fence.
    pub(super) line: usize,
    /// The heading above it.
    pub(super) chapter: String,
    pub(super) language: String,
    /// Why it is not run.
    pub(super) not_run: Option<String>,
    pub(super) text: String,
}

impl Block {
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.document, self.line)
    }

    /// It is a piece of that file of ours, which `xtask tidy` holds it against.
    pub(super) fn is_quoted(&self) -> bool {
        self.text.lines().next().is_some_and(|first| first.starts_with("# config/"))
    }
}

/// All blocks of the README and of the pages in `docs`, in their order.
pub(super) fn blocks() -> Vec<Block> {
    documents().iter().flat_map(|(name, text)| read(name, text)).collect()
}

/// Their names and texts.
pub(super) fn documents() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut names: Vec<String> = std::fs::read_dir(root.join("docs"))
        .expect("a folder")
        .map(|entry| format!("docs/{}", entry.expect("an entry").file_name().to_string_lossy()))
        .filter(|name| name.ends_with(".md"))
        .collect();
    names.push("README.md".to_owned());
    names.sort();
    let text = |name: &String| std::fs::read_to_string(root.join(name)).expect("a document");
    names.iter().map(|name| (name.clone(), text(name))).collect()
}

/// Panics, with the place, where a block does not say what it is.
fn read(document: &str, text: &str) -> Vec<Block> {
    let (mut found, mut chapter, mut above) = (Vec::new(), String::new(), "");
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let place = || format!("{document}:{}", at + 1);
        if let Some(heading) = line.strip_prefix('#') {
            chapter = heading.trim_start_matches('#').trim().to_owned();
        }
        let verb = line.strip_prefix("    ").filter(|rest| VERBS.iter().any(|verb| rest.starts_with(verb)));
        assert!(verb.is_none(), "{}: a command in an indented block: fence it as ```sh", place());
        if let Some(language) = line.strip_prefix("```") {
            let body: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
            let known = LANGUAGES.contains(&language);
            assert!(known, "{}: found ```{language}, accepted: {}", place(), LANGUAGES.join(", "));
            let not_run = above.strip_prefix(NOT_RUN).and_then(|rest| rest.strip_suffix(" -->")).map(str::to_owned);
            let runs = ["sh", "telegram"].contains(&language);
            assert!(not_run.is_none() || runs, "{}: nobody would run that", place());
            let (document, language, text) = (document.to_owned(), language.to_owned(), body.join("\n") + "\n");
            found.push(Block { document, line: at + 1, chapter: chapter.clone(), language, not_run, text });
        } else {
            assert!(!above.starts_with(NOT_RUN), "{}: expected the block that is not run", place());
        }
        above = line;
    }
    found
}

#[test]
fn a_block_is_read_with_its_heading_and_the_reason_above_it() {
    let text = "# One\n## Two\n```sh\na\nb\n```\n<!-- not run: too long -->\n```sh\nc\n```\n```toml\nx = 1\n```\n";
    let found = read("x.md", text);
    let told: Vec<_> =
        found.iter().map(|block| (block.place(), &*block.chapter, block.not_run.as_deref(), &*block.text)).collect();
    let place = |line| format!("x.md:{line}");
    assert_eq!(
        told,
        [
            (place(3), "Two", None, "a\nb\n"),
            (place(8), "Two", Some("too long"), "c\n"),
            (place(11), "Two", None, "x = 1\n")
        ]
    );
    for wrong in [
        "```\nls\n```\n",
        "<!-- not run: why -->\nwords\n",
        "<!-- not run: why -->\n```text\n```\n",
        "    cargo demo\n",
    ] {
        assert!(std::panic::catch_unwind(|| read("x.md", wrong)).is_err(), "{wrong}");
    }
}
