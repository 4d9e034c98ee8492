//! People's wishes on their way to the engine.

use crate::client::PATIENCE;
use crate::rig::{NOW, Rig};
use bridges::BridgeError;
use engine_model::command::{Command, CommandKind};
use engine_model::limit::{Scope, TradingState};
use std::time::{Duration, Instant};

fn take(rig: &mut Rig, count: usize) -> Vec<Command> {
    let start = Instant::now();
    let mut taken = Vec::new();
    while taken.len() < count && start.elapsed() < PATIENCE {
        rig.commands.take(16, |_, command| taken.push(*command));
        std::thread::sleep(Duration::from_millis(1));
    }
    taken
}

#[test]
fn a_command_reaches_the_engine_with_its_id_and_time() {
    let mut rig = Rig::new();
    let halt = CommandKind::SetTradingState { scope: Scope::Whole, state: TradingState::Halted };
    let id = rig.bridge.commands().send(halt).expect("taken");
    assert_eq!(take(&mut rig, 1), [Command { id, asked_at_ns: NOW, what: halt }]);
}

#[test]
fn when_the_engine_reads_no_commands_the_caller_is_told_and_none_taken_is_lost() {
    let mut rig = Rig::new();
    let sender = rig.bridge.commands();
    let start = Instant::now();
    let mut taken = Vec::new();
    loop {
        match sender.send(CommandKind::CancelAll) {
            Ok(id) => taken.push(id),
            Err(BridgeError::CommandQueueFull { waiting }) => {
                assert_eq!(waiting, 64);
                break;
            }
            Err(other) => panic!("{other}"),
        }
        assert!(taken.len() < 200, "the queue has no end");
    }
    assert!(start.elapsed() < PATIENCE, "a refusal does not wait");
    let ids: Vec<u64> = take(&mut rig, taken.len()).iter().map(|command| command.id).collect();
    assert_eq!(ids, taken);
}

#[test]
fn a_command_sent_just_before_the_stop_still_arrives_and_one_after_it_is_refused() {
    let mut rig = Rig::new();
    let sender = rig.bridge.commands();
    sender.send(CommandKind::CancelAll).expect("taken");
    rig.bridge.stop();
    assert_eq!(take(&mut rig, 1).len(), 1);
    let start = Instant::now();
    while !matches!(sender.send(CommandKind::CancelAll), Err(BridgeError::Stopped)) {
        assert!(start.elapsed() < PATIENCE, "the bridge does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}
