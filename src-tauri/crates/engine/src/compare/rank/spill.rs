//! Sorting pairs that do not fit in memory: sorted runs in one temporary file without a name, merged as they are read.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

pub(super) type Pair = [f64; 2];
const PAIR_BYTES: usize = 16;
/// Pairs that a cursor reads of a run at once.
const READ_PAIRS: usize = 512;

/// Takes pairs in any order.
#[derive(Debug)]
pub(super) struct Sorter {
    key: usize,
    chunk_pairs: usize,
    scratch: Option<PathBuf>,
    chunk: Vec<Pair>,
    file: Option<File>,
    /// Pairs in each run of the file, in its order.
    runs: Vec<u64>,
}

impl Sorter {
    /// Sorts by value `key` of each pair.
    pub(super) fn new(key: usize, chunk_pairs: usize, scratch: Option<PathBuf>) -> Self {
        Self {
            key,
            chunk_pairs,
            scratch,
            chunk: Vec::new(),
            file: None,
            runs: Vec::new(),
        }
    }

    /// An empty one that sorts by another value.
    pub(super) fn like(&self, key: usize) -> Self {
        Self::new(key, self.chunk_pairs, self.scratch.clone())
    }

    pub(super) fn push(&mut self, pair: Pair) -> io::Result<()> {
        self.chunk.push(pair);
        if self.chunk.len() >= self.chunk_pairs {
            self.spill()?;
        }
        Ok(())
    }

    pub(super) fn clear(&mut self) {
        *self = self.like(self.key);
    }

    fn spill(&mut self) -> io::Result<()> {
        self.sort();
        let mut bytes = Vec::with_capacity(self.chunk.len() * PAIR_BYTES);
        for value in self.chunk.iter().flatten() {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        let file = match self.file.take() {
            Some(file) => file,
            None => match &self.scratch {
                Some(folder) => tempfile::tempfile_in(folder)?,
                None => tempfile::tempfile()?,
            },
        };
        (&file).write_all(&bytes)?;
        self.file = Some(file);
        self.runs.push(self.chunk.len() as u64);
        self.chunk.clear();
        Ok(())
    }

    fn sort(&mut self) {
        let key = self.key;
        self.chunk
            .sort_unstable_by(|a, b| a[key].total_cmp(&b[key]));
    }

    /// All pairs, ready to be read in order.
    pub(super) fn finish(mut self) -> io::Result<Sorted> {
        self.sort();
        Ok(Sorted {
            key: self.key,
            file: self.file,
            runs: self.runs,
            rest: self.chunk,
        })
    }
}

/// Sorted runs on disk, and one in memory.
pub(super) struct Sorted {
    key: usize,
    file: Option<File>,
    runs: Vec<u64>,
    rest: Vec<Pair>,
}

impl Sorted {
    pub(super) fn cursor(&self) -> io::Result<Cursor<'_>> {
        let mut offset = 0;
        let mut runs = Vec::new();
        if let Some(file) = &self.file {
            for pairs in &self.runs {
                runs.push(Run::on_disk(file, offset, *pairs));
                offset += pairs * PAIR_BYTES as u64;
            }
        }
        runs.push(Run::in_memory(&self.rest));
        let mut heads = BinaryHeap::new();
        for (index, run) in runs.iter_mut().enumerate() {
            heads.extend(run.next()?.map(|pair| Head::new(pair, self.key, index)));
        }
        Ok(Cursor {
            key: self.key,
            runs,
            heads,
        })
    }
}

/// Reads all pairs in order. Ties come in the same order for every cursor.
pub(super) struct Cursor<'a> {
    key: usize,
    runs: Vec<Run<'a>>,
    heads: BinaryHeap<Head>,
}

impl Cursor<'_> {
    pub(super) fn next(&mut self) -> io::Result<Option<Pair>> {
        let Some(head) = self.heads.pop() else {
            return Ok(None);
        };
        let next = self.runs[head.run].next()?;
        self.heads
            .extend(next.map(|pair| Head::new(pair, self.key, head.run)));
        Ok(Some(head.pair))
    }
}

/// The least pair of a run that is not read yet.
struct Head {
    value: f64,
    run: usize,
    pair: Pair,
}

impl Head {
    fn new(pair: Pair, key: usize, run: usize) -> Self {
        Self {
            value: pair[key],
            run,
            pair,
        }
    }
}

impl Ord for Head {
    /// Turned round: the heap gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        let by_value = other.value.total_cmp(&self.value);
        by_value.then(other.run.cmp(&self.run))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

struct Run<'a> {
    file: Option<&'a File>,
    offset: u64,
    /// Pairs on disk that are not read yet.
    left: u64,
    read: Vec<Pair>,
    at: usize,
}

impl<'a> Run<'a> {
    fn on_disk(file: &'a File, offset: u64, pairs: u64) -> Self {
        Self {
            file: Some(file),
            offset,
            left: pairs,
            read: Vec::new(),
            at: 0,
        }
    }

    fn in_memory(pairs: &[Pair]) -> Self {
        Self {
            file: None,
            offset: 0,
            left: 0,
            read: pairs.to_vec(),
            at: 0,
        }
    }

    fn next(&mut self) -> io::Result<Option<Pair>> {
        if self.at == self.read.len() && self.left > 0 {
            self.refill()?;
        }
        let pair = self.read.get(self.at).copied();
        self.at += 1;
        Ok(pair)
    }

    /// Every read seeks first: all runs and cursors share the file's one position.
    fn refill(&mut self) -> io::Result<()> {
        let Some(mut file) = self.file else {
            return Ok(());
        };
        let pairs = self.left.min(READ_PAIRS as u64) as usize;
        let mut bytes = vec![0; pairs * PAIR_BYTES];
        file.seek(SeekFrom::Start(self.offset))?;
        file.read_exact(&mut bytes)?;
        self.offset += bytes.len() as u64;
        self.left -= pairs as u64;
        self.at = 0;
        self.read.clear();
        let (values, _) = bytes.as_chunks::<8>();
        let values: Vec<f64> = values
            .iter()
            .map(|bytes| f64::from_le_bytes(*bytes))
            .collect();
        self.read.extend(values.as_chunks::<2>().0);
        Ok(())
    }
}
