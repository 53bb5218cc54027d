//! Gates and one-click deployment to staging.
//!
//! A deployment is all or nothing: fetch, verify, load, warm, smoke and the limits come first; only when they hold does
//! one transaction promote the stage, move the endpoint and write the history. Until then the old version answers.

mod endpoints;
mod gates;
mod history;
mod plan;
mod proof;
mod report;
mod switch;

pub use endpoints::{
    Endpoint, EndpointInput, EndpointState, TryAnswer, TryInput, endpoint_stats, example_request,
    list_endpoints, reconcile, rollback_endpoint, start_endpoint, stop_endpoint, try_endpoint,
};
pub use gates::check_gates;
pub use history::{Deployment, list_deployments};
pub use plan::{DeploymentPlan, PlanSide, plan_deployment};
pub use report::{
    DeployStep, GateReport, Step, StepState, Watch, gate_summaries, latest_report, limits_of,
};
pub use switch::{DeployInput, DeployOutcome, VersionInput, deploy_to_staging};
