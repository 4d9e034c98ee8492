//! A bare answer: a thread that reads each connection in turn and writes the same bytes. No HTTP, no looking for who is
//! ready: less than this no server does.

use super::processor_ns_of;
use crate::error::BenchError;
use engine_ring::flag::StopFlag;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Between two looks at whether it is over.
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(super) struct Bare {
    pub(super) address: SocketAddr,
    task: Option<PathBuf>,
    is_over: StopFlag,
    thread: Option<JoinHandle<()>>,
}

impl Bare {
    pub(super) fn start(answer: Vec<u8>, connections: usize) -> Result<Self, BenchError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let is_over = StopFlag::new();
        let (over, (tell, told)) = (is_over.clone(), mpsc::channel());
        let answering = move || {
            let task = std::fs::read_link("/proc/thread-self").ok().map(|task| Path::new("/proc").join(task));
            // Nobody listening is the end anyway.
            let _ = tell.send(task);
            let _ended = answer_all(&listener, &answer, connections, &over);
        };
        let thread = std::thread::Builder::new().name("bare".to_owned()).spawn(answering)?;
        Ok(Self { address, task: told.recv().ok().flatten(), is_over, thread: Some(thread) })
    }

    pub(super) fn processor_ns(&self) -> Option<u64> {
        processor_ns_of(self.task.as_deref()?)
    }
}

fn answer_all(listener: &TcpListener, answer: &[u8], connections: usize, is_over: &StopFlag) -> std::io::Result<()> {
    let mut streams = Vec::with_capacity(connections);
    for _ in 0..connections {
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(LOOK_EVERY))?;
        streams.push(stream);
    }
    let mut question = [0; 4_096];
    loop {
        for stream in &mut streams {
            loop {
                match stream.read(&mut question) {
                    // A question is one short write, so it comes whole.
                    Ok(read) if read > 0 => break stream.write_all(answer)?,
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                        if is_over.is_raised() {
                            return Ok(());
                        }
                    }
                    _ => return Ok(()),
                }
            }
        }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.is_over.raise();
        if let Some(thread) = self.thread.take() {
            // A panic in it has been told on standard error.
            let _ = thread.join();
        }
    }
}
