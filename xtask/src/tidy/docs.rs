//! What documents promise: each dependency has its reason, each command and each linked file exists, each piece of code
//! stands in the file that it names; and what must not be in the lock file.

use super::Complaint;
use super::tree::File;
use anyhow::{Context as _, Result};
use std::path::Path;
use toml::{Table, Value};

const REASONS: &str = "docs/DEPENDENCIES.md";

/// Packages that nothing of ours may be built with (the annex of rivals may: it is nobody's dependency): a second TLS
/// provider in one process makes the first use of TLS panic, and
/// each of them wants more than a C compiler to build.
const ABSENT: [&str; 4] = ["aws-lc-rs", "aws-lc-sys", "native-tls", "openssl-sys"];

/// All rules of documents.
pub(crate) fn check(root: &Path, files: &[File]) -> Result<Vec<Complaint>> {
    let mut found = Vec::new();
    found.extend(reasons(root, files)?);
    found.extend(unused(root, files)?);
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).context("Cargo.lock")?;
    found.extend(locked(&lock).into_iter().filter(|(name, _)| is_built(root, name)).map(|(_, complaint)| complaint));
    let args = files.iter().find(|file| file.path == "cli/src/args.rs").map(|file| file.text.as_str());
    let commands = Commands { ringside: subcommands(args.unwrap_or_default()), aliases: aliases(files)? };
    for file in files.iter().filter(|file| is_document(&file.path)) {
        found.extend(promised_commands(&commands, file));
        found.extend(links(root, file));
        found.extend(quotes(root, file));
    }
    Ok(found)
}

/// `README.md` and the pages beside it.
fn is_document(path: &str) -> bool {
    path.ends_with(".md") && (!path.contains('/') || path.starts_with("docs/") || path.starts_with("benches/"))
}

/// Lines of `[workspace.dependencies]` for packages from outside: what no room uses is left out.
fn unused(root: &Path, files: &[File]) -> Result<Vec<Complaint>> {
    let text = root_manifest(root)?;
    let is_used = |name: &str| {
        let manifests = files.iter().filter(|file| file.path.ends_with("/Cargo.toml"));
        manifests
            .flat_map(|file| file.text.lines())
            .any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', ' ', '='])))
    };
    let names = outside(&text)?.into_iter().filter(|name| !is_used(name));
    let message = "no room uses it: leave it out";
    Ok(names
        .map(|name| Complaint::new("Cargo.toml", line_of(&text, &name), "dependencies", format!("{name}: {message}")))
        .collect())
}

fn root_manifest(root: &Path) -> Result<String> {
    std::fs::read_to_string(root.join("Cargo.toml")).context("Cargo.toml")
}

/// Names of the packages from outside.
fn outside(manifest: &str) -> Result<Vec<String>> {
    let manifest: Table = manifest.parse().context("Cargo.toml")?;
    let listed = manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let listed = listed.and_then(Value::as_table).into_iter().flatten();
    Ok(listed.filter(|(_, value)| value.get("path").is_none()).map(|(name, _)| name.clone()).collect())
}

fn line_of(text: &str, name: &str) -> usize {
    text.lines()
        .position(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')))
        .map_or(1, |at| at + 1)
}

/// Each line of `[workspace.dependencies]` has a row, and each row a line.
fn reasons(root: &Path, files: &[File]) -> Result<Vec<Complaint>> {
    let text = root_manifest(root)?;
    let outside = outside(&text)?;
    let Some(page) = files.iter().find(|file| file.path == REASONS) else {
        return Ok(vec![Complaint::new(REASONS, 1, "dependencies", "the page is missing")]);
    };
    let rows: Vec<(usize, &str)> = page.text.lines().enumerate().filter_map(row_name).collect();
    let unexplained = outside.iter().filter(|name| !rows.iter().any(|(_, row)| row == name));
    let unused = rows.iter().filter(|(_, row)| !outside.iter().any(|name| name == row));
    Ok(unexplained
        .map(|name| {
            Complaint::new("Cargo.toml", line_of(&text, name), "dependencies", format!("{name}: no row in {REASONS}"))
        })
        .chain(unused.map(|(line, name)| {
            Complaint::new(REASONS, *line, "dependencies", format!("{name} is not in [workspace.dependencies]"))
        }))
        .collect())
}

/// The name in a row like ``| `name` | why | … |``.
fn row_name((at, line): (usize, &str)) -> Option<(usize, &str)> {
    let (name, _) = line.strip_prefix("| `")?.split_once('`')?;
    Some((at + 1, name))
}

/// Whether a package stands in our own tree. Where cargo cannot tell, what is locked counts as built.
fn is_built(root: &Path, name: &str) -> bool {
    let args = ["tree", "--workspace", "--exclude", "rival", "--target", "all", "--invert", name];
    let tree = std::process::Command::new("cargo").args(args).current_dir(root).output();
    let says_no = |tree: &std::process::Output| {
        let absent = b"did not match any packages";
        tree.stderr.windows(absent.len()).any(|words| words == absent)
            || (tree.status.success() && tree.stdout.is_empty())
    };
    !tree.is_ok_and(|tree| says_no(&tree))
}

fn locked(lock: &str) -> Vec<(&'static str, Complaint)> {
    let named = |line: &str| ABSENT.iter().find(|name| line == format!("name = \"{name}\"")).copied();
    let found = lock.lines().enumerate().filter_map(|(at, line)| Some((at + 1, named(line)?)));
    let why = "one TLS provider, rustls with ring: switch the feature off that brings it (cargo tree -i)";
    found.map(|(line, name)| (name, Complaint::new("Cargo.lock", line, "lock", format!("{name}: {why}")))).collect()
}

/// Commands that a document may promise.
struct Commands {
    ringside: Vec<String>,
    aliases: Vec<String>,
}

/// The commands of `pub(crate) enum Command` in the argument definitions, as typed.
fn subcommands(args: &str) -> Vec<String> {
    let body = args.split("enum Command {").nth(1).unwrap_or_default();
    let variants = body.lines().take_while(|line| *line != "}").filter_map(|line| {
        let name = line.strip_prefix("    ")?.split(['(', ',', ' ']).next()?;
        name.starts_with(|letter: char| letter.is_ascii_uppercase()).then_some(name)
    });
    variants.map(kebab).collect()
}

fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}

