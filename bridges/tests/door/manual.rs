//! Every line of curl in the manual's chapter about users runs as it stands there, against a door with an engine behind it.

use crate::people::Folder;
use engine_core::risk::decision::DecisionKind;
use std::process::Command;
use std::time::Duration;

const MANUAL: &str = include_str!("../../../docs/OPERATING.md");

/// The blocks of shell under that heading that ask the door.
pub(crate) fn blocks(heading: &str) -> Vec<&'static str> {
    let (_, chapter) = MANUAL.split_once(&format!("\n## {heading}\n")).expect("the chapter");
    let chapter = chapter.split("\n## ").next().unwrap_or_default();
    let blocks = chapter.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.filter(|block| block.contains("curl")).collect()
}

#[test]
fn what_the_manual_says_about_users_is_done_as_it_stands_there() {
    let folder = Folder::new("manual");
    let mut config = folder.config();
    config.folder = folder.0.join("users");
    config.place = bridges::DatabasePlace::File(folder.0.join("people.db"));
    let mut rig = crate::rig::Rig::behind(bridges::Locks { people: Some(config), ..bridges::Locks::default() });
    let blocks = blocks("Users and keys");
    assert_eq!(blocks.len(), 3);
    let script = blocks.join("\n").replace("127.0.0.1:8420", &rig.address.to_string());
    let mut shell = Command::new("bash");
    shell.current_dir(&folder.0).args(["-euo", "pipefail", "-c", &script]);
    let asked = std::thread::scope(|scope| {
        let asked = scope.spawn(|| shell.output().expect("a shell"));
        while !asked.is_finished() {
            let mut taken = Vec::new();
            rig.commands.take(16, |_, command| taken.push(*command));
            for command in taken {
                rig.decide(DecisionKind::CommandTaken { id: command.id, what: command.what });
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        asked.join().expect("done")
    });
    let (out, err) = (String::from_utf8_lossy(&asked.stdout), String::from_utf8_lossy(&asked.stderr));
    assert!(asked.status.success(), "{err}\n{out}");
    for told in
        [r#""name":"ada""#, r#""positions""#, r#""trading_state":"HALTED""#, r#""not_before_ns""#, r#""action":"halt""#]
    {
        assert!(out.contains(told), "{told} is not in {out}");
    }
}
