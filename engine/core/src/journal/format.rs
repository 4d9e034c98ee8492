//! The files, to the byte. All integers little-endian.
//!
//! ```text
//! journal = segment+
//! segment = prologue (record | mark)* zero*
//! prologue (64 bytes)
//!   0  magic           8   "RINGSIDE"
//!   8  format version  4   2 bytes major, 2 bytes minor
//!  12  epoch           4   run number in this folder; part of every client order id
//!  16  build id       16   first bytes of the build's name, zero padded
//!  32  config hash    16   first bytes of the BLAKE3 of the configuration in force
//!  48  segment         4   from 0
//!  52  first sequence  8   of the record that comes next
//!  60  crc32c          4   of bytes 0..60
//! record
//!   0  length          4   of the payload
//!   4  crc32c          4   of bytes 8.. to the end of the payload
//!   8  previous        4   crc32c of the record before; of the prologue for the first
//!  12  kind            2   see RecordKind
//!  14  version         2   of the payload's layout
//!  16  sequence        8   from 0, without holes
//!  24  event time      8   ns since the epoch
//!  32  payload             rkyv, checked before it is read
//! mark (32 bytes): the head of a record of kind 65535 without a payload, outside of chain and sequence
//!   8  previous        4   crc32c of the record before
//!  16  sequence        8   of the record that comes next
//! ```
//! The chain of checksums makes a record that was cut out or put elsewhere as visible as a flipped bit. It goes on from
//! segment to segment.
//!
//! A mark is written when all before it has been synced, and so is the prologue of a further segment. So what cannot be read
//! is either the tail of a run that was cut off (nothing behind it says that it had been on the disk: nobody was told so), or
//! damage (something does). The first is cut, the second refused.
//!
//! A segment's room is set aside beforehand and reads as zeros; a run that ends takes the rest away.
//!
//! Format 1.0 had one segment, no marks and no zeros behind the records. It is read as what it is: a first segment.

use std::fmt;

/// First bytes of every journal.
pub const MAGIC: [u8; 8] = *b"RINGSIDE";
/// Major in the high half: a reader refuses another major, and any minor above its own.
pub const FORMAT_VERSION: u32 = 1 << 16 | 1;
/// Bytes before the first record.
pub const PROLOGUE_BYTES: usize = 64;
/// Bytes before a payload.
pub const HEAD_BYTES: usize = 32;
/// Number of the kind of a mark: everything before it had been synced when it was written.
pub const MARK: u16 = u16::MAX;
/// Where a head says its kind.
pub const KIND_AT: usize = 12;
/// Longest payload: the run record with thousands of instruments stays far below.
pub const PAYLOAD_BYTES_MAX: usize = 16 << 20;

/// What a payload holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum RecordKind {
    /// Instruments, limits and equity that the run began with. Always and only the first record.
    Run = 1,
    /// An event of a `market` ring.
    Market = 2,
    /// A decision of risk, with the wish or command it judged.
    Decision = 3,
    /// A transition of an order.
    Report = 4,
}

impl RecordKind {
    /// The kind of that number.
    #[must_use]
    pub const fn from_number(number: u16) -> Option<Self> {
        match number {
            1 => Some(Self::Run),
            2 => Some(Self::Market),
            3 => Some(Self::Decision),
            4 => Some(Self::Report),
            _ => None,
        }
    }

    /// The name in listings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Market => "market",
            Self::Decision => "decision",
            Self::Report => "report",
        }
    }
}

/// Where a segment stands in its journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// From 0.
    pub segment: u32,
    /// Sequence of its first record.
    pub first_sequence: u64,
}

/// Who wrote the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prologue {
    /// Run number in its folder.
    pub epoch: u32,
    /// Name of the build, zero padded.
    pub build_id: [u8; 16],
    /// Digest of the configuration in force.
    pub config_hash: [u8; 16],
}

/// A record's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Of the payload.
    pub length: u32,
    /// Of everything behind this field.
    pub crc: u32,
    /// Of the record before.
    pub previous: u32,
    /// See [`RecordKind`].
    pub kind: u16,
    /// Of the payload's layout.
    pub version: u16,
    /// From 0.
    pub sequence: u64,
    /// Event time.
    pub at_ns: u64,
}

