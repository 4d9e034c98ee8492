//! WebSocket framing of a server, as little of it as the bench needs: whole text messages out, whole masked messages in.
//!
//! Owns a connection's bytes in memory that is asked for once. Never: what a message says, fragments (nobody here sends
//! any), anything that waits.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;

/// More than is ever under way on one connection.
const ROOM: usize = 64 << 10;
/// Final frame of a text.
const TEXT: u8 = 0x81;

/// One connection of a client.
#[derive(Debug)]
pub(super) struct Line {
    stream: TcpStream,
    room: Box<[u8]>,
    begin: usize,
    end: usize,
    out: Vec<u8>,
}

impl Line {
    /// Takes over a connection that was upgraded.
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, room: vec![0; ROOM].into(), begin: 0, end: 0, out: Vec::with_capacity(ROOM) })
    }

    /// Sends a text. Spins while the kernel has no room.
    pub(super) fn send(&mut self, text: &[u8]) -> io::Result<()> {
        self.out.clear();
        self.out.push(TEXT);
        match text.len() {
            short @ 0..126 => self.out.push(short as u8),
            long => {
                self.out.push(126);
                self.out.extend_from_slice(&(long as u16).to_be_bytes());
            }
        }
        self.out.extend_from_slice(text);
        let mut sent = 0;
        while sent < self.out.len() {
            match self.stream.write(&self.out[sent..]) {
                Ok(count) => sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => std::hint::spin_loop(),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The next message, if all of it is here: its payload, unmasked in place.
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        if self.whole().is_none() {
            self.read()?;
        }
        let Some((head, length)) = self.whole() else { return Ok(None) };
        let (mask, payload) = self.room[self.begin + head - 4..self.begin + head + length].split_at_mut(4);
        payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
        let begin = self.begin + head;
        self.begin = begin + length;
        Ok(Some(&self.room[begin..begin + length]))
    }

    fn read(&mut self) -> io::Result<()> {
        if self.begin == self.end {
            (self.begin, self.end) = (0, 0);
        } else if self.begin > ROOM / 2 {
            self.room.copy_within(self.begin..self.end, 0);
            (self.begin, self.end) = (0, self.end - self.begin);
        }
        match self.stream.read(&mut self.room[self.end..]) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.end += count;
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Bytes of the head, mask included, and of the payload of the message in hand.
    fn whole(&self) -> Option<(usize, usize)> {
        let bytes = &self.room[self.begin..self.end];
        let (head, length) = match (*bytes.get(1)? & 0x7f, bytes.get(2..4)) {
            (126, Some(&[high, low])) => (8, usize::from(u16::from_be_bytes([high, low]))),
            (short, _) => (6, usize::from(short)),
        };
        (bytes.len() >= head + length).then_some((head, length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn masked(text: &[u8]) -> Vec<u8> {
        let mut frame = vec![TEXT];
        match text.len() {
            short @ 0..126 => frame.push(0x80 | short as u8),
            long => frame.extend([0xfe, (long >> 8) as u8, long as u8]),
        }
        frame.extend([1, 2, 3, 4]);
        frame.extend(text.iter().zip([1, 2, 3, 4].iter().cycle()).map(|(byte, mask)| byte ^ mask));
        frame
    }

    #[test]
    fn messages_of_any_length_come_whole_however_they_are_cut() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut client = TcpStream::connect(listener.local_addr().expect("an address")).expect("connected");
        let mut line = Line::new(listener.accept().expect("accepted").0).expect("a line");
        let texts: Vec<Vec<u8>> = [0, 5, 125, 126, 300, 9_000].map(|length| vec![b'x'; length]).into();
        let bytes: Vec<u8> = texts.iter().flat_map(|text| masked(text)).collect();
        let sending = std::thread::spawn(move || {
            for part in bytes.chunks(7) {
                client.write_all(part).expect("sent");
            }
            client
        });
        for text in &texts {
            let found = loop {
                if let Some(found) = line.next().expect("open") {
                    break found.to_vec();
                }
            };
            assert_eq!(&found, text);
        }
        drop(sending.join().expect("sent all"));
    }
}
