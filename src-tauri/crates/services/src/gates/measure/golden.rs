//! Golden outputs: the logged input example gives what the trainer logged for it.

use domain::gates::{Fact, GoldenFact, GoldenGate};
use engine::Tensor;
use engine::golden::{ExpectedOutput, GoldenResult};

use crate::error::ServiceError;
use crate::models::MaterialisedModel;

/// What the trainer logged, or why nothing can be compared.
///
/// # Errors
/// None of its own: a file that cannot be read is the model's failure.
pub(in crate::gates) async fn expected_of(
    files: &MaterialisedModel,
) -> std::result::Result<ExpectedOutput, Fact<GoldenFact>> {
    let missing = |what: &str| {
        Fact::Missing(format!(
            "no {what} was logged with this version, so nothing can be compared"
        ))
    };
    if files.input_example.is_none() {
        return Err(missing("input example"));
    }
    let Some(path) = &files.expected_output else {
        return Err(missing("expected_output.json"));
    };
    let read = async {
        let text = tokio::fs::read_to_string(path)
            .await
            .map_err(ServiceError::io(format!("cannot read {}", path.display())))?;
        Ok::<_, ServiceError>(engine::golden::parse(&text)?)
    };
    read.await.map_err(|error| Fact::Failed(error.to_string()))
}

/// Compares. The trainer's own tolerance counts where it is stricter than the gate's; it never loosens it.
pub(in crate::gates) fn golden_outputs(
    expected: &ExpectedOutput,
    outputs: &[(String, Tensor)],
    gate: GoldenGate,
) -> Fact<GoldenFact> {
    let held = GoldenGate {
        rtol: expected.rtol.map_or(gate.rtol, |own| own.min(gate.rtol)),
        atol: expected.atol.map_or(gate.atol, |own| own.min(gate.atol)),
    };
    summed(
        &engine::golden::check(expected, outputs, held.rtol, held.atol),
        held,
    )
}

fn summed(results: &[GoldenResult], held: GoldenGate) -> Fact<GoldenFact> {
    let (mut elements, mut outside, mut max_abs) = (0, 0, 0.0_f64);
    for golden in results {
        match &golden.result {
            Ok(compared) => {
                elements += compared.elements as u64;
                outside += compared.outside as u64;
                max_abs = max_abs.max(compared.max_abs);
            }
            Err(reason) => return Fact::Failed(format!("{}: {reason}", golden.output)),
        }
    }
    Fact::Measured(GoldenFact {
        outputs: results.len() as u64,
        elements,
        outside,
        max_abs: Some(max_abs).filter(|x| x.is_finite()),
        rtol: held.rtol,
        atol: held.atol,
    })
}
