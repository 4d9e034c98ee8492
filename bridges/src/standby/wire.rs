//! The words of the line.
//!
//! ```text
//! primary   greeting (12 bytes), nonce (32)
//! follower  nonce (32), code over "follower" and both nonces
//! primary   code over "primary" and both nonces
//! frames    length of the rest (4), kind (1), body, code (32) over direction, number, kind and body
//! ```
//! Codes are keyed BLAKE3. The key of a line is made of the secret and both nonces: a frame of another line is none of this.
//!
//! Owns: framing, proof, and what the bodies say. Never: waits without a bound; its callers give one.

use super::StandbyError;
use crate::TokenPlace;
use blake3::{Hash, Hasher};
use engine_core::journal::fence::Taker;
use engine_core::journal::hashes::Hashed;
use engine_core::journal::mirror::Chunk;
use engine_core::journal::reader::Cursor;
use ring::rand::{SecureRandom as _, SystemRandom};
use std::fmt;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

const GREETING: [u8; 12] = *b"RINGSTANDBY2";
/// Kind, body and code.
const FRAME_MAX: usize = 1 << 20;
const CODE: usize = 32;
const SECRET_MIN: usize = 32;

/// What both sides know.
#[derive(Clone)]
pub struct SharedSecret([u8; 32]);

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a shared secret")
    }
}

impl SharedSecret {
    /// Reads it: `env:NAME`, or `file:/path` of a file that only its owner may read.
    ///
    /// # Errors
    /// Where it is not, or shorter than 32 bytes.
    pub fn read(place: &str) -> Result<Self, StandbyError> {
        let found = match (place.strip_prefix("env:"), place.strip_prefix("file:")) {
            (Some(name), _) => TokenPlace::Env(name.to_owned()),
            (_, Some(path)) => TokenPlace::File(path.into()),
            _ => {
                return Err(StandbyError::Secret("a secret is named by env:NAME or file:/path (mode 0600)".to_owned()));
            }
        };
        let text = found.text().map_err(|error| StandbyError::Secret(error.to_string()))?;
        Self::new(&text)
    }

    /// Out of a text.
    ///
    /// # Errors
    /// When it is too short to be one.
    pub fn new(text: &str) -> Result<Self, StandbyError> {
        let text = text.trim();
        if text.len() < SECRET_MIN {
            let found = text.len();
            let told =
                format!("a secret of {found} bytes, accepted: {SECRET_MIN} and more: `openssl rand -hex 32` makes one");
            return Err(StandbyError::Secret(told));
        }
        Ok(Self(blake3::derive_key("ringside standby 1: shared secret", text.as_bytes())))
    }

    fn code(&self, word: &[u8], nonces: &[[u8; 32]; 2]) -> Hash {
        let mut hasher = Hasher::new_keyed(&self.0);
        hasher.update(word).update(&nonces[0]).update(&nonces[1]);
        hasher.finalize()
    }
}

fn nonce() -> Result<[u8; 32], StandbyError> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| std::io::Error::other("the system gives no random bytes"))?;
    Ok(bytes)
}

/// One direction of a line.
struct Codes {
    key: [u8; 32],
    direction: u8,
    number: u64,
}

impl Codes {
    fn next(&mut self, frame: &[u8]) -> Hash {
        let mut hasher = Hasher::new_keyed(&self.key);
        hasher.update(&[self.direction]).update(&self.number.to_le_bytes()).update(frame);
        self.number += 1;
        hasher.finalize()
    }
}

/// The end that speaks.
pub(super) struct Speaker<W> {
    io: W,
    codes: Codes,
    frame: Vec<u8>,
}

/// The end that hears.
pub(super) struct Hearer<R> {
    io: R,
    codes: Codes,
}

type Ends<S> = (Speaker<tokio::io::WriteHalf<S>>, Hearer<tokio::io::ReadHalf<S>>);

/// The primary's greeting: the follower proves itself first.
pub(super) async fn greet_follower<S>(mut stream: S, secret: &SharedSecret) -> Result<Ends<S>, StandbyError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let own = nonce()?;
    stream.write_all(&GREETING).await?;
    stream.write_all(&own).await?;
    stream.flush().await?;
    let (mut theirs, mut code) = ([0; 32], [0; CODE]);
    stream.read_exact(&mut theirs).await?;
    stream.read_exact(&mut code).await?;
    let nonces = [own, theirs];
    // Compared in constant time.
    if secret.code(b"follower", &nonces) != Hash::from_bytes(code) {
        return Err(StandbyError::Stranger);
    }
    stream.write_all(secret.code(b"primary", &nonces).as_bytes()).await?;
    stream.flush().await?;
    Ok(ends(stream, secret, &nonces, 0))
}

