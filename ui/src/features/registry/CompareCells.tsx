import { VERDICT_LOOK } from "@/components/GateRow";
import { Status } from "@/components/Status";
import type { GateCheck, ModelFile } from "@/lib/api";
import { formatBytes } from "@/lib/format";

export function Text({ text, mono = false }: { text: string | null; mono?: boolean }) {
  if (text === null) return <span className="text-fg-3">—</span>;
  return (
    <span className={mono ? "mono" : undefined} title={text}>
      {text === "" ? "empty" : text}
    </span>
  );
}

export function Gate({ check }: { check: GateCheck | null }) {
  if (!check) return <span className="text-fg-3">not run</span>;
  const look = VERDICT_LOOK[check.verdict];
  return (
    <span className="flex h-[23px] items-center gap-2">
      <Status tone={look.tone}>{look.word}</Status>
      <span className="truncate text-fg-2" title={`${check.measured}, limit ${check.limit}`}>
        {check.measured}
      </span>
    </span>
  );
}

export function File({ file }: { file: ModelFile | null }) {
  if (!file) return <span className="text-fg-3">—</span>;
  return (
    <span title={`sha256 ${file.sha256}`}>
      {formatBytes(file.sizeBytes)}
      <span className="mono pl-2 text-fg-3">{file.sha256.slice(0, 8)}</span>
    </span>
  );
}

export function sizeDelta(left: ModelFile | null, right: ModelFile | null): string {
  if (!left || !right) return left ? "removed" : "added";
  const delta = right.sizeBytes - left.sizeBytes;
  return delta === 0 ? "same size" : `${delta > 0 ? "+" : "−"}${formatBytes(Math.abs(delta))}`;
}
