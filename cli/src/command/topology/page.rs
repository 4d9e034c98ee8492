//! `docs/TOPOLOGY.md`. Written by `cargo xtask diagram`, so that the page cannot differ from the code.

use super::{Picture, mermaid, rings_table, snapshots_table, threads_table};

const INTRODUCTION: &str = "\
# Topology

What runs, which rings link it, and what happens when one is full. This page is written by `cargo xtask diagram` from
[`engine/core/src/topology.rs`](../engine/core/src/topology.rs) and [`config/base.toml`](../config/base.toml);
`cargo xtask test` fails when it differs. `ringside topology` prints the same on a terminal.

Each ring has one writer. A full arrow is a *gating* reader: the writer never overtakes it. A dashed arrow is a *lossy*
reader, which may be overtaken and learns how many events it missed, or a *snapshot*, of which only the latest counts.
Only dashed arrows lead to the slow side (`bridge`), so it cannot hold the engine back.
";

const RINGS: &str = "\
*Reserve*: the last slots of a ring, kept for cancels and halts. *Wait*: the writer keeps the event and takes no further
input, down to the socket. *Refuse*: the writer says no by name and counts it. Waiting rings form no circle; the compiler
checks that.
";

const CHANGE: &str = "\
## How to change it

- **A depth, a core, a thread, the idle ladder**: settings, `[rings]` and `[layout]` in a file for `--config`;
  [`config/base.toml`](../config/base.toml) says what each costs. `ringside doctor --config FILE` checks it.
- **A ring, a reader, what full means**: one row in [`engine/core/src/topology.rs`](../engine/core/src/topology.rs). It does
  not compile with two answers to one question: a depth that is no power of two, a ring nobody holds, a stage that reads
  what it wrote, stages that wait for each other in a circle.
- **A stage**: one more variant there; [`cli/src/boot.rs`](../cli/src/boot.rs) does not compile until it is built, and no
  run starts while one of its ends is unclaimed.
- Then `cargo xtask diagram`.
";

/// The page.
pub(super) fn page(picture: &Picture) -> String {
    format!(
        "{INTRODUCTION}\n```mermaid\n{}```\n\n## Rings\n\n{}\n{RINGS}\n## Snapshots\n\n{}\n## Layout\n\n\
        In force without a configuration: `{}`.\n\n{}\n{CHANGE}",
        mermaid::chart(picture),
        rings_table(picture).markdown(),
        snapshots_table().markdown(),
        picture.layout.name(),
        threads_table(picture).markdown(),
    )
}
