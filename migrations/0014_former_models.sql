-- A deleted model leaves its history of stages and its gate evidence; a model that takes its name begins anew with version 1.
-- What a former model of a name left behind is told apart here.
alter table stage_transitions add column former boolean not null default false;
alter table gate_reports add column former boolean not null default false;

-- Until now numbers went on from those of the former model, so whatever has a version standing is not a former model's.
update stage_transitions set former = true where not exists (
    select 1 from registered_models m where m.name = stage_transitions.name and m.created_at_ms <= stage_transitions.at_ms
) and not exists (
    select 1 from model_versions v where v.name = stage_transitions.name and v.version = stage_transitions.version
);
update gate_reports set former = true where not exists (
    select 1 from registered_models m where m.name = gate_reports.name and m.created_at_ms <= gate_reports.at_ms
) and not exists (
    select 1 from model_versions v where v.name = gate_reports.name and v.version = gate_reports.version
);