/// Why bytes are not a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Does not begin with [`MAGIC`].
    NotAJournal,
    /// Written by a format this build does not read.
    Version {
        /// As found.
        found: u32,
    },
    /// Ends inside a record or prologue, or in what was never synced: the tail of a run that was cut off.
    Torn,
    /// A segment that is not there, or holds nothing, though a later one of its run is there.
    Missing,
    /// The length cannot be right: more than a payload has, or more than the file.
    Length {
        /// As found.
        found: u32,
    },
    /// The bytes do not have the checksum they carry.
    Checksum {
        /// As written.
        written: u32,
        /// As computed.
        computed: u32,
    },
    /// Does not follow the record before it.
    Chain {
        /// The checksum that the record says went before.
        found: u32,
        /// The checksum that went before.
        expected: u32,
    },
    /// Out of sequence.
    Sequence {
        /// As found.
        found: u64,
        /// The next one.
        expected: u64,
    },
    /// A segment that does not belong behind the one before it.
    Foreign {
        /// The segment's number, as found.
        found: u32,
    },
    /// A kind or layout that this build does not know.
    Kind {
        /// As found.
        kind: u16,
        /// As found.
        version: u16,
    },
    /// The checksum holds, but the payload says something impossible: a fault of the writer.
    Payload,
    /// The system does not give its bytes.
    Unreadable,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NotAJournal => write!(f, "does not begin with the text RINGSIDE"),
            Self::Version { found } => write!(
                f,
                "format {}.{}, this build reads {}.{}",
                found >> 16,
                found & 0xffff,
                FORMAT_VERSION >> 16,
                FORMAT_VERSION & 0xffff
            ),
            Self::Torn => write!(f, "ends inside a record"),
            Self::Length { found } => {
                write!(
                    f,
                    "payload of {found} bytes, more than its file or than the {PAYLOAD_BYTES_MAX} that are possible"
                )
            }
            Self::Missing => write!(f, "this segment is missing or empty, though a later one of its run is there"),
            Self::Foreign { found } => {
                write!(f, "segment {found} of another run or place: not the one that follows those before it")
            }
            Self::Checksum { written, computed } => {
                write!(f, "checksum {written:08x} written, {computed:08x} computed")
            }
            Self::Chain { found, expected } => {
                write!(f, "follows a record with checksum {found:08x}, but {expected:08x} stands before it")
            }
            Self::Sequence { found, expected } => write!(f, "sequence {found}, expected {expected}"),
            Self::Kind { kind, version } => write!(f, "record kind {kind} version {version} is not known"),
            Self::Payload => write!(f, "payload does not hold what its kind promises"),
            Self::Unreadable => write!(f, "its file cannot be read"),
        }
    }
}

impl Prologue {
    /// As bytes, for a first segment.
    #[must_use]
    pub fn encode(&self) -> [u8; PROLOGUE_BYTES] {
        self.encode_at(Place::default())
    }

