import type { TensorInfo } from "@/lib/api";
import { cx } from "@/lib/cx";

type Props = { inputs: readonly TensorInfo[]; outputs: readonly TensorInfo[]; className?: string };

/** What goes in and what comes out; symbolic dimensions keep the name that the model gives them. */
export function TensorList({ inputs, outputs, className }: Props) {
  const rows = [
    ...inputs.map((tensor) => ({ way: "in", tensor })),
    ...outputs.map((tensor) => ({ way: "out", tensor })),
  ];
  return (
    <ul className={className} data-testid="tensor-list">
      {rows.map(({ way, tensor }) => (
        <li
          key={`${way} ${tensor.name}`}
          className="grid h-5.5 grid-cols-[28px_minmax(0,1fr)_minmax(0,auto)_minmax(64px,auto)] items-center gap-x-3"
        >
          <span className="text-fg-3">{way}</span>
          <span className="mono selectable truncate" title={tensor.name}>
            {tensor.name}
          </span>
          <span className="mono truncate text-fg-2" title={tensor.elementType}>
            {tensor.elementType}
          </span>
          <span className={cx("mono text-right", tensor.dims.length === 0 ? "text-fg-3" : "text-fg-2")}>
            {shapeText(tensor)}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Maps and sequences have no shape; a tensor without dimensions is a scalar. */
function shapeText(tensor: TensorInfo): string {
  if (tensor.dims.length > 0) return `[${tensor.dims.join(", ")}]`;
  return /^(map|sequence|optional|opaque|unknown)/.test(tensor.elementType) ? "" : "scalar";
}
