import { FileDown, Import } from "lucide-react";
import { Button } from "@/components";
import { LogToMeCard } from "./LogToMe";

type Props = {
  title: string;
  detail: string;
  /** Into which the script shown logs; an example's name when null. */
  experiment: string | null;
  onOpenFile: () => void;
  onImport: () => void;
};

/** Nothing has been logged yet: how to log the first run, and what works without any. */
export function FirstRun({ title, detail, experiment, onOpenFile, onImport }: Props) {
  return (
    <div data-testid="first-run" className="min-h-0 flex-1 overflow-auto bg-app px-6 pt-[min(84px,8vh)] pb-6">
      <div className="mx-auto w-full max-w-[880px]">
        <h2 className="font-semibold text-[20px] leading-7">{title}</h2>
        <p className="mt-0.5 mb-5 text-fg-2 text-head leading-5">{detail}</p>
        <LogToMeCard experiment={experiment} waiting />
        <div className="mt-3 flex h-12 items-center gap-2.5 rounded-card border border-outline border-dashed pr-3 pl-4 text-fg-2">
          <FileDown size={16} className="text-fg-3" aria-hidden />
          <span className="flex-1">
            <b className="font-medium text-fg">Drop an .onnx file anywhere</b> to inspect it. Reading a model never runs
            it.
          </span>
          <Button kbd="Ctrl O" onClick={onOpenFile}>
            Open file
          </Button>
        </div>
        <div className="mt-3 flex h-12 items-center gap-2.5 rounded-card border border-line bg-panel pr-3 pl-4 text-fg-2">
          <Import size={16} className="text-fg-3" aria-hidden />
          <span className="flex-1">
            <b className="font-medium text-fg">Import an MLflow server or mlruns folder</b> with its histories, files
            and registry. It is only read.
          </span>
          <Button data-testid="first-import" onClick={onImport}>
            Import
          </Button>
        </div>
      </div>
    </div>
  );
}
