//! Measuring what a gate file asks, in the order in which it costs: files, size, graph, load, placement, golden outputs,
//! then what is measured under load.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::deployment::Verdict;
use domain::gates::{
    Fact, Facts, FilesFact, GateFile, LoadRun, LoadedFact, MemoryFact, PlacementFact, judge,
};
use engine::job::{SmokeJob, SmokeLoaded};
use engine::{ModelOptions, Provider};

use super::chosen::ChosenGateFile;
use super::hands::Hands;
use super::measure;
use super::run::Opponent;
use super::watch::{DeployStep, Step, StepState, Watch};
use crate::engine::POOL_SIZE;
use crate::error::{Result, ServiceError};
use crate::models::{MaterialisedModel, sample_of};

/// One run of the gates while it goes on.
pub(super) struct Walk<'a> {
    pub file: &'a GateFile,
    /// Of a gate file on disk.
    pub folder: Option<&'a Path>,
    pub hands: &'a Hands,
    pub watch: Watch<'a>,
    pub facts: Facts,
    /// Of ONNX Runtime, as soon as one has loaded the model.
    pub runtime_version: Option<String>,
}

impl<'a> Walk<'a> {
    pub fn new(chosen: &'a ChosenGateFile, hands: &'a Hands, watch: Watch<'a>) -> Self {
        Self {
            file: &chosen.file,
            folder: chosen.folder.as_deref(),
            hands,
            watch,
            facts: Facts::default(),
            runtime_version: None,
        }
    }

    /// From the verified files on. Ends early where nothing more can be measured; what was not reached stays so.
    pub async fn run(
        &mut self,
        files: &MaterialisedModel,
        registered: bool,
        opponent: &Opponent<'_>,
    ) -> Result<()> {
        self.structure(files, registered, opponent).await?;
        self.watch.cancel.check()?;
        if self.smoke(files).await? {
            self.parity(files).await?;
            self.under_load(files).await?;
            self.regression(files, opponent).await?;
        }
        Ok(())
    }

    /// What the files are and what the graph says.
    async fn structure(
        &mut self,
        files: &MaterialisedModel,
        registered: bool,
        opponent: &Opponent<'_>,
    ) -> Result<()> {
        self.facts.files = Fact::Measured(FilesFact {
            files: files.files.len() as u64,
            digest: files.digest.clone(),
            registered,
        });
        self.facts.size_bytes = Fact::Measured(files.size_bytes.unsigned_abs());
        self.tell(Step::Verify, &["digest", "size"]);
        if self.file.opset.is_some() || self.file.signature.is_some() {
            self.facts.graph = measure::graph_of(files.onnx_path.clone(), None).await;
            let other = self.file.signature.as_ref().and_then(|gate| gate.same_as);
            if let Some(against) = other {
                self.facts.same_as = opponent.graph(against).await?;
            }
            self.tell(Step::Verify, &["opset", "signature"]);
        }
        Ok(())
    }

    /// Loads as the placement gate asks, sees where the nodes went, and runs the input example. Whether it loaded and ran.
    async fn smoke(&mut self, files: &MaterialisedModel) -> Result<bool> {
        self.watch.running(Step::Load, "loading into ONNX Runtime");
        let expected = measure::expected_of(files).await;
        let runs = self.file.memory.is_some() || (self.file.golden.is_some() && expected.is_ok());
        let job = SmokeJob {
            path: files.onnx_path.clone(),
            options: self.options()?,
            inputs: if runs {
                Some(sample_of(files).await?)
            } else {
                None
            },
        };
        let loaded: Arc<Mutex<Option<SmokeLoaded>>> = Arc::default();
        let heard = Arc::clone(&loaded);
        let hear = move |told| *heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
        let (hands, cancel) = (self.hands, self.watch.cancel);
        let answer = hands.call(job, Duration::ZERO, hear, cancel).await?;
        let loaded = loaded.lock().unwrap_or_else(PoisonError::into_inner).take();
        let is_loaded = loaded.is_some();
        match (loaded, &answer) {
            (Some(loaded), _) => self.loaded(loaded),
            (None, Err(error)) => {
                self.facts.loaded = measure::blamed(error);
                self.facts.placement = measure::blamed(error);
            }
            (None, Ok(_)) => {}
        }
        self.tell(Step::Load, &["load", "provider"]);
        if !is_loaded {
            return Ok(false);
        }
        if let Some(gate) = self.file.golden {
            self.watch.running(Step::Smoke, "running the input example");
            self.facts.golden = match (&expected, &answer) {
                (Err(why), _) => why.clone(),
                (Ok(_), Err(error)) => measure::blamed(error),
                (Ok(expected), Ok(answer)) => {
                    measure::golden_outputs(expected, &answer.outputs, gate)
                }
            };
            self.tell(Step::Smoke, &["golden"]);
        }
        if self.file.memory.is_some() {
            self.facts.memory = match answer.as_ref().map(|answer| answer.peak_rss_bytes) {
                Err(error) => measure::blamed(error),
                Ok(Some(peak_rss_bytes)) if matches!(hands, Hands::Workers(_)) => {
                    Fact::Measured(MemoryFact { peak_rss_bytes })
                }
                Ok(_) => {
                    Fact::Missing("this system does not tell the peak of a process".to_owned())
                }
            };
            self.tell(Step::Smoke, &["memory"]);
        }
        Ok(true)
    }

