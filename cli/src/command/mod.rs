//! One file a command. A command takes what was typed and ends with `Ok(())` or an [`Exit`](crate::exit::Exit).

pub(crate) mod doctor;
pub(crate) mod monitor;
pub(crate) mod replay;