/// The follower's: so does the primary, before a word of it is believed.
pub(super) async fn greet_primary<S>(mut stream: S, secret: &SharedSecret) -> Result<Ends<S>, StandbyError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut greeting, mut theirs, own) = ([0; GREETING.len()], [0; 32], nonce()?);
    stream.read_exact(&mut greeting).await?;
    if greeting != GREETING {
        let is_other = greeting.starts_with(&GREETING[..GREETING.len() - 1]);
        let told = "it speaks another version of the line: both hosts need the same build";
        return Err(if is_other { StandbyError::Refused(told.to_owned()) } else { StandbyError::Stranger });
    }
    stream.read_exact(&mut theirs).await?;
    let nonces = [theirs, own];
    stream.write_all(&own).await?;
    stream.write_all(secret.code(b"follower", &nonces).as_bytes()).await?;
    stream.flush().await?;
    let mut code = [0; CODE];
    // A primary that does not believe us says nothing and hangs up.
    stream.read_exact(&mut code).await.map_err(|_| StandbyError::Stranger)?;
    if secret.code(b"primary", &nonces) != Hash::from_bytes(code) {
        return Err(StandbyError::Stranger);
    }
    Ok(ends(stream, secret, &nonces, 1))
}

fn ends<S: AsyncRead + AsyncWrite>(stream: S, secret: &SharedSecret, nonces: &[[u8; 32]; 2], own: u8) -> Ends<S> {
    let key = *secret.code(b"line", nonces).as_bytes();
    let (read, write) = tokio::io::split(stream);
    let codes = |direction| Codes { key, direction, number: 0 };
    (Speaker { io: write, codes: codes(own), frame: Vec::new() }, Hearer { io: read, codes: codes(1 - own) })
}

impl<W: AsyncWrite + Unpin> Speaker<W> {
    /// Says one frame: `kind`, and what `body` puts behind it.
    pub(super) async fn say(&mut self, kind: u8, body: impl FnOnce(&mut Vec<u8>)) -> Result<(), StandbyError> {
        self.frame.clear();
        self.frame.extend_from_slice(&[0; 4]);
        self.frame.push(kind);
        body(&mut self.frame);
        let code = self.codes.next(&self.frame[4..]);
        self.frame.extend_from_slice(code.as_bytes());
        let length = self.frame.len() - 4;
        assert!(length <= FRAME_MAX, "a frame of {length} bytes would not be heard");
        self.frame[..4].copy_from_slice(&(length as u32).to_le_bytes());
        self.io.write_all(&self.frame).await?;
        self.io.flush().await?;
        Ok(())
    }
}

impl<R: AsyncRead + Unpin> Hearer<R> {
    /// Hears one frame. Not to be cut off in the middle: what was read of it would be lost.
    pub(super) async fn hear(&mut self) -> Result<Vec<u8>, StandbyError> {
        let length = self.io.read_u32_le().await? as usize;
        if !(1 + CODE..=FRAME_MAX).contains(&length) {
            return Err(StandbyError::Forged("its length is none"));
        }
        let mut frame = vec![0; length];
        self.io.read_exact(&mut frame).await?;
        let code: [u8; CODE] = *frame.last_chunk().ok_or(StandbyError::Forged("it is too short"))?;
        frame.truncate(length - CODE);
        if self.codes.next(&frame) != Hash::from_bytes(code) {
            return Err(StandbyError::Forged("its code is of something else"));
        }
        Ok(frame)
    }
}

/// What a primary says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Down {
    /// The run that is served.
    Run { epoch: u32 },
    /// Bytes of its journal.
    Chunk { segment: u32, offset: u64, length: u64, is_last: bool, bytes: Vec<u8> },
    /// The state behind so many records.
    Hash(Hashed),
    /// How far the disk is, and whether the engine lives.
    State { synced: u64, is_alive: bool, is_over: bool },
    /// It was fenced; or why not.
    Fenced { run: u32, fault: Option<String> },
    /// No, and why.
    Refused(String),
}

/// What a follower says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Up {
    /// It has all before that.
    From(Cursor),
    /// The run that is served is over, and who takes over from it.
    Fence(Taker),
    /// By now its disk has all before that.
    Has(Cursor),
}

/// Bytes are taken off the front.
struct Body<'a>(&'a [u8]);

impl<'a> Body<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (front, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*front)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn flag(&mut self) -> Option<bool> {
        match self.take()? {
            [0] => Some(false),
            [1] => Some(true),
            _ => None,
        }
    }

    fn cursor(&mut self) -> Option<Cursor> {
        let (segment, offset, sequence) = (self.u32()?, self.u64()?, self.u64()?);
        Some(Cursor { segment, offset, sequence, previous: self.u32()? })
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(std::mem::take(&mut self.0).to_vec()).ok()
    }
}

