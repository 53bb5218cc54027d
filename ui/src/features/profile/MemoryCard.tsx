import { Card, CardHead } from "@/components/Card";
import type { GpuReport, MemoryReport } from "@/lib/api";
import { EMPTY, formatBytes } from "@/lib/format";
import { Line } from "./PlacementCard";

/** What the worker that ran nothing else took. */
export function MemoryCard({ memory }: { memory: MemoryReport }) {
  const { beforeLoad, afterLoad, afterRuns } = memory;
  const session =
    beforeLoad.residentBytes !== null && afterLoad.residentBytes !== null
      ? Math.max(0, afterLoad.residentBytes - beforeLoad.residentBytes)
      : null;
  return (
    <Card data-testid="profile-memory" className="flex-none">
      <CardHead title="Memory" sub="a worker that did nothing else" />
      <Line label="Model files">{formatBytes(memory.fileBytes)}</Line>
      <Line label="Session and weights" title="Resident memory after loading less before">
        {formatBytes(session)}
      </Line>
      <Line label="Peak resident" title="VmHWM of the worker, the runtime's own code included">
        <b className="font-semibold">{formatBytes(afterRuns.peakBytes)}</b>
      </Line>
      <Line label="Arena in use, peak" title="By the runtime's own account">
        {formatBytes(memory.arenaPeakBytes)}
      </Line>
      <Line label="Arena held">{formatBytes(memory.arenaHeldBytes)}</Line>
      <Gpu before={memory.gpuBefore} after={memory.gpuAfter} />
    </Card>
  );
}

function Gpu({ before, after }: { before: GpuReport; after: GpuReport }) {
  if (after.devices.length === 0)
    return (
      <Line label="Device memory" title={after.absent ?? undefined}>
        <span className="text-fg-3">{after.absent ? "no NVIDIA driver" : EMPTY}</span>
      </Line>
    );
  return (
    <>
      {after.devices.map((device, at) => (
        <Line
          // biome-ignore lint/suspicious/noArrayIndexKey: devices are known by their number
          key={at}
          label={device.name}
          title={`of ${formatBytes(device.memoryBytes)}, all processes together`}
        >
          {formatBytes(device.usedBytes)}, {formatBytes(device.usedBytes - (before.devices[at]?.usedBytes ?? 0))} more
        </Line>
      ))}
    </>
  );
}