fn aliases(files: &[File]) -> Result<Vec<String>> {
    let Some(file) = files.iter().find(|file| file.path == ".cargo/config.toml") else { return Ok(Vec::new()) };
    let table: Table = file.text.parse().context(".cargo/config.toml")?;
    Ok(table.get("alias").and_then(Value::as_table).into_iter().flat_map(Table::keys).cloned().collect())
}

/// Verbs of cargo itself that documents speak of.
const CARGO: [&str; 9] = ["build", "run", "test", "bench", "clippy", "fmt", "doc", "nextest", "tree"];

fn promised_commands(commands: &Commands, file: &File) -> Vec<Complaint> {
    let mut found = Vec::new();
    for (at, line) in file.text.lines().enumerate() {
        for command in commands_of(line) {
            if let Some(message) = unknown(commands, &command) {
                found.push(Complaint::new(&file.path, at + 1, "commands", message));
            }
        }
    }
    found
}

/// Commands in a line: what stands between backticks, or the whole line of an indented or fenced block.
fn commands_of(line: &str) -> Vec<Vec<&str>> {
    let quoted = line.split('`').skip(1).step_by(2);
    let whole = line.trim_start().trim_start_matches("$ ");
    let candidates = quoted.chain(std::iter::once(whole).filter(|_| !line.contains('`')));
    candidates
        .map(|text| text.split('#').next().unwrap_or_default().split_whitespace().collect::<Vec<_>>())
        .filter(|words| matches!(words.first(), Some(&"cargo" | &"ringside")) && words.len() > 1)
        .collect()
}

/// What is wrong with a promised command, if anything. Prose that merely starts a line with the word is let pass: its
/// second word is no command, and not meant as one.
fn unknown(commands: &Commands, words: &[&str]) -> Option<String> {
    let verb = words[1];
    let is_typed = verb.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'-');
    if verb.starts_with('-') || !is_typed {
        return None;
    }
    let is_known = match (words[0], verb) {
        ("cargo", "xtask") => return unknown_verb(words.get(2).copied()),
        ("cargo", _) => CARGO.contains(&verb) || commands.aliases.iter().any(|alias| alias == verb),
        _ => commands.ringside.iter().any(|known| known == verb),
    };
    (!is_known).then(|| format!("there is no `{} {verb}`", words[0]))
}

fn unknown_verb(verb: Option<&str>) -> Option<String> {
    let verb = verb.filter(|verb| verb.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'-'))?;
    (!crate::VERBS.contains(&verb)).then(|| format!("there is no `cargo xtask {verb}`"))
}

/// Linked files exist.
fn links(root: &Path, file: &File) -> Vec<Complaint> {
    let folder = root.join(&file.path).parent().map(Path::to_owned).unwrap_or_default();
    let mut found = Vec::new();
    for (at, line) in file.text.lines().enumerate() {
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter_map(|target| target.split('#').next()) {
            let is_outside = target.is_empty() || target.contains("://") || target.contains(' ');
            if !is_outside && !folder.join(target).exists() {
                found.push(Complaint::new(&file.path, at + 1, "links", format!("there is no {target}")));
            }
        }
    }
    found
}

/// Blocks of a document that begin with a comment which is a path stand in that file, line for line. A block of Rust without
/// a path is nothing that a compiler has seen.
fn quotes(root: &Path, file: &File) -> Vec<Complaint> {
    let mut found = Vec::new();
    let mut lines = file.text.lines().enumerate();
    while let Some((at, fence)) = lines.next() {
        let Some(language) = fence.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        let fault = match block.first().and_then(|first| quoted_path(first)) {
            Some(path) => match std::fs::read_to_string(root.join(path)) {
                Ok(text) if text.contains(&block[1..].join("\n")) => None,
                Ok(_) => Some(format!("{path} does not have these lines")),
                Err(_) => Some(format!("there is no {path}")),
            },
            None => {
                (language == "rust").then(|| "begin the block with `// path` of the file it is cut from".to_owned())
            }
        };
        found.extend(fault.map(|fault| Complaint::new(&file.path, at + 1, "quotes", fault)));
    }
    found
}

/// `// a/b.rs` or `# a/b.toml` alone on a line.
fn quoted_path(line: &str) -> Option<&str> {
    let path = line.strip_prefix("// ").or_else(|| line.strip_prefix("# "))?;
    (path.contains('/') && path.contains('.') && !path.contains(' ')).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_in_prose_and_in_blocks() {
        assert_eq!(commands_of("    cargo demo --for 30s   # half a minute"), [["cargo", "demo", "--for", "30s"]]);
        assert_eq!(commands_of("run `ringside doctor` or `cargo xtask test`").len(), 2);
        assert!(commands_of("nothing here").is_empty());
    }

    #[test]
    fn subcommands_are_read_from_the_definition() {
        let args = "pub(crate) enum Command {\n    /// A.\n    Demo(Demo),\n    #[x]\n    TickToOrder(Bench),\n}\nenum Other {\n    No,\n}";
        assert_eq!(subcommands(args), ["demo", "tick-to-order"]);
    }
}
