//! Where across the page each vertex stands: as near to its neighbours as its row allows.
//!
//! A row keeps its order and its gaps. What lies nearest to the wanted places, in weighted squares, is an isotonic
//! regression once each gap is subtracted; pooling adjacent violators (Barlow et al. 1972) finds it in one pass.

use super::Sketch;
use super::chains::Chains;
use super::fan::Fan;
use super::order::Rows;

const NODE_GAP: f64 = 28.0;
const BEND_GAP: f64 = 16.0;

/// The middle of every vertex, across the page.
pub fn middles(sketch: &Sketch, chains: &Chains, rows: &Rows) -> Vec<f64> {
    let (upper, lower) = (chains.upper(), chains.lower());
    let half: Vec<f64> = (0..chains.layer.len())
        .map(|vertex| {
            sketch
                .sizes
                .get(vertex)
                .map_or(0.0, |size| f64::from(size.width) / 2.0)
        })
        .collect();
    let page = Page { chains, half };
    let mut middles = vec![0.0; chains.layer.len()];
    for row in rows {
        page.settle(row, &mut middles, |_| (0.0, 1.0));
    }
    let rounds = if chains.layer.len() < 50_000 { 6 } else { 2 };
    for _ in 0..rounds {
        for row in rows.iter().skip(1) {
            page.follow(row, &mut middles, &[&upper]);
        }
        for row in rows.iter().rev().skip(1) {
            page.follow(row, &mut middles, &[&lower]);
        }
    }
    for row in rows {
        page.follow(row, &mut middles, &[&upper, &lower]);
    }
    page.straighten(rows, &upper, &mut middles);
    for row in rows {
        page.gather(row, &mut middles, &[&upper, &lower]);
    }
    middles
}

struct Page<'c> {
    chains: &'c Chains,
    /// Half the width of every vertex.
    half: Vec<f64>,
}

impl Page<'_> {
    /// Moves a row towards the means of its neighbours.
    fn follow(&self, row: &[u32], middles: &mut [f64], sides: &[&Fan]) {
        let wanted: Vec<(f64, f64)> = row
            .iter()
            .map(|vertex| {
                let (mut sum, mut weights) = (0.0, 0.0);
                for beside in sides.iter().flat_map(|side| side.at(*vertex)) {
                    let weight = self.weight(*vertex, *beside);
                    sum += weight * middles[*beside as usize];
                    weights += weight;
                }
                if weights == 0.0 {
                    (middles[*vertex as usize], 0.01)
                } else {
                    (sum / weights, weights)
                }
            })
            .collect();
        let mut wanted = wanted.into_iter();
        self.settle(row, middles, |_| wanted.next().unwrap_or((0.0, 1.0)));
    }

    /// Shifts each row as a whole, which keeps its gaps, so that half of the weight that comes down to it comes straight.
    /// What a row wants by its neighbours' means is a little aside of them; over thousands of rows a column would lean.
    fn straighten(&self, rows: &Rows, upper: &Fan, middles: &mut [f64]) {
        let mut aside: Vec<(f64, f64)> = Vec::new();
        for row in rows.iter().skip(1) {
            aside.clear();
            for vertex in row {
                for above in upper.at(*vertex) {
                    let by = middles[*above as usize] - middles[*vertex as usize];
                    aside.push((by, self.weight(*vertex, *above)));
                }
            }
            let by = weighted_median(&mut aside);
            for vertex in row {
                middles[*vertex as usize] += by;
            }
        }
    }

    /// Brings what no line holds up to its neighbour in the row, whom the lines may have drawn far away.
    fn gather(&self, row: &[u32], middles: &mut [f64], sides: &[&Fan]) {
        let held = |vertex: &u32| sides.iter().any(|side| !side.at(*vertex).is_empty());
        let Some(first) = row.iter().position(held) else {
            return;
        };
        for at in (0..first).rev() {
            let (lonely, beside) = (row[at], row[at + 1]);
            middles[lonely as usize] = middles[beside as usize] - self.apart(lonely, beside);
        }
        for at in first + 1..row.len() {
            let (beside, lonely) = (row[at - 1], row[at]);
            if !held(&lonely) {
                let place = middles[beside as usize] + self.apart(beside, lonely);
                middles[lonely as usize] = middles[lonely as usize].min(place);
            }
        }
    }

    /// Long lines want to be straight more than short ones do (Gansner et al. 1993).
    fn weight(&self, a: u32, b: u32) -> f64 {
        match (self.chains.is_bend(a), self.chains.is_bend(b)) {
            (true, true) => 8.0,
            (false, false) => 1.0,
            _ => 2.0,
        }
    }

    /// Gives a row the places nearest to those wanted, each with its weight.
    fn settle(&self, row: &[u32], middles: &mut [f64], mut wanted: impl FnMut(u32) -> (f64, f64)) {
        let mut pools: Vec<Pool> = Vec::with_capacity(row.len());
        let mut from_first = Vec::with_capacity(row.len());
        let mut reach = 0.0;
        for (at, vertex) in row.iter().enumerate() {
            if at > 0 {
                reach += self.apart(row[at - 1], *vertex);
            }
            from_first.push(reach);
            let (place, weight) = wanted(*vertex);
            pools.push(Pool {
                sum: (place - reach) * weight,
                weight,
                length: 1,
            });
            while let [.., left, right] = pools.as_slice()
                && left.mean() >= right.mean()
            {
                let right = *right;
                pools.pop();
                if let Some(left) = pools.last_mut() {
                    left.take(right);
                }
            }
        }
        let settled = pools
            .iter()
            .flat_map(|pool| std::iter::repeat_n(pool.mean(), pool.length));
        for ((vertex, from_first), place) in row.iter().zip(from_first).zip(settled) {
            middles[*vertex as usize] = place + from_first;
        }
    }

    /// The least distance between the middles of neighbours in a row.
    fn apart(&self, left: u32, right: u32) -> f64 {
        let bend = self.chains.is_bend(left) || self.chains.is_bend(right);
        let gap = if bend { BEND_GAP } else { NODE_GAP };
        self.half[left as usize] + gap + self.half[right as usize]
    }
}

/// The value with half of the weight on either side; 0 of nothing.
fn weighted_median(values: &mut [(f64, f64)]) -> f64 {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = values.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut passed = 0.0;
    let found = values.iter().find(|(_, weight)| {
        passed += weight;
        passed >= half
    });
    found.map_or(0.0, |(value, _)| *value)
}

/// Neighbours that want to pass each other, and move as one.
#[derive(Debug, Clone, Copy)]
struct Pool {
    sum: f64,
    weight: f64,
    length: usize,
}

impl Pool {
    fn mean(&self) -> f64 {
        self.sum / self.weight
    }

    fn take(&mut self, other: Self) {
        self.sum += other.sum;
        self.weight += other.weight;
        self.length += other.length;
    }
}
