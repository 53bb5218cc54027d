import { Sheet } from "@/components/Sheet";
import { BenchmarkPanel } from "./BenchmarkPanel";

type Props = { name: string; version: number; onClose: () => void };

/** The benchmark of one version, beside the page it was opened from. */
export function BenchmarkSheet({ name, version, onClose }: Props) {
  return (
    <Sheet
      open
      onClose={onClose}
      width={960}
      title={`Benchmark ${name} v${version}`}
      sub="on this machine, one stream after the other"
      data-testid="benchmark-sheet"
    >
      <BenchmarkPanel key={`${name} ${version}`} name={name} version={version} />
    </Sheet>
  );
}
