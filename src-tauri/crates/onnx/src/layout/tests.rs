#![allow(clippy::unwrap_used)]
use super::*;

fn sketch(nodes: usize, pairs: &[(u32, u32)]) -> Sketch {
    Sketch {
        sizes: vec![
            Size {
                width: 156.0,
                height: 38.0
            };
            nodes
        ],
        links: pairs
            .iter()
            .map(|(from, to)| Link {
                from: *from,
                to: *to,
                tensor: *from,
            })
            .collect(),
    }
}

/// A stack of blocks with a skip around each, and one tensor that every block takes.
fn tower(blocks: u32, shared: bool) -> Sketch {
    let mut pairs = Vec::new();
    let (mut last, mut next) = (1, 2);
    for _ in 0..blocks {
        let [norm, q, k, v, score, out, add] = std::array::from_fn(|at| next + at as u32);
        next += 7;
        pairs.push((last, norm));
        pairs.extend([q, k, v].map(|part| (norm, part)));
        pairs.extend([
            (q, score),
            (k, score),
            (score, out),
            (v, out),
            (out, add),
            (last, add),
        ]);
        if shared {
            pairs.push((0, score));
        }
        last = add;
    }
    sketch(next as usize, &pairs)
}

fn overlaps(sketch: &Sketch, layout: &Layout) -> usize {
    let mut boxes: Vec<usize> = (0..sketch.sizes.len()).collect();
    boxes.sort_by(|a, b| {
        let (a, b) = (layout.corners[*a], layout.corners[*b]);
        a.y.total_cmp(&b.y).then(a.x.total_cmp(&b.x))
    });
    // Rows never share a height, so that only neighbours of a row can meet.
    boxes
        .windows(2)
        .filter(|pair| {
            let [a, b] = [layout.corners[pair[0]], layout.corners[pair[1]]];
            let size = sketch.sizes[pair[0]];
            a.y + size.height > b.y && a.x + size.width > b.x
        })
        .count()
}

#[test]
fn a_layer_is_below_all_that_it_takes_from_and_inputs_stand_just_above_their_takers() {
    // 0 -> 1 -> 2 -> 3; 4 is taken by 3 alone.
    let found = layers(5, &sketch(5, &[(0, 1), (1, 2), (2, 3), (4, 3)]).links);
    assert_eq!(found.of, [0, 1, 2, 3, 2]);
    assert_eq!(found.count, 4);
    assert_eq!(layers(0, &[]).count, 0);
}

#[test]
fn a_circle_is_drawn_and_orders_nothing() {
    let circle = sketch(4, &[(0, 1), (1, 2), (2, 1), (2, 3), (3, 3)]);
    let found = layers(4, &circle.links);
    assert_eq!(found.backward, [false, false, true, false, true]);
    assert_eq!(found.of, [0, 1, 2, 3]);
    let layout = lay_out(&circle);
    assert_eq!(layout.starts.len(), 6);
    assert_eq!(overlaps(&circle, &layout), 0);
}

#[test]
fn takers_of_one_tensor_share_their_bends() {
    let links = [(0, 1), (1, 2), (2, 3), (0, 3), (0, 2)];
    let sketch = sketch(4, &links);
    let chains = Chains::of(&sketch, &layers(4, &sketch.links));
    // One tensor of node 0, taken on layers 1, 2 and 3: bends on layers 1 and 2.
    assert_eq!(chains.layer, [0, 1, 2, 3, 1, 2]);
    assert_eq!(chains.bends, [4..4, 6..6, 6..6, 4..6, 4..5]);
}

#[test]
fn crossings_are_counted_as_by_hand_and_removed() {
    // Two pairs that cross as they are listed: 0-3, 1-2.
    let crossed = sketch(4, &[(0, 3), (1, 2)]);
    let chains = Chains::of(&crossed, &layers(4, &crossed.links));
    let lower = chains.lower();
    let places = [0, 1, 0, 1];
    assert_eq!(
        order::crossings(&vec![vec![0, 1], vec![2, 3]], &lower, &places),
        1
    );
    let rows = order::order(&chains);
    let mut at = [0; 4];
    for row in &rows {
        for (place, vertex) in (0..).zip(row) {
            at[*vertex as usize] = place;
        }
    }
    assert_eq!(order::crossings(&rows, &lower, &at), 0);
    // Three to three, all joined: nine segments, 3 * 3 crossings (3 over 2, squared).
    let all: Vec<(u32, u32)> = (0..3).flat_map(|a| (3..6).map(move |b| (a, b))).collect();
    let full = sketch(6, &all);
    let chains = Chains::of(&full, &layers(6, &full.links));
    let rows = vec![vec![0, 1, 2], vec![3, 4, 5]];
    assert_eq!(
        order::crossings(&rows, &chains.lower(), &[0, 1, 2, 0, 1, 2]),
        9
    );
}

#[test]
fn a_chain_is_a_straight_line() {
    let chain = sketch(5, &[(0, 1), (1, 2), (2, 3), (3, 4)]);
    let layout = lay_out(&chain);
    assert!(
        layout
            .corners
            .iter()
            .all(|corner| corner.x == layout.corners[0].x)
    );
    assert_eq!(
        (layout.width, layout.height),
        (156.0, 5.0 * 38.0 + 4.0 * 36.0)
    );
}

#[test]
fn no_two_nodes_overlap_and_every_line_goes_down() {
    for shared in [false, true] {
        let tower = tower(300, shared);
        let layout = lay_out(&tower);
        assert_eq!(overlaps(&tower, &layout), 0);
        for (at, link) in tower.links.iter().enumerate() {
            let line = &layout.points[layout.starts[at] as usize..layout.starts[at + 1] as usize];
            let (from, to) = (
                layout.corners[link.from as usize],
                layout.corners[link.to as usize],
            );
            assert_eq!(line[0].y, from.y + 38.0);
            assert_eq!(line.last().unwrap().y, to.y);
            assert!(
                line.windows(2).all(|pair| pair[0].y <= pair[1].y),
                "{line:?}"
            );
        }
        assert_eq!(layout, lay_out(&tower), "the same everywhere");
    }
}

#[test]
fn a_long_column_does_not_lean() {
    for shared in [false, true] {
        let [short, long] = [10, 300].map(|blocks| lay_out(&tower(blocks, shared)).width);
        assert!(long < 1.5 * short, "shared {shared}: {long} beside {short}");
    }
}

#[test]
fn nothing_and_lonely_nodes_are_laid_out_too() {
    let nothing = lay_out(&Sketch::default());
    assert_eq!(
        (nothing.starts.as_slice(), nothing.width, nothing.height),
        (&[0][..], 0.0, 0.0)
    );
    let lonely = sketch(3, &[]);
    let layout = lay_out(&lonely);
    assert_eq!(overlaps(&lonely, &layout), 0);
    assert_eq!(layout.width, 3.0 * 156.0 + 2.0 * 28.0);
}
