import type { ModelVersion } from "@/lib/api";
import { EMPTY } from "@/lib/format";
import { useRunColors } from "@/lib/runColors";

/** The run that a version came from, under the colour that it has everywhere else; grey until it has been drawn. */
export function RunName({ version }: { version: ModelVersion }) {
  const styleOf = useRunColors();
  if (!version.runId) return <span className="text-fg-3">{EMPTY}</span>;
  return (
    <span
      className="flex h-[18px] items-center gap-1.5 text-fg-2"
      title={`${version.runName ?? ""} ${version.runId}`.trim()}
    >
      <i className="size-2 flex-none rounded-[2px]" style={{ background: styleOf(version.runId).color }} />
      <span className="truncate">{version.runName ?? version.runId.slice(0, 8)}</span>
    </span>
  );
}
