import type { QuantScale } from "@/lib/api";
import { EMPTY, formatInteger, formatNumber } from "@/lib/format";

/** Channels that are spelled out beside each other. */
const SHOWN = 8;

/** How a node turns numbers into integers and back: number = (integer − zero point) × scale. */
export function Scales({ scales }: { scales: readonly QuantScale[] }) {
  return (
    <ul className="flex flex-col gap-2" data-testid="quant-scales">
      {scales.map((each) => (
        <li key={`${each.tensor} ${each.scale}`}>
          <div className="mono selectable truncate" title={each.tensor}>
            {each.tensor}
          </div>
          {each.count === 0 ? (
            <p className="text-fg-3 text-label">scale {each.scale}: computed by a run, or kept in another file</p>
          ) : (
            <dl className="kv">
              <dt>scale</dt>
              <dd className="mono selectable" title={each.scales.join(", ")}>
                {each.count === 1
                  ? formatNumber(each.scales[0])
                  : `${formatNumber(each.least)} to ${formatNumber(each.greatest)}`}
              </dd>
              <dt>zero point</dt>
              <dd className="mono selectable" title={each.zeroPoints.join(", ")}>
                {each.zeroPoints.length === 0 ? "0, not given" : zeros(each.zeroPoints)}
              </dd>
              <dt>granularity</dt>
              <dd>
                {each.count === 1
                  ? "whole tensor"
                  : `${formatInteger(each.count)} scales${each.axis === null ? "" : ` along axis ${each.axis}`}`}
              </dd>
              {each.count > 1 && (
                <>
                  <dt>first scales</dt>
                  <dd className="mono selectable truncate">
                    {each.scales
                      .slice(0, SHOWN)
                      .map((scale) => (scale === null ? EMPTY : formatNumber(scale)))
                      .join(", ")}
                  </dd>
                </>
              )}
            </dl>
          )}
        </li>
      ))}
    </ul>
  );
}

/** One number when all are the same. */
function zeros(points: readonly (number | null)[]): string {
  const first = points[0] ?? 0;
  if (points.every((point) => point === first)) return formatNumber(first);
  const known = points.filter((point) => point !== null);
  return `${formatNumber(Math.min(...known))} to ${formatNumber(Math.max(...known))}`;
}
