//! A name for a run that was given none: an adjective and a noun of the sea, and a number.

const ADJECTIVES: [&str; 32] = [
    "able", "amber", "bold", "brisk", "calm", "clear", "crisp", "deep", "eager", "fair", "fleet",
    "fresh", "gentle", "grand", "hardy", "keen", "level", "light", "lucid", "merry", "noble",
    "quick", "quiet", "rapid", "ready", "royal", "sharp", "steady", "stout", "swift", "trim",
    "vivid",
];
const NOUNS: [&str; 32] = [
    "anchor", "barge", "beacon", "bow", "brig", "buoy", "cable", "captain", "clipper", "compass",
    "current", "cutter", "deck", "ferry", "frigate", "galley", "harbor", "helm", "hull", "keel",
    "ketch", "mast", "pilot", "port", "quay", "rudder", "sail", "schooner", "sextant", "sloop",
    "tide", "yawl",
];

/// `steady-keel-417`, chosen by the bytes given.
pub(super) fn run_name(random: uuid::Uuid) -> String {
    let bytes = random.as_bytes();
    let adjective = ADJECTIVES[usize::from(bytes[0]) % ADJECTIVES.len()];
    let noun = NOUNS[usize::from(bytes[1]) % NOUNS.len()];
    let number = u16::from_le_bytes([bytes[2], bytes[3]]) % 1000;
    format!("{adjective}-{noun}-{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_from_the_bytes() {
        assert_eq!(run_name(uuid::Uuid::from_bytes([0; 16])), "able-anchor-0");
        assert_eq!(
            run_name(uuid::Uuid::from_bytes([255; 16])),
            "vivid-yawl-535"
        );
    }
}
