use domain::artifact::{ArtifactPath, Digest};
use store::Store;
use store::artifacts as rows;
use store::trash::{self, Deletion};

use crate::write;

fn path(text: &str) -> ArtifactPath {
    ArtifactPath::parse(text).unwrap()
}

async fn beneath(store: &Store, folder: &str) -> Vec<String> {
    let rows = rows::beneath(store.pool(), &path(folder)).await.unwrap();
    rows.into_iter().map(|row| row.path).collect()
}

pub async fn paths_point_at_blobs(store: &Store) {
    let (one, two) = (Digest::from_bytes([1; 32]), Digest::from_bytes([2; 32]));
    write(store, async |mut tx| {
        for name in [
            "9/r/artifacts/a_b/x",
            "9/r/artifacts/aXb/x",
            "9/r/artifacts/a%b/y",
            "9/r/artifacts/Z",
            "9/r2/artifacts/x",
        ] {
            rows::set(&mut tx, &path(name), &one, 5, 10).await.unwrap();
        }
        rows::set(&mut tx, &path("9/r/artifacts/Z"), &two, i64::MAX, 11)
            .await
            .unwrap();
        (tx, ())
    })
    .await;
    let replaced = rows::get(store.pool(), &path("9/r/artifacts/Z"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((&replaced.sha256, replaced.size_bytes), (&two, i64::MAX));
    // `_` and `%` in names stand for themselves.
    assert_eq!(
        beneath(store, "9/r/artifacts/a_b").await,
        ["9/r/artifacts/a_b/x"]
    );
    assert_eq!(
        beneath(store, "9/r/artifacts/a%b").await,
        ["9/r/artifacts/a%b/y"]
    );
    assert_eq!(beneath(store, "9/r").await.len(), 4);
    assert_eq!(beneath(store, "9").await.len(), 5);
    assert_eq!(
        beneath(store, "9/r/artifacts/a").await,
        Vec::<String>::new()
    );

    write(store, async |mut tx| {
        let clash =
            async |tx: &mut store::Tx, name: &str| rows::clash(tx, &path(name)).await.unwrap();
        assert_eq!(
            clash(&mut tx, "9/r/artifacts/Z/below").await.as_deref(),
            Some("9/r/artifacts/Z")
        );
        assert_eq!(
            clash(&mut tx, "9/r/artifacts/a_b").await.as_deref(),
            Some("9/r/artifacts/a_b/x")
        );
        assert_eq!(clash(&mut tx, "9/r/artifacts/Z").await, None);
        assert_eq!(clash(&mut tx, "9/r/artifacts/new/file").await, None);
        let discard = async |tx: &mut store::Tx, trash_id: &str, name: &str| {
            let deletion = Deletion {
                trash_id,
                at_ms: 12,
                by: "ada",
            };
            let moved = trash::discard(tx, &path(name), &deletion).await;
            moved.unwrap()
        };
        assert_eq!(discard(&mut tx, "t1", "9/r/artifacts/a_b").await, 1);
        assert_eq!(discard(&mut tx, "t2", "9/r/artifacts/a_b").await, 0);
        assert_eq!(discard(&mut tx, "t3", "9/r").await, 3);
        assert_eq!(trash::totals(&mut tx).await.unwrap(), (2, 4));
        let free = async |tx: &mut store::Tx, name: &str| {
            let set = rows::set_where_free(tx, &path(name), &two, 6, 12).await;
            set.unwrap()
        };
        assert!(!free(&mut tx, "9/r2/artifacts/x").await);
        assert!(free(&mut tx, "9/r2/artifacts/y").await);
        assert_eq!(trash::take_out(&mut tx, "t1").await.unwrap(), 1);
        assert_eq!(trash::take_out(&mut tx, "t3").await.unwrap(), 3);
        (tx, ())
    })
    .await;
    assert_eq!(
        beneath(store, "9").await,
        ["9/r2/artifacts/x", "9/r2/artifacts/y"]
    );
    let kept = rows::get(store.pool(), &path("9/r2/artifacts/x")).await;
    assert_eq!(kept.unwrap().unwrap().sha256, one);
}
