//! Reading a journal back: each record is proved before it is believed.

use super::format::{Damage, HEAD_BYTES, Head, PAYLOAD_BYTES_MAX, PROLOGUE_BYTES, Prologue, RecordKind};
use super::record::Record;
use std::fmt;

/// Where and how a journal is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Offset in the file of the record (or prologue) that cannot be believed.
    pub offset: u64,
    /// What is wrong with it.
    pub damage: Damage,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "journal damaged at byte {}: {}", self.offset, self.damage)
    }
}

impl std::error::Error for Fault {}

/// A record and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Offset of its head.
    pub offset: u64,
    /// Its head.
    pub head: Head,
    /// What it says.
    pub record: Record,
}

/// An iterator over the entries of one journal; ends after the first fault.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
    previous: u32,
    sequence: u64,
    prologue: Prologue,
    failed: bool,
}

impl<'a> Reader<'a> {
    /// Reads the prologue.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Fault> {
        let (prologue, previous) = Prologue::decode(bytes).map_err(|damage| Fault { offset: 0, damage })?;
        Ok(Self { bytes, offset: PROLOGUE_BYTES, previous, sequence: 0, prologue, failed: false })
    }

    /// Who wrote it.
    #[must_use]
    pub fn prologue(&self) -> &Prologue {
        &self.prologue
    }

    fn entry(&mut self) -> Result<Entry, Damage> {
        let rest = &self.bytes[self.offset..];
        let head = Head::decode(rest.first_chunk::<HEAD_BYTES>().ok_or(Damage::Torn)?);
        let length = head.length as usize;
        if length > PAYLOAD_BYTES_MAX {
            return Err(Damage::Length { found: head.length });
        }
        let record = rest.get(..HEAD_BYTES + length).ok_or(Damage::Torn)?;
        let computed = crc32c::crc32c(&record[8..]);
        if head.crc != computed {
            return Err(Damage::Checksum { written: head.crc, computed });
        }
        if head.previous != self.previous {
            return Err(Damage::Chain { found: head.previous, expected: self.previous });
        }
        if head.sequence != self.sequence {
            return Err(Damage::Sequence { found: head.sequence, expected: self.sequence });
        }
        let unknown = Damage::Kind { kind: head.kind, version: head.version };
        let kind = RecordKind::from_number(head.kind).ok_or(unknown)?;
        if (kind == RecordKind::Run) != (head.sequence == 0) {
            return Err(Damage::Payload);
        }
        let content = Record::decode(kind, head.version, &record[HEAD_BYTES..])?;
        let offset = self.offset as u64;
        self.offset += record.len();
        self.previous = computed;
        self.sequence += 1;
        Ok(Entry { offset, head, record: content })
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Entry, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.offset == self.bytes.len() {
            return None;
        }
        let entry = self.entry().map_err(|damage| Fault { offset: self.offset as u64, damage });
        self.failed = entry.is_err();
        Some(entry)
    }
}
