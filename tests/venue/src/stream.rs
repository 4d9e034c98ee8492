//! What a connection can ask for, under numbers that each protocol gives, and the way out for what is told of it.
//!
//! Owns: places in tables of all streams, and the frames of a turn. Never: names, sockets.

/// Topics that a protocol may have of one instrument.
const TOPICS_MAX: usize = 16;

/// One topic of one instrument. What a topic tells is known to its protocol alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stream {
    pub(crate) instrument: usize,
    /// Below [`TOPICS_MAX`].
    pub(crate) topic: u8,
}

impl Stream {
    /// Length of a table of all streams.
    pub(crate) const fn count(instruments: usize) -> usize {
        instruments * TOPICS_MAX
    }

    /// Position in tables of all streams.
    pub(crate) fn index(self) -> usize {
        self.instrument * TOPICS_MAX + usize::from(self.topic)
    }
}

/// One text of one stream, before a connection's own wrapping.
pub(crate) struct Frame {
    pub(crate) stream: Stream,
    pub(crate) text: String,
    /// Whether it changes a book that was told before: where it is missing, that book is wrong.
    pub(crate) is_change: bool,
}

/// Where a protocol puts what it has to tell; what nobody has asked for need not be written.
pub(crate) struct Outbox<'a> {
    /// By [`Stream::index`].
    pub(crate) wanted: &'a [bool],
    pub(crate) frames: &'a mut Vec<Frame>,
}

impl Outbox<'_> {
    pub(crate) fn wants(&self, stream: Stream) -> bool {
        self.wanted[stream.index()]
    }

    pub(crate) fn tell(&mut self, stream: Stream, text: String) {
        self.frames.push(Frame { stream, text, is_change: false });
    }

    /// Tells a change of a book.
    pub(crate) fn tell_change(&mut self, stream: Stream, text: String) {
        self.frames.push(Frame { stream, text, is_change: true });
    }
}