    /// As bytes, for the segment at that place.
    #[must_use]
    pub fn encode_at(&self, place: Place) -> [u8; PROLOGUE_BYTES] {
        let mut bytes = [0; PROLOGUE_BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[16..32].copy_from_slice(&self.build_id);
        bytes[32..48].copy_from_slice(&self.config_hash);
        bytes[48..52].copy_from_slice(&place.segment.to_le_bytes());
        bytes[52..60].copy_from_slice(&place.first_sequence.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..60]);
        bytes[60..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// From bytes: the prologue, the segment's place, and the checksum, which a journal's first record names as its
    /// predecessor. Nothing but zeros is room that no run has come to.
    pub fn decode(bytes: &[u8]) -> Result<(Self, Place, u32), Damage> {
        if is_unwritten(bytes) {
            return Err(Damage::Torn);
        }
        if !bytes.starts_with(&MAGIC[..bytes.len().min(MAGIC.len())]) {
            return Err(Damage::NotAJournal);
        }
        let bytes: &[u8; PROLOGUE_BYTES] = bytes.first_chunk().ok_or(Damage::Torn)?;
        let found = u32_at(bytes, 8);
        if found >> 16 != FORMAT_VERSION >> 16 || found > FORMAT_VERSION {
            return Err(Damage::Version { found });
        }
        let (written, computed) = (u32_at(bytes, 60), crc32c::crc32c(&bytes[..60]));
        if written != computed {
            return Err(Damage::Checksum { written, computed });
        }
        let mut prologue = Self { epoch: u32_at(bytes, 12), ..Self::default() };
        prologue.build_id.copy_from_slice(&bytes[16..32]);
        prologue.config_hash.copy_from_slice(&bytes[32..48]);
        let place = Place { segment: u32_at(bytes, 48), first_sequence: u64_at(bytes, 52) };
        Ok((prologue, place, computed))
    }
}

impl Head {
    /// Reads a head; says nothing yet about its truth.
    #[must_use]
    pub fn decode(bytes: &[u8; HEAD_BYTES]) -> Self {
        Self {
            length: u32_at(bytes, 0),
            crc: u32_at(bytes, 4),
            previous: u32_at(bytes, 8),
            kind: u16::from_le_bytes([bytes[12], bytes[13]]),
            version: u16::from_le_bytes([bytes[14], bytes[15]]),
            sequence: u64_at(bytes, 16),
            at_ns: u64_at(bytes, 24),
        }
    }

    /// Writes everything behind the checksum, then the checksum over it and the payload, into `record` (head and payload).
    /// Returns the checksum.
    pub fn seal(record: &mut [u8], kind: RecordKind, version: u16, sequence: u64, at_ns: u64, previous: u32) -> u32 {
        Self::write(record, kind as u16, version, sequence, at_ns, previous)
    }

    /// A mark behind the record before `sequence`, whose checksum is `previous`.
    #[must_use]
    pub fn mark(sequence: u64, previous: u32) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        Self::write(&mut bytes, MARK, 0, sequence, 0, previous);
        bytes
    }

    /// Of the mark that stands at the beginning of `bytes`, if one does.
    #[must_use]
    pub fn of_mark(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; HEAD_BYTES] = bytes.first_chunk()?;
        let head = Self::decode(bytes);
        (head.kind == MARK && head.length == 0 && head.crc == crc32c::crc32c(&bytes[8..])).then_some(head)
    }

    fn write(record: &mut [u8], kind: u16, version: u16, sequence: u64, at_ns: u64, previous: u32) -> u32 {
        let length = record.len() - HEAD_BYTES;
        assert!(length <= PAYLOAD_BYTES_MAX, "a payload of {length} bytes would not be read back");
        record[..4].copy_from_slice(&(length as u32).to_le_bytes());
        record[8..12].copy_from_slice(&previous.to_le_bytes());
        record[12..14].copy_from_slice(&kind.to_le_bytes());
        record[14..16].copy_from_slice(&version.to_le_bytes());
        record[16..24].copy_from_slice(&sequence.to_le_bytes());
        record[24..32].copy_from_slice(&at_ns.to_le_bytes());
        let crc = crc32c::crc32c(&record[8..]);
        record[4..8].copy_from_slice(&crc.to_le_bytes());
        crc
    }
}

/// Whether a journal that begins so has marks: since format 1.1.
#[must_use]
pub fn has_marks(prologue: &[u8]) -> bool {
    prologue.len() >= PROLOGUE_BYTES && u32_at(prologue, 8) > 1 << 16
}

/// Room that was set aside and not yet written to.
#[must_use]
pub fn is_unwritten(bytes: &[u8]) -> bool {
    // Compared block by block: a segment that was set aside has millions of them.
    const ZEROS: [u8; 4_096] = [0; 4_096];
    bytes.chunks(ZEROS.len()).all(|block| *block == ZEROS[..block.len()])
}

/// How many bytes a journal's first file has of a prologue that is being written: behind them is nothing, or room that was
/// set aside. `None`: its prologue is whole, or is none, or there is more behind it, which nobody writes before.
#[must_use]
pub fn prologue_begun(file: &[u8]) -> Option<usize> {
    let (head, rest) = file.split_at(file.len().min(PROLOGUE_BYTES));
    let written = head.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let begins = head[..written].starts_with(&MAGIC[..written.min(MAGIC.len())]);
    (begins && Prologue::decode(head).is_err() && is_unwritten(rest)).then_some(written)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}
