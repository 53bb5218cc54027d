//! Which other libraries a shared library names (ELF64, little-endian: the `DT_NEEDED` entries of its dynamic section, after
//! the System V ABI), and which of them this machine lacks.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const DT_NEEDED: u64 = 1;
const DT_STRTAB: u64 = 5;
const DT_STRSZ: u64 = 10;
/// Names of a library's dynamic section take kilobytes; anything like this is no library.
const BYTES_MAX: u64 = 64 << 20;

/// What `library` needs and neither `folder` nor the system's loader has; nothing where it cannot be read.
pub(super) fn missing(library: &Path, folder: &Path) -> Vec<String> {
    let needed = read(library).unwrap_or_default();
    let is_missing = |name: &String| !folder.join(name).is_file() && !loads(name);
    needed.into_iter().filter(is_missing).collect()
}

#[allow(unsafe_code)]
fn loads(name: &str) -> bool {
    // SAFETY: loading runs the initialisers of a library of this system, as loading the provider itself would. Left open, so
    // that nothing is unloaded under whoever has taken it meanwhile.
    match unsafe { libloading::Library::new(name) } {
        Ok(library) => {
            std::mem::forget(library);
            true
        }
        Err(_) => false,
    }
}

struct Segment {
    kind: u32,
    offset: u64,
    address: u64,
    size: u64,
}

pub(super) fn read(path: &Path) -> Option<Vec<String>> {
    let mut file = File::open(path).ok()?;
    let head = bytes(&mut file, 0, 64)?;
    // Magic, 64 bits, little-endian.
    if head.get(..6)? != [0x7f, b'E', b'L', b'F', 2, 1] {
        return None;
    }
    let (table, size, count) = (u64_at(&head, 32)?, u16_at(&head, 54)?, u16_at(&head, 56)?);
    let table = bytes(&mut file, table, u64::from(size) * u64::from(count))?;
    let segments: Vec<Segment> = table
        .chunks_exact(usize::from(size).max(1))
        .filter_map(|entry| {
            Some(Segment {
                kind: u32::from_le_bytes(entry.get(..4)?.try_into().ok()?),
                offset: u64_at(entry, 8)?,
                address: u64_at(entry, 16)?,
                size: u64_at(entry, 32)?,
            })
        })
        .collect();
    let dynamic = segments.iter().find(|segment| segment.kind == PT_DYNAMIC)?;
    let entries = bytes(&mut file, dynamic.offset, dynamic.size)?;
    let entries: Vec<(u64, u64)> = entries
        .chunks_exact(16)
        .filter_map(|entry| Some((u64_at(entry, 0)?, u64_at(entry, 8)?)))
        .take_while(|(tag, _)| *tag != 0)
        .collect();
    let value = |wanted: u64| {
        entries
            .iter()
            .find(|(tag, _)| *tag == wanted)
            .map(|(_, value)| *value)
    };
    let (address, length) = (value(DT_STRTAB)?, value(DT_STRSZ)?);
    let holds = |segment: &&Segment| {
        segment.kind == PT_LOAD
            && (segment.address..segment.address + segment.size).contains(&address)
    };
    let within = segments.iter().find(holds)?;
    let names = bytes(
        &mut file,
        within.offset + (address - within.address),
        length,
    )?;
    let needed = entries.iter().filter(|(tag, _)| *tag == DT_NEEDED);
    Some(needed.filter_map(|(_, at)| name_at(&names, *at)).collect())
}

fn name_at(names: &[u8], at: u64) -> Option<String> {
    let rest = names.get(usize::try_from(at).ok()?..)?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    Some(String::from_utf8_lossy(&rest[..end]).into_owned())
}

fn bytes(file: &mut File, at: u64, count: u64) -> Option<Vec<u8>> {
    if count > BYTES_MAX {
        return None;
    }
    file.seek(SeekFrom::Start(at)).ok()?;
    let mut found = vec![0; usize::try_from(count).ok()?];
    file.read_exact(&mut found).ok()?;
    Some(found)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_needs_of_a_program_are_read() {
        let needed = read(&std::env::current_exe().unwrap()).unwrap();
        assert!(
            needed.iter().any(|name| name.starts_with("libc.so")),
            "{needed:?}"
        );
        let here = std::env::current_exe().unwrap();
        assert!(
            missing(&here, Path::new("/")).is_empty(),
            "it runs, so nothing is missing"
        );
        assert!(!loads("libcudart.so.13.no-such-thing"));
    }

    #[test]
    fn what_is_no_library_needs_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("libx.so");
        for content in [&b""[..], b"\x7fELF", &[0xff; 4096], b"\x7fELF\x02\x01"] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(read(&path), None);
        }
        let mut hostile = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        hostile.truncate(1 << 16);
        hostile[32..40].copy_from_slice(&u64::MAX.to_le_bytes());
        std::fs::write(&path, hostile).unwrap();
        assert_eq!(read(&path), None);
    }
}
