// The connection test as the form shows it: every part of the way, in order, with what is known of it so far.
import type { StatusTone } from "@/components";
import type { CheckId, CheckState, CheckStep } from "@/lib/api";

export const DATABASE_CHECKS: readonly [CheckId, string][] = [
  ["databaseName", "Name"],
  ["databaseNetwork", "Network"],
  ["databaseTls", "Encryption"],
  ["databaseLogin", "Login"],
  ["databaseExists", "Database"],
  ["databasePermission", "Permission"],
  ["databaseSchema", "Schema"],
];

export const STORAGE_CHECKS: readonly [CheckId, string][] = [
  ["storageName", "Name"],
  ["storageNetwork", "Network"],
  ["storageTls", "Encryption"],
  ["storageClock", "Clock"],
  ["storageKeys", "Keys"],
  ["storageBucket", "Bucket"],
  ["storagePermission", "Permission"],
  ["storageWorkspace", "Workspace"],
];

export const CHECK_LOOK: Record<CheckState | "waiting", { tone: StatusTone; word: string }> = {
  waiting: { tone: "idle", word: "Not tried yet" },
  running: { tone: "live", word: "Trying" },
  passed: { tone: "ok", word: "Good" },
  warned: { tone: "warn", word: "Good, but" },
  failed: { tone: "bad", word: "Failed" },
  skipped: { tone: "idle", word: "Not tried" },
};

/** The newest word on each check. */
export function latest(steps: readonly CheckStep[]): ReadonlyMap<CheckId, CheckStep> {
  return new Map(steps.map((step) => [step.id, step]));
}

export type Verdict = { tone: StatusTone; title: string; sentence: string };

/** One sentence over the list: what to mend, or that it can be connected. */
export function verdict(steps: readonly CheckStep[], running: boolean): Verdict | null {
  const known = [...latest(steps).values()];
  const failed = known.filter((step) => step.state === "failed");
  const [first] = failed;
  if (first && !running) {
    const where = first.id.startsWith("database") ? "database" : "storage";
    const both = failed.length > 1 ? "The database and the storage" : `The ${where}`;
    return {
      tone: "bad",
      title: `${both} cannot be used like this`,
      sentence: failed.length > 1 ? "Each has its reason below." : first.sentence,
    };
  }
  if (running || known.length === 0) return null;
  const warned = known.filter((step) => step.state === "warned").length;
  return {
    tone: warned > 0 ? "warn" : "ok",
    title:
      warned > 0 ? `It works, with ${warned === 1 ? "one thing" : `${warned} things`} to know` : "Everything works",
    sentence: "Connect opens this workspace in this window.",
  };
}
