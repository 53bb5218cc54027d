//! What stood in Production on a date, answered from the record of stage transitions alone: a version that was moved or
//! deleted since still counts for the time it stood there.

use domain::registry::Stage;
use serde::{Deserialize, Serialize};
use store::registry::{self as rows, TransitionRow};

use super::find::get_model_row;
use crate::Context;
use crate::error::Result;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct ProductionOnInput {
    pub name: String,
    #[specta(type = specta_typescript::Number)]
    pub at_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "camelCase")]
pub struct StoodInProduction {
    #[specta(type = specta_typescript::Number)]
    pub version: i64,
    /// None when the version has been deleted since.
    pub digest: Option<String>,
    pub deleted: bool,
    #[specta(type = specta_typescript::Number)]
    pub since_ms: i64,
    pub promoted_by: String,
    pub reason: String,
    #[specta(type = Option<specta_typescript::Number>)]
    pub until_ms: Option<i64>,
}

/// All versions that stood there at that moment, newest first; several where the policy allows several.
pub async fn production_on(
    ctx: &Context,
    input: ProductionOnInput,
) -> Result<Vec<StoodInProduction>> {
    get_model_row(ctx, &input.name).await?;
    let pool = ctx.store.pool();
    let moves = rows::transitions(pool, &input.name).await?;
    let versions = rows::versions(pool, Some(&input.name)).await?;
    Ok(standing(&moves, input.at_ms)
        .into_iter()
        .map(|(entered, left)| {
            let row = versions.iter().find(|row| row.version == entered.version);
            StoodInProduction {
                version: entered.version,
                digest: row.and_then(|row| row.digest.clone()),
                deleted: row.is_none(),
                since_ms: entered.at_ms,
                promoted_by: entered.actor.clone(),
                reason: entered.reason.clone(),
                until_ms: left.map(|left| left.at_ms),
            }
        })
        .collect())
}

/// The move into Production that held at the moment, and the move that ended it. `moves` come newest first.
fn standing(moves: &[TransitionRow], at_ms: i64) -> Vec<(&TransitionRow, Option<&TransitionRow>)> {
    let mut numbers: Vec<i64> = moves.iter().map(|row| row.version).collect();
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    numbers.dedup();
    numbers
        .into_iter()
        .filter_map(|version| {
            let own = || moves.iter().filter(|row| row.version == version);
            let last = own().find(|row| row.at_ms <= at_ms)?;
            let next = own().rfind(|row| row.at_ms > at_ms);
            (last.to_stage.0 == Stage::Production).then_some((last, next))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::registry::StageText;

    fn moved(version: i64, from: Stage, to: Stage, at_ms: i64) -> TransitionRow {
        TransitionRow {
            transition_id: format!("{at_ms}"),
            name: "m".to_owned(),
            version,
            from_stage: StageText(from),
            to_stage: StageText(to),
            actor: "lead".to_owned(),
            reason: String::new(),
            at_ms,
        }
    }

    #[test]
    fn the_record_answers_for_every_moment() {
        use Stage::{Archived, None as Nowhere, Production, Staging};
        let moves = [
            moved(1, Production, Nowhere, 70), // deleted while it stood there
            moved(1, Staging, Production, 60),
            moved(1, Archived, Staging, 50),
            moved(2, Staging, Production, 40),
            moved(1, Production, Archived, 40),
            moved(1, Staging, Production, 20),
        ];
        let at = |ms| -> Vec<(i64, Option<i64>)> {
            standing(&moves, ms)
                .into_iter()
                .map(|(entered, left)| (entered.version, left.map(|row| row.at_ms)))
                .collect()
        };
        assert_eq!(at(19), []);
        assert_eq!(at(20), [(1, Some(40))]);
        assert_eq!(at(40), [(2, None)]);
        assert_eq!(at(65), [(2, None), (1, Some(70))]);
        assert_eq!(at(70), [(2, None)]);
    }
}
