//! Reading a journal back: each record is proved before it is believed.

use super::format::{
    Damage, HEAD_BYTES, Head, KIND_AT, MARK, PAYLOAD_BYTES_MAX, PROLOGUE_BYTES, Place, Prologue, RecordKind, has_marks,
    is_unwritten,
};
use super::record::Record;
use engine_model::planted::planted;
use std::fmt;

/// Where and how a journal is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Number of the segment.
    pub segment: u32,
    /// Offset in its file of the record (or prologue) that cannot be believed.
    pub offset: u64,
    /// What is wrong with it.
    pub damage: Damage,
}

impl Fault {
    /// Nothing is damaged: another build wrote it.
    #[must_use]
    pub fn is_of_another_build(&self) -> bool {
        matches!(self.damage, Damage::Version { .. } | Damage::Kind { .. })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { segment, offset, damage } = self;
        match segment {
            0 => write!(f, "journal damaged at byte {offset}: {damage}"),
            _ => write!(f, "journal damaged in segment {segment} at byte {offset}: {damage}"),
        }
    }
}

impl std::error::Error for Fault {}

/// A record and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Offset of its head in the file of its segment.
    pub offset: u64,
    /// Its head.
    pub head: Head,
    /// What it says.
    pub record: Record,
}

/// A place between two records, from which a journal can be read on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Number of the segment.
    pub segment: u32,
    /// In its file.
    pub offset: u64,
    /// Of the record that comes next.
    pub sequence: u64,
    /// Checksum of the record before, or of the first prologue.
    pub previous: u32,
}

/// An iterator over the entries of one journal; ends after the first fault.
#[derive(Debug)]
pub struct Reader<'a> {
    /// By number.
    segments: Vec<&'a [u8]>,
    at: Cursor,
    prologue: Prologue,
    /// Since format 1.1; before, nothing tells a torn tail from damage but that the file ends.
    has_marks: bool,
    failed: bool,
    /// Sequence of the first record behind the last mark.
    synced: u64,
    /// Behind the last mark.
    proven: Cursor,
    /// Where the bytes of its first segment that are here begin: segment, offset.
    base: (u32, u64),
}

