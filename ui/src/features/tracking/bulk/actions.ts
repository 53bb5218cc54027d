import { toast } from "@/components";
import { api, type BulkDone, type RunScope } from "@/lib/api";
import { plural } from "@/lib/format";
import { uncheckRuns } from "../state";

const told = (done: BulkDone) =>
  done.skipped > 0 ? `${plural(done.skipped, "run")} left out: gone, or so already` : undefined;

/** Moves runs to the trash and offers the way back. What is in the trash is no longer checked anywhere. */
export async function trashRuns(scope: RunScope): Promise<BulkDone | null> {
  try {
    const done = await api.trashRuns(scope);
    // Of chosen runs, those left out are gone or were in the trash before.
    const check = uncheckRuns(scope.kind === "chosen" ? scope.runIds : done.runIds);
    toast.ok({
      title: `${plural(done.runIds.length, "run")} moved to the trash`,
      detail: told(done),
      timeoutMs: 10_000,
      action: {
        label: "Undo",
        run: () => void restoreRuns(done.runIds).then((back) => back?.runIds.length && check()),
      },
    });
    return done;
  } catch (error) {
    toast.error("The runs were not moved", error);
    return null;
  }
}

export async function restoreRuns(runIds: string[]): Promise<BulkDone | null> {
  try {
    const done = await api.restoreRuns(runIds);
    if (done.runIds.length === 0)
      toast.warn({ title: "Nothing was restored", detail: "Their experiment is in the trash; restore it first." });
    else
      toast.ok({
        title: `${plural(done.runIds.length, "run")} restored`,
        detail: told(done),
        action: { label: "Undo", run: () => void trashRuns({ kind: "chosen", runIds: done.runIds }) },
      });
    return done;
  } catch (error) {
    toast.error("The runs were not restored", error);
    return null;
  }
}

export async function trashExperiment(experimentId: string, name: string): Promise<boolean> {
  try {
    await api.trashExperiment(experimentId);
    toast.ok({
      title: `${name} moved to the trash`,
      timeoutMs: 10_000,
      action: { label: "Undo", run: () => void restoreExperiment(experimentId, name) },
    });
    return true;
  } catch (error) {
    toast.error(`${name} was not moved`, error);
    return false;
  }
}

export async function restoreExperiment(experimentId: string, name: string): Promise<void> {
  try {
    await api.restoreExperiment(experimentId);
    toast.ok({
      title: `${name} restored`,
      action: { label: "Undo", run: () => void trashExperiment(experimentId, name) },
    });
  } catch (error) {
    toast.error(`${name} was not restored`, error);
  }
}
