//! Where the files of the store are: a folder, by the same seam as a store of objects.
//!
//! A file is put whole or not at all: it is written beside its place, brought to the disk, and then takes its place. One
//! process writes at a time.

use super::error::HistoryError;
use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

/// The file that is locked while somebody writes.
const LOCK: &str = ".lock";
/// Bytes that are asked for at once where nobody says how many are needed: the head of a page.
const PIECE: u64 = 64 << 10;

/// A file of the store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listed {
    pub(super) path: String,
    pub(super) bytes: u64,
}

/// A store of files.
#[derive(Debug)]
pub(super) struct Place {
    objects: Arc<dyn ObjectStore>,
    runtime: Arc<Runtime>,
    /// What holds other writers back until it is dropped.
    _lock: Option<File>,
}

impl Place {
    /// Opens a folder: to write, which makes it, or to read.
    pub(super) fn folder(root: &std::path::Path, is_for_writing: bool) -> Result<Self, HistoryError> {
        let place = || root.display().to_string();
        if !is_for_writing && !root.is_dir() {
            let what = "found no folder there; `data import` makes it".to_owned();
            return Err(HistoryError::Place { place: place(), what });
        }
        let lock = if is_for_writing { Some(lock(root)?) } else { None };
        let objects = LocalFileSystem::new_with_prefix(root)?.with_fsync(true);
        let runtime = Builder::new_current_thread().max_blocking_threads(1).build()?;
        Ok(Self { objects: Arc::new(objects), runtime: Arc::new(runtime), _lock: lock })
    }

    /// All files under a folder, by name.
    pub(super) fn list(&self, under: &str) -> Result<Vec<Listed>, HistoryError> {
        let mut folders = vec![Path::parse(under).map_err(object_store::Error::from)?];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            let found = self.runtime.block_on(self.objects.list_with_delimiter(Some(&folder)))?;
            folders.extend(found.common_prefixes);
            let file = |meta: object_store::ObjectMeta| Listed { path: meta.location.to_string(), bytes: meta.size };
            files.extend(found.objects.into_iter().map(file).filter(|file| file.path.ends_with(".parquet")));
        }
        files.sort();
        Ok(files)
    }

    /// Puts a file, whole, in the place of what was there.
    pub(super) fn put(&self, path: &str, bytes: Vec<u8>) -> Result<(), HistoryError> {
        let path = Path::parse(path).map_err(object_store::Error::from)?;
        self.runtime.block_on(self.objects.put(&path, bytes.into()))?;
        Ok(())
    }

    /// A file whose parts are read when they are wanted.
    pub(super) fn open(&self, file: &Listed) -> Result<Chunks, HistoryError> {
        let path = Path::parse(&file.path).map_err(object_store::Error::from)?;
        let (objects, runtime) = (Arc::clone(&self.objects), Arc::clone(&self.runtime));
        Ok(Chunks { objects, runtime, path, bytes: file.bytes })
    }
}

/// A lock goes with its process, however that ends.
fn lock(root: &std::path::Path) -> Result<File, HistoryError> {
    fs::create_dir_all(root)?;
    let file = File::create(root.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(HistoryError::Busy(root.display().to_string())),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Parts of a file.
pub(super) struct Chunks {
    objects: Arc<dyn ObjectStore>,
    runtime: Arc<Runtime>,
    path: Path,
    bytes: u64,
}

impl Chunks {
    fn get(&self, start: u64, length: u64) -> Result<Bytes, object_store::Error> {
        let range = start..(start + length).min(self.bytes);
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        self.runtime.block_on(self.objects.get_range(&self.path, range))
    }
}

impl Clone for Chunks {
    fn clone(&self) -> Self {
        let (objects, runtime) = (Arc::clone(&self.objects), Arc::clone(&self.runtime));
        Self { objects, runtime, path: self.path.clone(), bytes: self.bytes }
    }
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl ChunkReader for Chunks {
    type T = Pieces;

    fn get_read(&self, start: u64) -> Result<Pieces, ParquetError> {
        Ok(Pieces { chunks: self.clone(), next: start, piece: Bytes::new() })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        self.get(start, length as u64).map_err(|error| ParquetError::External(Box::new(error)))
    }
}

/// A file from somewhere on, piece by piece.
pub(super) struct Pieces {
    chunks: Chunks,
    next: u64,
    piece: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.piece.is_empty() {
            self.piece = self.chunks.get(self.next, PIECE).map_err(io::Error::other)?;
            self.next += self.piece.len() as u64;
        }
        let length = out.len().min(self.piece.len());
        out[..length].copy_from_slice(&self.piece.split_to(length));
        Ok(length)
    }
}
