//! The flow chart: stages in the boxes of their threads, rings as arrows from writer to reader.
//!
//! A full line holds its writer back. A dashed one does not: a tap that may be overtaken, or a snapshot.

use super::{Link, Picture, Thread};
use engine_core::topology::{SNAPSHOTS, Stage};

/// The chart, ended by a newline.
pub(super) fn chart(picture: &Picture) -> String {
    let mut lines = vec!["flowchart LR".to_owned()];
    for (number, thread) in picture.threads.iter().enumerate() {
        lines.extend(boxed(number, thread));
    }
    lines.extend(picture.rings.iter().flat_map(arrows));
    for snapshot in &SNAPSHOTS {
        lines.push(arrow(snapshot.writer, "-.->", &format!("{}, snapshot", snapshot.name), snapshot.reader));
    }
    lines.join("\n") + "\n"
}

/// A thread's box. Its number is its id: a name of the configuration could be a word of Mermaid's.
fn boxed(number: usize, thread: &Thread) -> Vec<String> {
    let mut lines = vec![format!("    subgraph thread{number}[\"thread {}, {}\"]", thread.name, thread.place())];
    lines.extend(thread.stages.iter().map(|stage| format!("        {stage}[\"{}\"]", title(*stage))));
    lines.push("    end".to_owned());
    lines
}

fn title(stage: Stage) -> String {
    match stage {
        Stage::Venue => format!("{stage}<br/>one for each"),
        _ => stage.name().to_owned(),
    }
}

fn arrows(link: &Link) -> Vec<String> {
    let label = format!("{} {}", link.row.ring, link.depth);
    let gating = link.row.gating.iter().map(|reader| arrow(link.row.writer, "-->", &label, *reader));
    let lossy = link.row.lossy.iter().map(|reader| arrow(link.row.writer, "-.->", &label, *reader));
    gating.chain(lossy).collect()
}

fn arrow(from: Stage, line: &str, label: &str, to: Stage) -> String {
    format!("    {from} {line}|\"{label}\"| {to}")
}