const NO_WORD: StandbyError = StandbyError::Forged("it is no word of this line");

impl Down {
    /// Out of a frame.
    pub(super) fn read(frame: &[u8]) -> Result<Self, StandbyError> {
        let (kind, mut body) = (frame.first().copied(), Body(frame.get(1..).unwrap_or_default()));
        let mut read = || {
            Some(match kind? {
                0 => Self::Run { epoch: body.u32()? },
                1 => Self::Chunk {
                    segment: body.u32()?,
                    offset: body.u64()?,
                    length: body.u64()?,
                    is_last: body.flag()?,
                    bytes: std::mem::take(&mut body.0).to_vec(),
                },
                2 => Self::Hash(Hashed { sequence: body.u64()?, hash: body.take()? }),
                3 => Self::State { synced: body.u64()?, is_alive: body.flag()?, is_over: body.flag()? },
                4 => {
                    let (run, has_fault) = (body.u32()?, body.flag()?);
                    let text = body.text()?;
                    Self::Fenced { run, fault: has_fault.then_some(text) }
                }
                5 => Self::Refused(body.text()?),
                _ => return None,
            })
        };
        let word = read();
        word.filter(|_| body.0.is_empty()).ok_or(NO_WORD)
    }
}

impl Up {
    /// Out of a frame.
    pub(super) fn read(frame: &[u8]) -> Result<Self, StandbyError> {
        let (kind, mut body) = (frame.first().copied(), Body(frame.get(1..).unwrap_or_default()));
        let mut read = || {
            Some(match kind? {
                0 => Self::From(body.cursor()?),
                2 => Self::Has(body.cursor()?),
                1 => Self::Fence(Taker { run: body.u32()?, by: body.u64()? }),
                _ => return None,
            })
        };
        let word = read();
        word.filter(|_| body.0.is_empty()).ok_or(NO_WORD)
    }
}

impl<W: AsyncWrite + Unpin> Speaker<W> {
    pub(super) async fn run(&mut self, epoch: u32) -> Result<(), StandbyError> {
        self.say(0, |body| body.extend_from_slice(&epoch.to_le_bytes())).await
    }

    pub(super) async fn chunk(&mut self, chunk: &Chunk<'_>) -> Result<(), StandbyError> {
        let Chunk { segment, offset, length, bytes, is_last } = *chunk;
        self.say(1, |body| {
            body.extend_from_slice(&segment.to_le_bytes());
            body.extend_from_slice(&offset.to_le_bytes());
            body.extend_from_slice(&length.to_le_bytes());
            body.push(u8::from(is_last));
            body.extend_from_slice(bytes);
        })
        .await
    }

    pub(super) async fn hash(&mut self, hashed: &Hashed) -> Result<(), StandbyError> {
        self.say(2, |body| {
            body.extend_from_slice(&hashed.sequence.to_le_bytes());
            body.extend_from_slice(&hashed.hash);
        })
        .await
    }

    pub(super) async fn state(&mut self, synced: u64, is_alive: bool, is_over: bool) -> Result<(), StandbyError> {
        self.say(3, |body| {
            body.extend_from_slice(&synced.to_le_bytes());
            body.extend_from_slice(&[u8::from(is_alive), u8::from(is_over)]);
        })
        .await
    }

    pub(super) async fn fenced(&mut self, run: u32, fault: Option<&str>) -> Result<(), StandbyError> {
        self.say(4, |body| {
            body.extend_from_slice(&run.to_le_bytes());
            body.push(u8::from(fault.is_some()));
            body.extend_from_slice(fault.unwrap_or_default().as_bytes());
        })
        .await
    }

    pub(super) async fn refused(&mut self, why: &str) -> Result<(), StandbyError> {
        self.say(5, |body| body.extend_from_slice(why.as_bytes())).await
    }

    pub(super) async fn up(&mut self, up: Up) -> Result<(), StandbyError> {
        match up {
            Up::From(at) => self.say(0, |body| put_cursor(body, &at)).await,
            Up::Has(at) => self.say(2, |body| put_cursor(body, &at)).await,
            Up::Fence(Taker { run, by }) => {
                self.say(1, |body| {
                    body.extend_from_slice(&run.to_le_bytes());
                    body.extend_from_slice(&by.to_le_bytes());
                })
                .await
            }
        }
    }
}

fn put_cursor(body: &mut Vec<u8>, at: &Cursor) {
    body.extend_from_slice(&at.segment.to_le_bytes());
    body.extend_from_slice(&at.offset.to_le_bytes());
    body.extend_from_slice(&at.sequence.to_le_bytes());
    body.extend_from_slice(&at.previous.to_le_bytes());
}
