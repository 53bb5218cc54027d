//! What goes through the pipes: a byte for its kind, eight for its length, and that many bytes.

use std::io::{self, Read, Write};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The caller's first: what may be read, and how much may be used.
    Hello = 1,
    /// The worker's first: it is confined, and waits.
    Ready = 2,
    /// A job: eight bytes of processor seconds, its name, a zero byte, its request.
    Call = 3,
    /// Stop the job under way.
    Cancel = 4,
    Progress = 5,
    Answer = 6,
    Failed = 7,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Hello,
        Self::Ready,
        Self::Call,
        Self::Cancel,
        Self::Progress,
        Self::Answer,
        Self::Failed,
    ];
}

/// Writes one frame whose content is the `parts` in their order.
pub(super) fn write(out: &mut impl Write, kind: Kind, parts: &[&[u8]]) -> io::Result<()> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut head = [0; 9];
    head[0] = kind as u8;
    head[1..].copy_from_slice(&(length as u64).to_le_bytes());
    out.write_all(&head)?;
    for part in parts {
        out.write_all(part)?;
    }
    out.flush()
}

/// The next frame; `None` where the pipe ends between two.
pub(super) fn read(from: &mut impl Read, bytes_max: u64) -> io::Result<Option<(Kind, Vec<u8>)>> {
    let mut head = [0; 9];
    if from.read(&mut head[..1])? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut head[1..])?;
    let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let kind = Kind::ALL.into_iter().find(|kind| *kind as u8 == head[0]);
    let kind = kind.ok_or_else(|| wrong(format!("byte {} begins no frame", head[0])))?;
    let mut length = [0; 8];
    length.copy_from_slice(&head[1..]);
    let length = u64::from_le_bytes(length);
    if length > bytes_max {
        return Err(wrong(format!(
            "a frame of {length} bytes, where {bytes_max} are the most"
        )));
    }
    // Grows with what really comes: a length alone must not cost memory.
    let mut content = Vec::with_capacity(length.min(1 << 20) as usize);
    from.take(length).read_to_end(&mut content)?;
    if content.len() as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some((kind, content)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn frames_come_out_as_they_went_in() {
        let mut pipe = Vec::new();
        write(&mut pipe, Kind::Call, &[b"run\0", b"request"]).unwrap();
        write(&mut pipe, Kind::Cancel, &[]).unwrap();
        let mut from = pipe.as_slice();
        let first = read(&mut from, 100).unwrap();
        assert_eq!(first, Some((Kind::Call, b"run\0request".to_vec())));
        assert_eq!(read(&mut from, 100).unwrap(), Some((Kind::Cancel, vec![])));
        assert_eq!(read(&mut from, 100).unwrap(), None);
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        let long = [&[6][..], &u64::MAX.to_le_bytes()].concat();
        let cut = [&[6][..], &5_u64.to_le_bytes(), b"abc"].concat();
        for (bytes, expected) in [
            (b"hello, world".to_vec(), "begins no frame"),
            (long, "are the most"),
            (cut, "unexpected end"),
            (vec![6, 0], "failed to fill"),
        ] {
            let refused = read(&mut bytes.as_slice(), 1 << 20)
                .unwrap_err()
                .to_string();
            assert!(refused.contains(expected), "{expected}: {refused}");
        }
    }
}
