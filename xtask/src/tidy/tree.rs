//! The files of the repository that people write.

use anyhow::{Context as _, Result};
use std::path::Path;

/// One file.
pub(crate) struct File {
    /// From the root, with `/`.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

/// Endings of files that the rules speak of.
const ENDINGS: [&str; 6] = ["rs", "toml", "md", "yml", "yaml", "sh"];

/// Folders that nobody writes.
const SKIPPED: [&str; 3] = ["target", "node_modules", "journal"];

/// All of them, in order of path.
pub(crate) fn files(root: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    gather(root, root, &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn gather(root: &Path, folder: &Path, files: &mut Vec<File>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            // `engine/core/src/journal` is a room of code; `journal` at the root is what a run left behind.
            let is_skipped =
                SKIPPED.contains(&name.as_ref()) && !path.components().any(|part| part.as_os_str() == "src");
            if !is_skipped && (!name.starts_with('.') || name == ".ci" || name == ".cargo") {
                gather(root, &path, files)?;
            }
        } else if kind.is_file() && is_ours(&path) {
            let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            files.push(File { path: crate::shown(root, &path), text });
        }
    }
    Ok(())
}

fn is_ours(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ENDINGS.contains(&ending)) || path.ends_with(".ci/run")
}
