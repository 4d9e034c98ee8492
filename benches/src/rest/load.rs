//! The asking side: one thread, plain sockets, a question under way on each.
//!
//! Owns: the rounds. It reads the answer of one connection and asks the next question there before it goes on to the next
//! one: two calls into the system a read, no waiting for many at once, no parsing beyond the length.

use super::processor_ns_of;
use crate::error::BenchError;
use engine_ring::clock::Clock;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Questions that fall due together when they are paced.
const PULSE_NS: u64 = 1_000_000;

pub(super) struct Load {
    streams: Vec<TcpStream>,
    request: Vec<u8>,
    buffer: Vec<u8>,
    clock: Clock,
}

/// What a round took.
pub(super) struct Took {
    pub(super) samples_ns: Vec<u64>,
    pub(super) wall_ns: u64,
    /// Of this thread.
    pub(super) own_processor_ns: Option<u64>,
}

impl Load {
    pub(super) fn open(address: SocketAddr, request: &[u8], connections: usize) -> Result<Self, BenchError> {
        let open = |_| {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            Ok::<TcpStream, BenchError>(stream)
        };
        let streams = (0..connections).map(open).collect::<Result<_, _>>()?;
        Ok(Self { streams, request: request.to_vec(), buffer: vec![0; ANSWER_BYTES_MAX], clock: Clock::machine() })
    }

    /// One answer, head and body.
    pub(super) fn answer(&mut self) -> Result<Vec<u8>, BenchError> {
        self.streams[0].write_all(&self.request)?;
        let length = read(&mut self.streams[0], &mut self.buffer)?;
        Ok(self.buffer[..length].to_vec())
    }

    /// So many reads, as fast as they are answered.
    pub(super) fn ask(&mut self, reads: u64) -> Result<Took, BenchError> {
        let Self { streams, request, buffer, clock } = self;
        let mut samples_ns = Vec::with_capacity(reads as usize);
        let mut asked_ns = vec![0; streams.len()];
        let own = || processor_ns_of(Path::new("/proc/thread-self"));
        let (processor_before, start_ns) = (own(), clock.now());
        let at_once = streams.len();
        for (stream, asked_ns) in streams.iter_mut().zip(&mut asked_ns).take(reads as usize) {
            *asked_ns = clock.now();
            stream.write_all(request)?;
        }
        for number in 0..reads as usize {
            let place = number % at_once;
            read(&mut streams[place], buffer)?;
            let now_ns = clock.now();
            samples_ns.push(now_ns - asked_ns[place]);
            if number + at_once < reads as usize {
                asked_ns[place] = now_ns;
                streams[place].write_all(request)?;
            }
        }
        let wall_ns = clock.now() - start_ns;
        let own_processor_ns = own().zip(processor_before).map(|(after, before)| after - before);
        Ok(Took { samples_ns, wall_ns, own_processor_ns })
    }

    /// So many reads a second until then, a thousandth of them each millisecond, due or late; how many there were, and the
    /// 99th of a hundred from due to done.
    pub(super) fn ask_paced(&mut self, per_s: u64, until_ns: u64) -> Result<(u64, u64), BenchError> {
        let each = (per_s * PULSE_NS / 1_000_000_000) as usize;
        let mut late_ns = Vec::new();
        let mut due_ns = self.clock.now();
        while due_ns < until_ns {
            let now_ns = self.clock.now();
            if let Some(early_ns) = due_ns.checked_sub(now_ns) {
                std::thread::sleep(Duration::from_nanos(early_ns));
            }
            let asked = each.min(self.streams.len());
            for stream in &mut self.streams[..asked] {
                stream.write_all(&self.request)?;
            }
            for stream in &mut self.streams[..asked] {
                read(stream, &mut self.buffer)?;
                late_ns.push(self.clock.now() - due_ns);
            }
            // Other connections the next time.
            self.streams.rotate_left(asked);
            due_ns += PULSE_NS;
            // What could not be asked is not made up: the rate that was reached is told.
            due_ns = due_ns.max(self.clock.now().saturating_sub(100 * PULSE_NS));
        }
        late_ns.sort_unstable();
        let p99 = late_ns.get(late_ns.len() * 99 / 100).copied().unwrap_or(0);
        Ok((late_ns.len() as u64, p99))
    }
}

/// One whole answer, which must be a good one; its length.
fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<usize, BenchError> {
    let (mut filled, mut whole) = (0, None);
    while whole.is_none_or(|whole| filled < whole) {
        let read = stream.read(&mut buffer[filled..])?;
        if read == 0 {
            return Err(BenchError::Answer(String::from_utf8_lossy(&buffer[..filled]).into_owned()));
        }
        filled += read;
        if whole.is_none() {
            whole = length(&buffer[..filled])?;
        }
    }
    Ok(filled)
}

/// Of the whole answer, when its head is there.
fn length(read: &[u8]) -> Result<Option<usize>, BenchError> {
    let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let wrong = || BenchError::Answer(String::from_utf8_lossy(read).into_owned());
    let head = std::str::from_utf8(&read[..end]).map_err(|_| wrong())?;
    let told = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    let told = told.filter(|_| head.starts_with("HTTP/1.1 200 ")).ok_or_else(wrong)?;
    Ok(Some(end + 4 + told))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_its_body_is_and_only_a_good_one_counts() {
        assert_eq!(length(b"HTTP/1.1 200 OK\r\ncontent-le").ok(), Some(None));
        assert_eq!(length(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\na").ok(), Some(Some(41)));
        for wrong in ["HTTP/1.1 429 No\r\ncontent-length: 3\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"] {
            assert!(length(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
