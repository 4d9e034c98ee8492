//! People's wishes on their way to the engine.

use crate::client::PATIENCE;
use crate::rig::{NOW, Rig};
use bridges::BridgeError;
use engine_model::command::{Command, CommandKind};
use engine_model::intent::StrategyId;
use engine_model::limit::{Scope, TradingState};
use engine_model::steer::Steer;
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

#[test]
fn commands_that_belong_together_are_taken_together_or_not_at_all_whoever_else_sends() {
    let mut rig = Rig::new();
    let set = |of: u8, param: u8| {
        let what = Steer::Set { param, value: i64::from(of), is_last: param == 4 };
        CommandKind::Steer { strategy: StrategyId(of), what }
    };
    std::thread::scope(|scope| {
        let senders = [1, 2].map(|of| (of, rig.bridge.commands()));
        for (of, sender) in senders {
            scope.spawn(move || {
                let all: Vec<CommandKind> = (0..5).map(|param| set(of, param)).collect();
                let mut left = 40;
                while left > 0 {
                    match sender.send_all(&all) {
                        Ok(_) => left -= 1,
                        Err(BridgeError::CommandQueueFull { .. }) => std::thread::sleep(Duration::from_millis(1)),
                        Err(other) => panic!("{other}"),
                    }
                }
            });
        }
        let taken = take(&mut rig, 400);
        assert_eq!(taken.len(), 400);
        for five in taken.chunks(5) {
            let of = five[0].what;
            let CommandKind::Steer { strategy, .. } = of else { panic!("{of:?}") };
            let whole: Vec<CommandKind> = (0..5).map(|param| set(strategy.0, param)).collect();
            assert_eq!(five.iter().map(|command| command.what).collect::<Vec<_>>(), whole);
        }
        assert!(taken.iter().zip(1..).all(|(command, id)| command.id == id), "numbered by their place");
    });
    let more: Vec<CommandKind> = (0..100).map(|_| CommandKind::CancelAll).collect();
    assert!(matches!(rig.bridge.commands().send_all(&more), Err(BridgeError::CommandQueueFull { .. })));
    assert_eq!(take(&mut rig, 1).len(), 0, "of what has no room as a whole nothing is taken");
}
