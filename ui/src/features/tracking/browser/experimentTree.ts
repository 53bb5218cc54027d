import type { Experiment } from "@/lib/api";

/** A folder made from the `/` in experiment names, or an experiment. */
export type TreeNode =
  | { kind: "folder"; path: string; name: string; depth: number; runCount: number; liveRunCount: number }
  | { kind: "experiment"; experiment: Experiment; name: string; depth: number };

type Folder = { folders: Map<string, Folder>; experiments: { name: string; experiment: Experiment }[] };

const newFolder = (): Folder => ({ folders: new Map(), experiments: [] });

/** Experiment names read as paths: "fx/carry/gru" stands in folder fx, in folder carry. Folders first, then by name. */
export function experimentTree(experiments: readonly Experiment[], closed: ReadonlySet<string>): TreeNode[] {
  const root = newFolder();
  for (const experiment of experiments) {
    const parts = experiment.name.split("/").filter(Boolean);
    const name = parts.pop() ?? experiment.name;
    let folder = root;
    for (const part of parts) {
      const next = folder.folders.get(part) ?? newFolder();
      folder.folders.set(part, next);
      folder = next;
    }
    folder.experiments.push({ name, experiment });
  }
  return flatten(root, "", 0, closed);
}

function flatten(folder: Folder, path: string, depth: number, closed: ReadonlySet<string>): TreeNode[] {
  const rows: TreeNode[] = [];
  for (const [name, child] of [...folder.folders].sort(([a], [b]) => a.localeCompare(b, "en"))) {
    const childPath = path ? `${path}/${name}` : name;
    const inside = all(child);
    rows.push({
      kind: "folder",
      path: childPath,
      name,
      depth,
      runCount: inside.reduce((sum, each) => sum + each.runCount, 0),
      liveRunCount: inside.reduce((sum, each) => sum + each.liveRunCount, 0),
    });
    if (!closed.has(childPath)) rows.push(...flatten(child, childPath, depth + 1, closed));
  }
  for (const { name, experiment } of folder.experiments.sort((a, b) => a.name.localeCompare(b.name, "en")))
    rows.push({ kind: "experiment", experiment, name, depth });
  return rows;
}

function all(folder: Folder): Experiment[] {
  return [...folder.experiments.map((each) => each.experiment), ...[...folder.folders.values()].flatMap(all)];
}

/** The folder part of a name, for the page title: "fx/carry/gru" -> ["fx/carry", "gru"]. */
export function splitName(name: string): [folder: string, leaf: string] {
  const at = name.lastIndexOf("/");
  return at < 0 ? ["", name] : [name.slice(0, at), name.slice(at + 1)];
}