impl<'a> Reader<'a> {
    /// Reads the prologue of a journal of one segment.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Fault> {
        Self::over(vec![bytes])
    }

    /// Reads the first prologue of a journal: the bytes of its segments, by number.
    pub fn over(segments: Vec<&'a [u8]>) -> Result<Self, Fault> {
        let [first, further @ ..] = &segments[..] else {
            return Err(Fault { segment: 0, offset: 0, damage: Damage::Torn });
        };
        if is_unwritten(first) && !further.is_empty() {
            return Err(Fault { segment: 0, offset: 0, damage: Damage::Missing });
        }
        let first = Prologue::decode(first);
        let wanted = first.and_then(|(prologue, place, crc)| match place {
            Place { segment: 0, first_sequence: 0 } => Ok((prologue, crc)),
            Place { segment: found, .. } => Err(Damage::Foreign { found }),
        });
        let (prologue, previous) = wanted.map_err(|damage| Fault { segment: 0, offset: 0, damage })?;
        let at = Cursor { offset: PROLOGUE_BYTES as u64, previous, ..Cursor::default() };
        let has_marks = has_marks(segments[0]);
        Ok(Self { segments, at, prologue, has_marks, failed: false, synced: 0, proven: at, base: (0, 0) })
    }

    /// Reads the last segment of a journal by itself. What its first record says of the one before is believed.
    pub fn last(number: u32, bytes: &'a [u8]) -> Result<Self, Fault> {
        let fault = |damage| Fault { segment: number, offset: 0, damage };
        let begins = Prologue::decode(bytes).map_err(|damage| match damage {
            // A further segment's prologue goes to the disk with its first group, in any order; behind that is a mark.
            Damage::NotAJournal | Damage::Checksum { .. } if number > 0 && !has_mark_beyond(bytes, 0) => Damage::Torn,
            damage => damage,
        });
        let (prologue, Place { segment, first_sequence: sequence }, crc) = begins.map_err(fault)?;
        if segment != number {
            return Err(fault(Damage::Foreign { found: segment }));
        }
        let first = bytes.get(PROLOGUE_BYTES..).and_then(|records| records.first_chunk()).map(Head::decode);
        let previous = first.filter(|_| segment > 0).map_or(crc, |head| head.previous);
        let mut segments = vec![&[][..]; segment as usize];
        segments.push(bytes);
        let at = Cursor { segment, offset: PROLOGUE_BYTES as u64, sequence, previous };
        let has_marks = has_marks(bytes);
        Ok(Self { segments, at, prologue, has_marks, failed: false, synced: sequence, proven: at, base: (0, 0) })
    }

    /// A reader of that journal that has come that far, and to whom marks told so much.
    pub(super) fn resumed(
        segments: Vec<&'a [u8]>,
        (at, synced): (Cursor, u64),
        prologue: Prologue,
        has_marks: bool,
    ) -> Self {
        Self { segments, at, prologue, has_marks, failed: false, synced, proven: at, base: (0, 0) }
    }

    /// The same over what begins there: `window` are bytes of that segment, `next` the beginning of the one behind it.
    pub(super) fn over_window(
        window: &'a [u8],
        next: Option<&'a [u8]>,
        (at, synced): (Cursor, u64),
        prologue: Prologue,
        has_marks: bool,
    ) -> Self {
        let mut segments = vec![&[][..]; at.segment as usize];
        segments.push(window);
        segments.extend(next);
        let base = (at.segment, at.offset);
        Self { segments, at, prologue, has_marks, failed: false, synced, proven: at, base }
    }

    /// Behind the last mark that was read; where reading began while there was none.
    pub(super) fn proven(&self) -> Cursor {
        self.proven
    }

    pub(super) fn has_marks(&self) -> bool {
        self.has_marks
    }

    /// The sequence of the first record that no mark behind it tells to have been on the disk.
    pub(super) fn synced(&self) -> u64 {
        self.synced
    }

    /// Reads on from there. The bytes before must be those that led there.
    #[must_use]
    pub fn from(self, at: Cursor) -> Self {
        Self { at, proven: at, ..self }
    }

    /// Who wrote it.
    #[must_use]
    pub fn prologue(&self) -> &Prologue {
        &self.prologue
    }

    /// Behind what was read so far.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.at
    }

    fn rest(&self) -> &'a [u8] {
        let segment = self.segments.get(self.at.segment as usize).copied().unwrap_or_default();
        let before = if self.base.0 == self.at.segment { self.base.1 } else { 0 };
        segment.get((self.at.offset - before) as usize..).unwrap_or_default()
    }

    fn further(&self) -> &[&'a [u8]] {
        self.segments.get(self.at.segment as usize + 1..).unwrap_or_default()
    }

    /// The next record; `None` behind the last.
    fn entry(&mut self) -> Result<Option<Entry>, Damage> {
        loop {
            let rest = self.rest();
            if is_unwritten(rest) {
                // The last one may stand ready. One that has another behind it was written to.
                if let [] | [_] = self.further()
                    && self.further().iter().all(|segment| is_unwritten(segment))
                {
                    return Ok(None);
                }
                self.turn()?;
                continue;
            }
            let (head, record) = proved(rest)?;
            if head.previous != self.at.previous && !planted("journal/chain-unread") {
                return Err(Damage::Chain { found: head.previous, expected: self.at.previous });
            }
            if head.sequence != self.at.sequence {
                return Err(Damage::Sequence { found: head.sequence, expected: self.at.sequence });
            }
            if head.kind == MARK {
                self.synced = head.sequence;
                self.at.offset += record.len() as u64;
                self.proven = self.at;
                continue;
            }
            let unknown = Damage::Kind { kind: head.kind, version: head.version };
            let kind = RecordKind::from_number(head.kind).ok_or(unknown)?;
            if (kind == RecordKind::Run) != (head.sequence == 0) {
                return Err(Damage::Payload);
            }
            let content = Record::decode(kind, head.version, &record[HEAD_BYTES..])?;
            let entry = Entry { offset: self.at.offset, head, record: content };
            self.at.offset += record.len() as u64;
            self.at.previous = head.crc;
            self.at.sequence += 1;
            return Ok(Some(entry));
        }
    }

    /// Goes on to the next segment.
    fn turn(&mut self) -> Result<(), Damage> {
        let end = self.at;
        self.at = Cursor { segment: end.segment + 1, offset: 0, ..end };
        if is_unwritten(self.rest()) && !self.further().is_empty() {
            return Err(Damage::Missing);
        }
        let (prologue, place, _) = Prologue::decode(self.rest())?;
        if prologue != self.prologue || place.segment != self.at.segment {
            return Err(Damage::Foreign { found: place.segment });
        }
        if place.first_sequence != end.sequence {
            // It was begun when all before it was on the disk, so what is wrong is the end of the one before.
            self.at = end;
            return Err(Damage::Sequence { found: place.first_sequence, expected: end.sequence });
        }
        self.at.offset = PROLOGUE_BYTES as u64;
        // It was begun when all before it was on the disk.
        (self.synced, self.proven) = (end.sequence, self.at);
        Ok(())
    }

    /// What is wrong where reading ended. What a write cut off by a power cut can look like is torn, unless something behind
    /// it proves that it had been synced. A record whose checksum holds was written as it is, whatever it says.
    fn judged(&self, damage: Damage) -> Damage {
        let is_proved = || {
            let begins = |segment: &&[u8]| Prologue::decode(segment).is_ok();
            has_mark_beyond(self.rest(), self.at.sequence) || self.further().iter().any(begins)
        };
        match damage {
            damage if !self.has_marks => damage,
            _ if planted("journal/damage-taken-for-torn") => Damage::Torn,
            Damage::Torn if is_proved() => {
                let found = self.rest().first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
                Damage::Length { found }
            }
            // A prologue may be missing, too: that of a segment which was just begun.
            Damage::NotAJournal
            | Damage::Length { .. }
            | Damage::Checksum { .. }
            | Damage::Chain { .. }
            | Damage::Sequence { .. }
                if !is_proved() =>
            {
                Damage::Torn
            }
            other => other,
        }
    }
}

