import type { Signature, SignatureField } from "@/lib/api";

/** What goes in, what comes out, and what a caller may set: name, type, shape, and whether it may be left out. */
export function SignatureList({ signature }: { signature: Signature }) {
  const rows = [
    ...signature.inputs.map((field) => ({ way: "in", field })),
    ...signature.outputs.map((field) => ({ way: "out", field })),
    ...signature.params.map((field) => ({ way: "param", field })),
  ];
  if (rows.length === 0) return <p className="px-3 text-fg-2">The signature names nothing.</p>;
  return (
    <ul className="px-3" data-testid="signature-list">
      {rows.map(({ way, field }) => (
        <li
          key={`${way} ${field.name}`}
          className="grid h-5.5 grid-cols-[40px_minmax(0,1fr)_minmax(0,auto)_minmax(56px,auto)] items-center gap-x-3"
        >
          <span className="text-fg-3">{way}</span>
          <span className="flex min-w-0 items-baseline gap-1.5">
            <span className="mono selectable truncate" title={field.name}>
              {field.name}
            </span>
            {field.optional && <span className="text-fg-3 text-label">optional</span>}
          </span>
          <span className="mono truncate text-fg-2" title={field.elementType}>
            {field.elementType}
          </span>
          <span className="mono truncate text-right text-fg-2" title={lastText(field)}>
            {lastText(field)}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** The shape; of a parameter, what it is when nothing is said. */
function lastText({ dims, default: usual }: SignatureField): string {
  if (usual !== null) return `= ${usual}`;
  if (dims === null) return "";
  return dims.length > 0 ? `[${dims.join(", ")}]` : "scalar";
}
