//! The other side of a connection takes what it is told, or is cut: an answer that nobody takes holds a place of the door,
//! its text, and the kernel's memory.
//!
//! Owns: how long somebody may be waited for. He has a while, which passes only as long as something waits for him, and each
//! byte that he takes buys some of it back: whoever takes [`BYTES_PER_S_MIN`] is never cut, however much he is told, and
//! whoever drips is, however long he goes on.
//! Never: a wait of one in the way of another, what is said, a bound on what is heard.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Whoever takes less than that, and has been waited for long enough, is cut. The slowest line that a person still works by
/// has more.
pub(super) const BYTES_PER_S_MIN: u64 = 4 * 1024;

/// How long somebody will still be waited for.
#[derive(Debug)]
struct Patience {
    most: Duration,
    left: Duration,
    /// Since when something waits for him.
    waits_since: Option<Instant>,
}

impl Patience {
    fn new(most: Duration) -> Self {
        Self { most, left: most, waits_since: None }
    }

    /// Something waits for him: when he is cut, if he takes nothing until then.
    fn waits(&mut self, now: Instant) -> Instant {
        *self.waits_since.get_or_insert(now) + self.left
    }

    /// He took some of it.
    fn took(&mut self, bytes: usize, now: Instant) {
        let Some(since) = self.waits_since.take() else { return };
        let bought = Duration::from_nanos((bytes as u64).saturating_mul(1_000_000_000) / BYTES_PER_S_MIN);
        self.left = (self.left.saturating_sub(now - since) + bought).min(self.most);
    }

    /// He has everything.
    fn done(&mut self) {
        *self = Self::new(self.most);
    }
}

/// A connection, and what is done to it when its other side is waited for no more. See the module.
pub(super) struct Paced<S, C> {
    stream: S,
    patience: Patience,
    /// Made when there is the first wait: most connections never have any.
    timer: Option<Pin<Box<Sleep>>>,
    cut: C,
}

impl<S, C: FnMut(&S)> Paced<S, C> {
    pub(super) fn new(stream: S, most: Duration, cut: C) -> Self {
        Self { stream, patience: Patience::new(most), timer: None, cut }
    }

    /// What a write comes to: it may be that it has been waited for long enough.
    fn told(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Ready(Ok(bytes)) if self.patience.waits_since.is_some() => self.patience.took(*bytes, Instant::now()),
            Poll::Ready(_) => {}
            Poll::Pending => return self.wait(cx).map(Err),
        }
        written
    }

    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let until = self.patience.waits(Instant::now());
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if timer.deadline() != until {
            timer.as_mut().reset(until);
        }
        timer.as_mut().poll(cx).map(|()| {
            (self.cut)(&self.stream);
            io::Error::new(io::ErrorKind::TimedOut, "nobody takes what is said")
        })
    }
}

impl<S: AsyncRead + Unpin, C: Unpin> AsyncRead for Paced<S, C> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, into)
    }
}

impl<S: AsyncWrite + Unpin, C: FnMut(&S) + Unpin> AsyncWrite for Paced<S, C> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.told(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, parts);
        this.told(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Whoever says something flushes it when all of it was taken.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.stream).poll_flush(cx);
        match &flushed {
            Poll::Ready(_) => this.patience.done(),
            Poll::Pending => return this.wait(cx).map(Err),
        }
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let ended = Pin::new(&mut this.stream).poll_shutdown(cx);
        if ended.is_pending() { this.wait(cx).map(Err) } else { ended }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MOST: Duration = Duration::from_secs(15);

    /// After how many takings of `bytes` each `every` somebody is cut who is always waited for.
    fn cut_after(bytes: usize, every: Duration) -> Option<u32> {
        let (mut patience, start) = (Patience::new(MOST), Instant::now());
        let mut now = start;
        for n in 0..100_000 {
            let until = patience.waits(now);
            assert!(until <= now + MOST, "nobody saves up patience");
            now += every;
            if now >= until {
                return Some(n);
            }
            patience.took(bytes, now);
        }
        None
    }

    #[test]
    fn whoever_drips_is_cut_and_whoever_takes_enough_never_is() {
        let enough = BYTES_PER_S_MIN as usize;
        assert_eq!(cut_after(0, SECOND), Some(14), "nothing taken: the whole while, and no more");
        assert_eq!(cut_after(1, SECOND), Some(15), "a byte a second buys a few milliseconds in all");
        assert_eq!(cut_after(enough / 2, SECOND), Some(28));
        assert_eq!(cut_after(enough, SECOND), None);
        assert_eq!(cut_after(14 * enough, 14 * SECOND), None, "the kernel tells of what was taken in steps");
        assert_eq!(cut_after(100 * enough, MOST), Some(0), "too late is too late");
    }

    #[test]
    fn time_passes_only_while_something_waits() {
        let (mut patience, start) = (Patience::new(MOST), Instant::now());
        assert_eq!(patience.waits(start), start + MOST);
        assert_eq!(patience.waits(start + SECOND), start + MOST, "asked again, it is the same wait");
        patience.took(0, start + 10 * SECOND);
        let later = start + 10_000 * SECOND;
        assert_eq!(patience.waits(later), later + 5 * SECOND, "ten were used up, whatever came between");
        patience.done();
        assert_eq!(patience.waits(later), later + MOST, "what was taken whole begins anew");
    }
}
