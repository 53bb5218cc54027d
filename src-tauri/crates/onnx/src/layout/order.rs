//! The order within each layer, so that few lines cross: each vertex moves to the mean place of its neighbours, from the
//! top down and from the bottom up, as long as that helps.

use super::chains::Chains;
use super::fan::Fan;

/// The vertices of each layer from left to right.
pub type Rows = Vec<Vec<u32>>;

pub fn order(chains: &Chains) -> Rows {
    let (upper, lower) = (chains.upper(), chains.lower());
    let mut rows = first_found(chains, &lower);
    let mut places = vec![0_u32; chains.layer.len()];
    note(&rows, &mut places);
    let mut best = (crossings(&rows, &lower, &places), rows.clone());
    let mut rounds_without_gain = 0;
    for _ in 0..rounds(chains.layer.len()) {
        if best.0 == 0 || rounds_without_gain == 2 {
            break;
        }
        for row in rows.iter_mut().skip(1) {
            settle(row, &upper, &mut places);
        }
        for row in rows.iter_mut().rev().skip(1) {
            settle(row, &lower, &mut places);
        }
        let crossings = crossings(&rows, &lower, &places);
        rounds_without_gain += 1;
        if crossings < best.0 {
            best = (crossings, rows.clone());
            rounds_without_gain = 0;
        }
    }
    best.1
}

/// More than a handful of rounds rarely helps, and a graph of a hundred thousand vertices is not read line by line.
fn rounds(vertices: usize) -> usize {
    match vertices {
        0..5_000 => 12,
        5_000..50_000 => 6,
        _ => 3,
    }
}

/// In the order in which a walk along the lines, deep before wide, meets them: what hangs together stands together.
fn first_found(chains: &Chains, lower: &Fan) -> Rows {
    let mut rows = vec![Vec::new(); chains.layer_count as usize];
    let mut seen = vec![false; chains.layer.len()];
    let mut path = Vec::new();
    // From the top: what begins lower is met on the way, or comes after what stands above it.
    let mut roots: Vec<u32> = (0..chains.nodes).collect();
    roots.sort_by_key(|root| chains.layer[*root as usize]);
    for root in roots {
        path.push(root);
        while let Some(vertex) = path.pop() {
            if std::mem::replace(&mut seen[vertex as usize], true) {
                continue;
            }
            rows[chains.layer[vertex as usize] as usize].push(vertex);
            path.extend(lower.at(vertex).iter().rev());
        }
    }
    rows
}

fn note(rows: &Rows, places: &mut [u32]) {
    for row in rows {
        for (at, vertex) in (0..).zip(row) {
            places[*vertex as usize] = at;
        }
    }
}

/// Sorts a row by the mean place of each vertex's neighbours; one without any keeps its own.
fn settle(row: &mut [u32], neighbours: &Fan, places: &mut [u32]) {
    let mut wanted: Vec<(f32, u32)> = row
        .iter()
        .map(|vertex| {
            let beside = neighbours.at(*vertex);
            let sum: f32 = beside.iter().map(|b| places[*b as usize] as f32).sum();
            let own = places[*vertex as usize] as f32;
            let mean = if beside.is_empty() {
                own
            } else {
                sum / beside.len() as f32
            };
            (mean, *vertex)
        })
        .collect();
    wanted.sort_by(|a, b| a.0.total_cmp(&b.0));
    for ((at, place), (_, vertex)) in (0..).zip(row.iter_mut()).zip(wanted) {
        *place = vertex;
        places[vertex as usize] = at;
    }
}

/// How many pairs of segments cross (Barth, Jünger, Mutzel 2002: inversions, counted in a tree of sums).
pub fn crossings(rows: &Rows, lower: &Fan, places: &[u32]) -> u64 {
    let mut crossings = 0;
    let mut ends = Vec::new();
    let mut sums: Vec<u32> = Vec::new();
    for pair in rows.windows(2) {
        ends.clear();
        for vertex in &pair[0] {
            let begun = ends.len();
            ends.extend(
                lower
                    .at(*vertex)
                    .iter()
                    .map(|below| places[*below as usize]),
            );
            ends[begun..].sort_unstable();
        }
        sums.clear();
        sums.resize(pair[1].len() + 1, 0);
        for (counted, end) in (0_u64..).zip(&ends) {
            crossings += counted - u64::from(up_to(&sums, *end));
            add(&mut sums, *end);
        }
    }
    crossings
}

/// How many ends at this place or left of it were counted.
fn up_to(sums: &[u32], place: u32) -> u32 {
    let (mut at, mut sum) = (place as usize + 1, 0);
    while at > 0 {
        sum += sums[at];
        at &= at - 1;
    }
    sum
}

fn add(sums: &mut [u32], place: u32) {
    let mut at = place as usize + 1;
    while at < sums.len() {
        sums[at] += 1;
        at += at & at.wrapping_neg();
    }
}
