//! A scene as the window takes it: a head in JSON, then flat arrays that need no parsing.
//!
//! Little-endian: the length of the head (u32), the head, padded with spaces to four bytes, then in this order
//! - boxes: `x y width height` (f32), kind + category << 8 (u32), `what` (u32), `copy` (u32);
//! - lines: the place of their first point, one more at the end (u32), `from to tensor` (u32); points `x y` (f32);
//! - texts: where each ends in the bytes (u32): title and second line of each box, name and type of each tensor; then the
//!   bytes (UTF-8).

use serde::Serialize;

use super::scene::Scene;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    width: f32,
    height: f32,
    nodes: u32,
    boxes: usize,
    lines: usize,
    points: usize,
    tensors: usize,
    repeats: Vec<(u32, u32, u32)>,
}

impl Scene {
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = Head {
            width: self.size.width,
            height: self.size.height,
            nodes: self.nodes,
            boxes: self.boxes.len(),
            lines: self.lines.len(),
            points: self.lines.iter().map(|line| line.points.len()).sum(),
            tensors: self.tensors.len(),
            repeats: self
                .repeats
                .iter()
                .map(|r| (r.first, r.period, r.copies))
                .collect(),
        };
        let mut head = serde_json::to_vec(&head).unwrap_or_default();
        head.resize(head.len().next_multiple_of(4), b' ');
        let mut bytes = Vec::with_capacity(head.len() + 64 * (self.boxes.len() + self.lines.len()));
        put(&mut bytes, [head.len() as u32]);
        bytes.extend_from_slice(&head);
        self.put_boxes(&mut bytes);
        self.put_lines(&mut bytes);
        self.put_texts(&mut bytes);
        bytes
    }

    fn put_boxes(&self, bytes: &mut Vec<u8>) {
        for drawn in &self.boxes {
            let place = [
                drawn.corner.x,
                drawn.corner.y,
                drawn.size.width,
                drawn.size.height,
            ];
            put(bytes, place.map(f32::to_bits));
        }
        put(
            bytes,
            self.boxes
                .iter()
                .map(|b| b.kind as u32 | (b.category as u32) << 8),
        );
        put(bytes, self.boxes.iter().map(|b| b.what));
        put(bytes, self.boxes.iter().map(|b| b.copy));
    }

    fn put_lines(&self, bytes: &mut Vec<u8>) {
        let mut begun = 0;
        put(
            bytes,
            self.lines.iter().map(|line| {
                let start = begun;
                begun += line.points.len() as u32;
                start
            }),
        );
        put(bytes, [begun]);
        for line in &self.lines {
            put(bytes, [line.from, line.to, line.tensor]);
        }
        for point in self.lines.iter().flat_map(|line| &line.points) {
            put(bytes, [point.x.to_bits(), point.y.to_bits()]);
        }
    }

    fn put_texts(&self, bytes: &mut Vec<u8>) {
        let of_boxes = self.boxes.iter().flat_map(|b| [&b.title, &b.sub]);
        let of_tensors = self.tensors.iter().flat_map(|(name, kind)| [name, kind]);
        let texts: Vec<&String> = of_boxes.chain(of_tensors).collect();
        let mut end = 0;
        put(
            bytes,
            texts.iter().map(|text| {
                end += text.len() as u32;
                end
            }),
        );
        for text in texts {
            bytes.extend_from_slice(text.as_bytes());
        }
    }
}

fn put(bytes: &mut Vec<u8>, numbers: impl IntoIterator<Item = u32>) {
    for number in numbers {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
}
