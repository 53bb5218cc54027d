//! Gates and one-click deployment to staging.
//!
//! A deployment is all or nothing: fetch, verify, load, smoke, warm and the limits come first; only when they hold does
//! one transaction promote the stage, move the endpoint and write the history. Until then the old version answers.

mod endpoint;
mod history;
mod hosting;
mod plan;
mod running;
mod staging;
mod switch;
mod trial;

pub use crate::gates::{
    DeployStep, GateReport, Step, StepState, Watch, check_gates, latest_report,
};
pub use endpoint::{Endpoint, EndpointState, endpoint_stats, list_endpoints};
pub use history::{Deployment, list_deployments};
pub use hosting::{ServedBy, attend};
pub use plan::{DeploymentPlan, PlanSide, plan_deployment};
pub use running::{EndpointInput, reconcile, rollback_endpoint, start_endpoint, stop_endpoint};
pub use switch::{DeployInput, DeployOutcome, deploy_to_staging};
pub use trial::{TryAnswer, TryInput, example_request, try_endpoint};
