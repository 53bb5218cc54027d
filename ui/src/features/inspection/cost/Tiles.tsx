import type { ModelCost } from "@/lib/api";
import { formatBytes, formatInteger, plural } from "@/lib/format";
import { dimsText, shortNumber } from "./words";

/** The sums, each with what it means. */
export function Tiles({ cost }: { cost: ModelCost }) {
  const { totals } = cost;
  const { activations } = totals;
  const most = totals.atMost ? "at most " : "";
  const moved = totals.bytesRead + totals.bytesWritten;
  return (
    <dl className="grid grid-cols-3 content-start gap-x-4 gap-y-4 px-4 py-3" data-testid="cost-tiles">
      <Tile
        label="Parameters"
        value={shortNumber(totals.parameters)}
        note={`${formatBytes(totals.weightBytes)} weights`}
      />
      <Tile
        label="FLOPs"
        value={`${most}${shortNumber(totals.flops)}`}
        title={formatInteger(totals.flops)}
        note={`${shortNumber(totals.macs)} MACs, ${dimsText(cost.dims)}`}
      />
      <Tile
        label="Bytes moved"
        value={formatBytes(moved)}
        note={
          totals.unsizedNodes > 0
            ? `at least: ${plural(totals.unsizedNodes, "node")} unsized`
            : `read ${formatBytes(totals.bytesRead)}, written ${formatBytes(totals.bytesWritten)}`
        }
      />
      <Tile
        label="Activation peak"
        value={formatBytes(activations.bytes)}
        note={
          activations.unsizedTensors > 0
            ? `at least: ${plural(activations.unsizedTensors, "tensor")} unsized`
            : activations.name
              ? `at ${activations.name}`
              : "the inputs alone"
        }
      />
      <Tile
        label="Intensity"
        value={moved > 0 && totals.unknown === 0 ? (totals.flops / moved).toFixed(2) : "—"}
        note={moved > 0 && totals.unknown === 0 ? "FLOPs a byte" : "some of it is not known"}
      />
      <Tile
        label="Unknown nodes"
        value={`${formatInteger(totals.unknown)} of ${formatInteger(totals.nodes)}`}
        note={totals.unknown === 0 ? "nothing is estimated" : "left out of the sums"}
        warn={totals.unknown > 0}
      />
    </dl>
  );
}

type TileProps = { label: string; value: string; note: string; title?: string; warn?: boolean };

function Tile({ label, value, note, title, warn = false }: TileProps) {
  return (
    <div className="min-w-0">
      <dt className="truncate text-fg-3 text-label">{label}</dt>
      <dd className="selectable">
        <b
          className={`tnum block truncate font-semibold text-page leading-[22px] ${warn ? "text-warn" : ""}`}
          title={title ?? value}
        >
          {value}
        </b>
        <span className="tnum block truncate text-fg-3 text-label" title={note}>
          {note}
        </span>
      </dd>
    </div>
  );
}
