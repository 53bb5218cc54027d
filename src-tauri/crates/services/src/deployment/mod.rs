//! Gates and one-click deployment to staging.
//!
//! A deployment is all or nothing: fetch, verify, load, smoke, warm and the limits come first; only when they hold does
//! one transaction promote the stage, move the endpoint and write the history. Until then the old version answers.

mod endpoint;
mod figures;
mod gates;
mod history;
mod hosting;
mod plan;
mod proof;
mod report;
mod running;
mod staging;
mod switch;
mod trial;

pub use endpoint::{Endpoint, EndpointState, endpoint_stats, list_endpoints};
pub use gates::check_gates;
pub use history::{Deployment, list_deployments};
pub use hosting::{ServedBy, attend};
pub use plan::{DeploymentPlan, PlanSide, plan_deployment};
pub use report::{
    DeployStep, GateReport, Step, StepState, Watch, gate_summaries, latest_report, limits_of,
};
pub use running::{EndpointInput, reconcile, rollback_endpoint, start_endpoint, stop_endpoint};
pub use switch::{DeployInput, DeployOutcome, deploy_to_staging};
pub use trial::{TryAnswer, TryInput, example_request, try_endpoint};
