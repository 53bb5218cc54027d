//! Attention in one node.

use super::super::view::{Found, View, Work, times, unknown, volume};

/// Scale, and softmax as it is counted by itself.
const SCORE: u128 = 6;

pub fn work(view: &View<'_>) -> Option<Found> {
    Some(match (view.domain(), view.op()) {
        ("", "Attention") => standard(view),
        ("com.microsoft", "MultiHeadAttention") => multi_head(view),
        ("com.microsoft", "Attention") => projected(view),
        _ => return None,
    })
}

struct Heads {
    /// Batch times heads of the queries.
    heads: u128,
    queries: u64,
    keys: u64,
    /// Numbers of one head in a key, and in a value.
    key: u64,
    value: u64,
}

/// Queries times keys, then shares times values: `heads Sq Sk (d + dv)` MACs; each score is scaled, masked where there is a
/// mask, and takes part in a softmax (Vaswani et al., "Attention Is All You Need", 2017, eq. 1).
fn counted(of: &Heads, masked: bool) -> Work {
    let scores = times(&[of.heads, of.queries.into(), of.keys.into()]);
    let rows = times(&[of.heads, of.queries.into()]);
    let each = SCORE + u128::from(masked);
    Work {
        macs: times(&[scores, u128::from(of.key) + u128::from(of.value)]),
        flops: times(&[scores, each]).saturating_sub(times(&[rows, 2])),
        at_most: false,
    }
}

fn standard(view: &View<'_>) -> Found {
    let (q, k, v) = (view.input(0)?, view.input(1)?, view.input(2)?);
    let past = if view.has_input(4) {
        view.input(4)?.get(2).copied().unwrap_or(0)
    } else {
        0
    };
    let heads = match (&q[..], &k[..], &v[..]) {
        (&[batch, heads, queries, key], &[_, _, keys, _], &[_, _, _, value]) => Heads {
            heads: times(&[batch.into(), heads.into()]),
            queries,
            keys: keys + past,
            key,
            value,
        },
        (&[batch, queries, width], &[_, keys, _], &[_, _, values]) => {
            let count = |name: &str| u64::try_from(view.int(name, 0)).ok().filter(|n| *n > 0);
            let (Some(heads), Some(kv)) = (count("q_num_heads"), count("kv_num_heads")) else {
                return Err(unknown("it does not say how many heads it has"));
            };
            Heads {
                heads: times(&[batch.into(), heads.into()]),
                queries,
                keys: keys + past,
                key: width / heads,
                value: values / kv,
            }
        }
        _ => return Err(unknown(format!("its queries have rank {}", q.len()))),
    };
    Ok(counted(&heads, view.has_input(3)))
}

fn multi_head(view: &View<'_>) -> Found {
    let (q, k, v) = (view.input(0)?, view.input(1)?, view.input(2)?);
    let heads = u64::try_from(view.int("num_heads", 0)).unwrap_or(0);
    let (&[batch, queries, width], &[_, keys, _], &[_, _, values]) = (&q[..], &k[..], &v[..])
    else {
        return Err(unknown("its queries, keys and values are packed together"));
    };
    if heads == 0 || view.has_input(6) {
        return Err(unknown("how many keys it sees is not known"));
    }
    let of = Heads {
        heads: times(&[batch.into(), heads.into()]),
        queries,
        keys,
        key: width / heads,
        value: values / heads,
    };
    let biased = if view.has_input(3) {
        volume(&q) + volume(&k) + volume(&v)
    } else {
        0
    };
    Ok(counted(&of, view.has_input(4) || view.has_input(5)).and(biased))
}

/// The projections to queries, keys and values come first.
fn projected(view: &View<'_>) -> Found {
    let (x, w) = (view.input(0)?, view.input(1)?);
    let heads = u64::try_from(view.int("num_heads", 0)).unwrap_or(0);
    let (&[batch, steps, width], &[_, out]) = (&x[..], &w[..]) else {
        return Err(unknown(format!("its input has rank {}", x.len())));
    };
    if heads == 0 || view.has_input(4) || !view.ints("qkv_hidden_sizes").is_empty() {
        return Err(unknown("how many keys it sees is not known"));
    }
    let head = out / 3 / heads;
    let of = Heads {
        heads: times(&[batch.into(), heads.into()]),
        queries: steps,
        keys: steps,
        key: head,
        value: head,
    };
    let rows = times(&[batch.into(), steps.into(), out.into()]);
    let work = counted(&of, view.has_input(3) || view.has_input(5));
    let biased = if view.has_input(2) { rows } else { 0 };
    Ok(Work {
        macs: work.macs.saturating_add(times(&[rows, width.into()])),
        ..work
    }
    .and(biased))
}
