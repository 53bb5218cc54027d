//! Experiments, runs, metrics, params, tags, logged models.
