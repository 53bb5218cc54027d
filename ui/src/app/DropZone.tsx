import { FileDown, FileX } from "lucide-react";
import { useEffect, useState } from "react";
import { toast } from "@/components";
import { onFileDrag } from "@/lib/api";
import { inspect } from "@/lib/view";

export const onnxIn = (paths: readonly string[]) => paths.filter((path) => path.toLowerCase().endsWith(".onnx"));

/** Drop an .onnx file anywhere: the overlay says what will happen, the drop opens the inspect sheet. */
export function DropZone() {
  const [over, setOver] = useState<readonly string[] | null>(null);
  useEffect(
    () =>
      onFileDrag((drag) => {
        setOver(drag.phase === "over" ? drag.paths : null);
        if (drag.phase !== "drop") return;
        const [path] = onnxIn(drag.paths);
        if (path) inspect({ path });
        else if (drag.paths.length > 0)
          toast.warn({ title: "Not an .onnx file", detail: drag.paths[0]?.split(/[\\/]/).at(-1) ?? "" });
      }),
    [],
  );
  if (over === null) return null;
  const models = onnxIn(over);
  const refused = over.length > 0 && models.length === 0;
  const Icon = refused ? FileX : FileDown;
  return (
    <div
      data-testid="drop-zone"
      className="pointer-events-none fixed inset-0 z-80 grid place-items-center bg-scrim p-2"
    >
      <div className="grid h-full w-full place-items-center rounded-l border-2 border-accent border-dashed bg-accent-weak">
        <div className="flex items-center gap-3 rounded-l border border-line bg-raised px-5 py-4 shadow-overlay">
          <Icon size={20} className={refused ? "text-bad" : "text-accent"} aria-hidden />
          <div>
            <b className="block font-semibold text-head">
              {refused ? "Only .onnx files can be inspected" : "Drop to inspect"}
            </b>
            <span className="text-fg-2">{models[0]?.split(/[\\/]/).at(-1) ?? "Reading a model never runs it."}</span>
          </div>
        </div>
      </div>
    </div>
  );
}