    fn loaded(&mut self, loaded: SmokeLoaded) {
        self.facts.loaded = Fact::Measured(LoadedFact {
            load_ms: loaded.load_ms,
        });
        let placed = loaded.provider.placements.into_iter();
        self.facts.placement = Fact::Measured(PlacementFact {
            requested: loaded.provider.requested,
            placed: placed.map(|p| (p.provider, p.nodes)).collect(),
            fell_back_to_cpu: loaded.provider.fell_back_to_cpu,
        });
        self.runtime_version = Some(loaded.runtime_version);
    }

    async fn parity(&mut self, files: &MaterialisedModel) -> Result<()> {
        let Some(gate) = &self.file.parity else {
            return Ok(());
        };
        self.watch
            .running(Step::Smoke, format!("running the rows of {}", gate.data));
        let found = measure::data_file(&gate.data, files, self.folder);
        self.facts.parity = match found {
            Ok(data) => measure::parity(&self.model(files)?, gate, data).await?,
            Err(reason) => Fact::Missing(reason),
        };
        self.tell(Step::Smoke, &["parity"]);
        Ok(())
    }

    async fn under_load(&mut self, files: &MaterialisedModel) -> Result<()> {
        let file = self.file;
        let throughput = file.throughput.as_ref().map(|gate| &gate.load);
        let model = self.model(files)?;
        for load in file.loads() {
            self.watch.cancel.check()?;
            let key = load.key();
            self.watch.running(Step::Warm, format!("measuring, {key}"));
            let result = measure::under_load(&model, load, throughput == Some(load)).await?;
            let ids = file.gates_of_load(&key);
            self.facts.loads.push(LoadRun { load: key, result });
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            self.tell(Step::Warm, &ids);
        }
        Ok(())
    }

    async fn regression(
        &mut self,
        files: &MaterialisedModel,
        opponent: &Opponent<'_>,
    ) -> Result<()> {
        let Some(gate) = &self.file.regression else {
            return Ok(());
        };
        self.watch.cancel.check()?;
        let other = opponent.files(gate.against).await?;
        self.facts.regression = match other {
            Ok((other, called)) => {
                self.watch
                    .running(Step::Warm, format!("measuring in turns with {called}"));
                measure::regression(&self.model(files)?, gate, &other, called).await?
            }
            Err(reason) => Fact::Missing(reason),
        };
        self.tell(Step::Warm, &["regression"]);
        Ok(())
    }

    fn model<'m>(&self, files: &'m MaterialisedModel) -> Result<measure::Loaded<'m>>
    where
        'a: 'm,
    {
        Ok(measure::Loaded {
            hands: self.hands,
            files,
            options: self.options()?,
            folder: self.folder,
            cancel: self.watch.cancel,
        })
    }

    /// As the model is served, so that what is measured is what will answer.
    fn options(&self) -> Result<ModelOptions> {
        let asked = self.file.placement.as_ref();
        let provider: Provider = asked
            .map_or("cpu", |gate| gate.provider.as_str())
            .parse()
            .map_err(|problem: String| ServiceError::invalid("placement.provider", problem))?;
        let mut providers = vec![provider];
        if provider != Provider::Cpu {
            providers.push(Provider::Cpu);
        }
        Ok(ModelOptions {
            providers,
            pool_size: POOL_SIZE,
            ..ModelOptions::default()
        })
    }

    /// Sends the lines of these gates, judged by what is known now.
    fn tell(&self, step: Step, ids: &[&str]) {
        for check in judge(self.file, &self.facts) {
            if ids.contains(&check.id.as_str()) {
                let state = if check.verdict == Verdict::Fail {
                    StepState::Failed
                } else {
                    StepState::Done
                };
                (self.watch.progress)(DeployStep {
                    step,
                    state,
                    detail: check.measured.clone(),
                    check: Some(check),
                });
            }
        }
    }

    pub fn fetched(&self, files: usize) {
        (self.watch.progress)(DeployStep {
            step: Step::Fetch,
            state: StepState::Done,
            detail: format!("{files} files"),
            check: None,
        });
    }

    /// The files cannot be had as they were registered.
    pub fn refused(&self) {
        self.tell(Step::Verify, &["digest"]);
    }
}