/// Whether a mark in there, wherever it begins, says that the record of that sequence had been synced.
fn has_mark_beyond(bytes: &[u8], sequence: u64) -> bool {
    let kind = MARK.to_le_bytes();
    let mut from = KIND_AT;
    while let Some(step) = bytes.get(from..).and_then(|rest| rest.iter().position(|byte| *byte == kind[0])) {
        let at = from + step;
        if bytes.get(at + 1) == Some(&kind[1])
            && Head::of_mark(&bytes[at - KIND_AT..]).is_some_and(|mark| mark.sequence > sequence)
        {
            return true;
        }
        from = at + 1;
    }
    false
}

/// The record or mark that `bytes` begin with, if its checksum holds.
fn proved(bytes: &[u8]) -> Result<(Head, &[u8]), Damage> {
    let head = Head::decode(bytes.first_chunk::<HEAD_BYTES>().ok_or(Damage::Torn)?);
    let length = head.length as usize;
    if length > PAYLOAD_BYTES_MAX {
        return Err(Damage::Length { found: head.length });
    }
    let record = bytes.get(..HEAD_BYTES + length).ok_or(Damage::Torn)?;
    let computed = crc32c::crc32c(&record[8..]);
    if head.crc == computed || planted("journal/checksum-unread") {
        Ok((head, record))
    } else {
        Err(Damage::Checksum { written: head.crc, computed })
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Entry, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let entry = self.entry().map_err(|damage| {
            let Cursor { segment, offset, .. } = self.at;
            Fault { segment, offset, damage: self.judged(damage) }
        });
        self.failed = entry.is_err();
        entry.transpose()
    }
}
