import { useQuery } from "@tanstack/react-query";
import { ScanSearch } from "lucide-react";
import { useMemo, useState } from "react";
import { Button } from "@/components/Button";
import { Chip } from "@/components/Chip";
import { ErrorLine } from "@/components/ErrorLine";
import { ProgressBar } from "@/components/ProgressBar";
import type { InitializerInfo, ModelReport, WeightLine } from "@/lib/api";
import { EMPTY, formatBytes, formatInteger, formatNumber } from "@/lib/format";
import type { InspectSource } from "@/lib/view";
import { surveyQuery } from "./queries";
import { SaveWeight } from "./SaveWeight";
import { VirtualRows } from "./VirtualRows";

const PLAIN = "minmax(0,1fr) 84px 150px 88px 150px 56px 28px";
const READ = "minmax(0,1fr) 76px 130px 84px 84px 84px 84px 84px 84px 92px 28px";

/** Weights by size, heaviest first; those kept outside the file are marked. Reading all of them tells how they spread. */
export function Initializers({ report, source }: { report: ModelReport; source: InspectSource }) {
  const sorted = useMemo(
    () => [...report.initializers].sort((a, b) => b.sizeBytes - a.sizeBytes),
    [report.initializers],
  );
  const [done, setDone] = useState<number | null>(null);
  const survey = useQuery({ ...surveyQuery(source, setDone), enabled: done !== null });
  const lines = useMemo(() => new Map(survey.data?.map((line) => [line.name, line])), [survey.data]);
  const read = survey.data !== undefined;
  const listed = report.initializers.length;
  return (
    <div className="flex h-full flex-col">
      <div className="flex h-10 flex-none items-center gap-3 px-4">
        <span className="text-fg-3 text-label">
          {formatBytes(report.weightBytes)} in {formatInteger(report.initializerCount)} initializers, heaviest first
          {listed < report.initializerCount && `; ${formatInteger(listed)} are listed`}
        </span>
        <span className="ml-auto flex items-center gap-2">
          {survey.isFetching ? (
            <span className="w-40">
              <ProgressBar fraction={done ?? 0} label="Reading all values" />
            </span>
          ) : (
            !read && (
              <Button icon={ScanSearch} onClick={() => setDone(0)} data-testid="survey-weights">
                Read all values
              </Button>
            )
          )}
        </span>
      </div>
      {survey.isError && <ErrorLine title="The values could not be read" error={survey.error} />}
      <VirtualRows
        rows={sorted}
        label="Initializers"
        columns={read ? READ : PLAIN}
        rowKey={(_, index) => String(index)}
        empty="The file holds no initializer."
        head={read ? <ReadHead /> : <PlainHead />}
      >
        {(weight) => (
          <>
            <span className="mono selectable truncate" title={weight.name}>
              {weight.name}
            </span>
            <span className="mono truncate text-fg-2">{weight.elementType}</span>
            <span className="mono truncate text-fg-2" title={weight.dims.join(" × ")}>
              {weight.dims.length === 0 ? "scalar" : `[${weight.dims.join(", ")}]`}
            </span>
            <span className="num">{formatBytes(weight.sizeBytes)}</span>
            {read ? <Figures line={lines.get(weight.name)} /> : <Place weight={weight} of={report.weightBytes} />}
            <span>{!weight.name.includes(" > ") && <SaveWeight source={source} way={[]} tensor={weight.name} />}</span>
          </>
        )}
      </VirtualRows>
    </div>
  );
}

const PlainHead = () => (
  <>
    <span>Name</span>
    <span>Type</span>
    <span>Shape</span>
    <span className="text-right">Size</span>
    <span>Kept in</span>
    <span className="text-right">Share</span>
    <span />
  </>
);

const ReadHead = () => (
  <>
    <span>Name</span>
    <span>Type</span>
    <span>Shape</span>
    {["Size", "Min", "Max", "Mean", "Std", "Zeros"].map((title) => (
      <span key={title} className="text-right">
        {title}
      </span>
    ))}
    <span className="text-right" title="Numbers that are not finite; channels that stand apart by their norm">
      Broken, outliers
    </span>
    <span />
  </>
);

function Place({ weight, of }: { weight: InitializerInfo; of: number }) {
  return (
    <>
      <span className="min-w-0">
        {weight.external === null ? (
          <span className="text-fg-3">this file</span>
        ) : (
          <Chip tone="outline" title={weight.external}>
            {weight.external}
          </Chip>
        )}
      </span>
      <span className="num text-fg-3">{of > 0 ? `${Math.round((weight.sizeBytes / of) * 100)} %` : ""}</span>
    </>
  );
}

/** Weights of bodies are not read with the others. */
function Figures({ line }: { line: WeightLine | undefined }) {
  const broken = line ? line.nan + line.infinite : 0;
  if (!line || line.problem !== null)
    return (
      <>
        <span className="col-span-4 truncate text-fg-3" title={line?.problem ?? undefined}>
          {line?.problem ?? "in a body: open it in the graph"}
        </span>
        <span />
        <span />
      </>
    );
  return (
    <>
      {[line.min, line.max, line.mean, line.std].map((value, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: four columns
        <span key={at} className="num" title={value === null ? undefined : String(value)}>
          {formatNumber(value)}
        </span>
      ))}
      <span className="num text-fg-3">
        {line.zeros === 0 ? EMPTY : `${formatNumber((line.zeros / Math.max(line.count, 1)) * 100, 1)} %`}
      </span>
      <span className={`num ${broken > 0 ? "text-bad" : line.outlierChannels > 0 ? "text-warn" : "text-fg-3"}`}>
        {broken > 0
          ? `${formatInteger(broken)} broken`
          : line.outlierChannels > 0
            ? formatInteger(line.outlierChannels)
            : EMPTY}
      </span>
    </>
  );
}
