//! Who is beside whom: lists of neighbours in two flat arrays.

/// For each vertex, its items.
#[derive(Debug, Clone)]
pub struct Fan {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Fan {
    /// From pairs of a vertex and an item; the items of one vertex stay in their order.
    pub fn of(vertices: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0_u32; vertices + 1];
        for (vertex, _) in pairs.clone() {
            starts[vertex as usize + 1] += 1;
        }
        for at in 0..vertices {
            starts[at + 1] += starts[at];
        }
        let mut free = starts.clone();
        let mut items = vec![0; starts[vertices] as usize];
        for (vertex, item) in pairs {
            let at = &mut free[vertex as usize];
            items[*at as usize] = item;
            *at += 1;
        }
        Self { starts, items }
    }

    pub fn at(&self, vertex: u32) -> &[u32] {
        let vertex = vertex as usize;
        &self.items[self.starts[vertex] as usize..self.starts[vertex + 1] as usize]
    }
}
