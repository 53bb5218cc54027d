//! Registered models, their versions, and the stage machine that decides which moves are legal.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where a version stands on its way to live trading.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type,
)]
pub enum Stage {
    None,
    Staging,
    Production,
    Archived,
}

impl Stage {
    pub const ALL: [Self; 4] = [Self::None, Self::Staging, Self::Production, Self::Archived];

    /// The moves that the lifecycle has from here, each with its verb.
    fn lifecycle_moves(self) -> &'static [(Self, MoveVerb)] {
        match self {
            Self::None => &[
                (Self::Staging, MoveVerb::Promote),
                (Self::Archived, MoveVerb::Archive),
            ],
            Self::Staging => &[
                (Self::Production, MoveVerb::Promote),
                (Self::None, MoveVerb::Demote),
            ],
            Self::Production => &[
                (Self::Archived, MoveVerb::Archive),
                (Self::Staging, MoveVerb::Rollback),
            ],
            Self::Archived => &[(Self::Staging, MoveVerb::Restore)],
        }
    }

    /// The moves that the policy allows from here: those of the lifecycle first, then what only the open policy adds.
    pub fn legal_moves(self, policy: StagePolicy) -> Vec<LegalMove> {
        let own = self.lifecycle_moves();
        let legal = |(to, verb, lifecycle)| LegalMove {
            to,
            verb,
            lifecycle,
        };
        let mut moves: Vec<LegalMove> = own
            .iter()
            .map(|(to, verb)| legal((*to, *verb, true)))
            .collect();
        if policy == StagePolicy::Open {
            let others = Self::ALL
                .into_iter()
                .filter(|to| *to != self && !own.iter().any(|(known, _)| known == to));
            moves.extend(others.map(|to| legal((to, to.verb_outside(), false))));
        }
        moves
    }

    /// What a move here is called where the lifecycle has no word for it.
    fn verb_outside(self) -> MoveVerb {
        match self {
            Self::None => MoveVerb::Demote,
            Self::Staging | Self::Production => MoveVerb::Promote,
            Self::Archived => MoveVerb::Archive,
        }
    }

    /// The stage after a move to `to`, or the error that names the moves that would be legal.
    pub fn advance(self, to: Self, policy: StagePolicy) -> Result<Self, IllegalMove> {
        let legal = self.lifecycle_moves().iter().any(|(known, _)| *known == to);
        if legal || policy == StagePolicy::Open {
            Ok(to)
        } else {
            Err(IllegalMove { from: self, to })
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Staging => "Staging",
            Self::Production => "Production",
            Self::Archived => "Archived",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Stage {
    type Err = UnknownStage;

    /// Case does not matter, as in MLflow.
    fn from_str(text: &str) -> Result<Self, UnknownStage> {
        Self::ALL
            .into_iter()
            .find(|stage| stage.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownStage(text.to_owned()))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "Invalid Model Version stage: {0}. Value must be one of None, Staging, Production, Archived."
)]
pub struct UnknownStage(pub String);

/// One arrow of the stage diagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct LegalMove {
    pub to: Stage,
    pub verb: MoveVerb,
    /// One of the seven; any other is legal under the open policy alone.
    pub lifecycle: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub enum MoveVerb {
    Promote,
    Demote,
    Rollback,
    Restore,
    Archive,
}

/// A move that the lifecycle does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IllegalMove {
    pub from: Stage,
    pub to: Stage,
}

impl std::error::Error for IllegalMove {}

impl fmt::Display for IllegalMove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let legal: Vec<String> = self
            .from
            .lifecycle_moves()
            .iter()
            .map(|(to, verb)| format!("{to} ({verb:?})"))
            .collect();
        write!(
            f,
            "a version in {} cannot move to {}; legal moves: {}",
            self.from,
            self.to,
            legal.join(", ")
        )
    }
}

/// `lifecycle` keeps to the seven moves; `open` allows any, as plain MLflow does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "lowercase")]
pub enum StagePolicy {
    #[default]
    Lifecycle,
    Open,
}

impl StagePolicy {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lifecycle => "lifecycle",
            Self::Open => "open",
        }
    }
}

impl FromStr for StagePolicy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "lifecycle" => Ok(Self::Lifecycle),
            "open" => Ok(Self::Open),
            other => Err(format!(
                "unknown stage policy '{other}'; use lifecycle or open"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole table: every pair of stages, legal or not.
    #[test]
    fn exactly_seven_moves_are_legal() {
        let legal = [
            (Stage::None, Stage::Staging),
            (Stage::Staging, Stage::Production),
            (Stage::Staging, Stage::None),
            (Stage::Production, Stage::Archived),
            (Stage::Archived, Stage::Staging),
            (Stage::Production, Stage::Staging),
            (Stage::None, Stage::Archived),
        ];
        for from in Stage::ALL {
            for to in Stage::ALL {
                let expected = legal.contains(&(from, to));
                assert_eq!(
                    from.advance(to, StagePolicy::Lifecycle).is_ok(),
                    expected,
                    "{from} to {to}"
                );
                assert_eq!(
                    from.advance(to, StagePolicy::Open),
                    Ok(to),
                    "open allows {from} to {to}"
                );
            }
        }
    }

    /// What is shown as legal is what would be taken, under either policy; only the seven are marked as the lifecycle's.
    #[test]
    fn the_moves_shown_are_the_moves_taken() {
        for policy in [StagePolicy::Lifecycle, StagePolicy::Open] {
            for from in Stage::ALL {
                let shown = from.legal_moves(policy);
                for to in Stage::ALL.into_iter().filter(|to| *to != from) {
                    let found = shown.iter().find(|m| m.to == to);
                    assert_eq!(
                        found.is_some(),
                        from.advance(to, policy).is_ok(),
                        "{from} to {to}, {policy:?}"
                    );
                    let seven = from.advance(to, StagePolicy::Lifecycle).is_ok();
                    assert!(found.is_none_or(|m| m.lifecycle == seven));
                }
                assert!(shown.iter().all(|m| m.to != from));
            }
        }
        let open = Stage::None.legal_moves(StagePolicy::Open);
        assert_eq!(
            open.last(),
            Some(&LegalMove {
                to: Stage::Production,
                verb: MoveVerb::Promote,
                lifecycle: false
            })
        );
    }

    #[test]
    fn an_illegal_move_names_the_legal_ones() {
        let error = Stage::None
            .advance(Stage::Production, StagePolicy::Lifecycle)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "a version in None cannot move to Production; legal moves: Staging (Promote), Archived (Archive)"
        );
    }

    #[test]
    fn stages_are_read_in_any_case() {
        assert_eq!("staging".parse(), Ok(Stage::Staging));
        assert_eq!("PRODUCTION".parse(), Ok(Stage::Production));
        assert!(
            "Live"
                .parse::<Stage>()
                .unwrap_err()
                .to_string()
                .contains("None, Staging, Production, Archived")
        );
    }
}
