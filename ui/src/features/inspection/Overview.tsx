import { TriangleAlert } from "lucide-react";
import { Fragment } from "react";
import { Status } from "@/components/Status";
import { TensorList } from "@/components/TensorList";
import type { ModelReport } from "@/lib/api";
import { EMPTY, formatBytes, formatInteger, plural } from "@/lib/format";
import type { InspectSource } from "@/lib/view";
import { Block } from "./Block";
import { Compatibility } from "./Compatibility";
import { OpList } from "./OpList";
import { opsetText, shortCount } from "./words";

/** The first look: size, signature, operators, and everything that is odd about the file. */
export function Overview({ report, source }: { report: ModelReport; source: InspectSource }) {
  return (
    <div className="flex flex-col">
      <Facts report={report} />
      {report.warnings.length > 0 && (
        <ul data-testid="inspect-warnings" className="border-line-2 border-b bg-warn-weak px-4 py-2">
          {report.warnings.map((warning) => (
            <li key={warning} className="flex items-start gap-2 py-0.5">
              <TriangleAlert size={12} className="mt-0.5 flex-none text-warn" aria-label="Warning" />
              <span className="selectable min-w-0 break-words">{warning}</span>
            </li>
          ))}
        </ul>
      )}
      <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <div className="border-line-2 border-r">
          <Block title="Inputs and outputs" note={`graph ${report.graphName || "without a name"}`}>
            <TensorList inputs={report.inputs} outputs={report.outputs} />
          </Block>
          {report.externalFiles.length > 0 && <ExternalFiles report={report} />}
          <Compatibility source={source} />
          <Metadata report={report} />
          {report.functions.length > 0 && <Functions report={report} />}
        </div>
        <Block title="Operators" note={`${plural(report.ops.length, "kind")} in ${plural(report.nodeCount, "node")}`}>
          <OpList ops={report.ops} total={report.nodeCount} />
        </Block>
      </div>
    </div>
  );
}

function Facts({ report }: { report: ModelReport }) {
  const opset = opsetText(report.opsets);
  return (
    <dl className="grid grid-cols-6 gap-x-3 border-line-2 border-b px-4 py-3" data-testid="inspect-facts">
      <Fact label="Parameters" value={shortCount(report.parameterCount)} note={formatInteger(report.parameterCount)} />
      <Fact
        label="Weights"
        value={formatBytes(report.weightBytes)}
        note={plural(report.initializerCount, "initializer")}
      />
      <Fact label="Nodes" value={formatInteger(report.nodeCount)} note={plural(report.ops.length, "operator")} />
      <Fact label="Opset" value={opset.main} note={opset.others || "one domain"} />
      <Fact
        label="IR version"
        value={String(report.irVersion)}
        note={report.modelVersion > 0 ? `model version ${report.modelVersion}` : "no model version"}
      />
      <Fact label="Producer" value={report.producer || EMPTY} note={report.producerVersion || "version not given"} />
    </dl>
  );
}

function Fact({ label, value, note }: { label: string; value: string; note: string }) {
  return (
    <div className="min-w-0">
      <dt className="truncate text-fg-3 text-label">{label}</dt>
      <dd className="selectable">
        <b className="tnum block truncate font-semibold text-page leading-[22px]" title={value}>
          {value}
        </b>
        <span className="tnum block truncate text-fg-3 text-label" title={note}>
          {note}
        </span>
      </dd>
    </div>
  );
}

function ExternalFiles({ report }: { report: ModelReport }) {
  return (
    <Block title="External data" note="read only from the folder of the model">
      <ul data-testid="external-files">
        {report.externalFiles.map((file) => (
          <li key={file.location} className="flex h-6 items-center gap-3">
            <span className="mono selectable min-w-0 flex-1 truncate" title={file.location}>
              {file.location}
            </span>
            <span className="tnum text-fg-2">{formatBytes(file.sizeBytes)}</span>
            {file.exists ? <Status tone="ok">Found</Status> : <Status tone="warn">Missing</Status>}
          </li>
        ))}
      </ul>
    </Block>
  );
}

function Metadata({ report }: { report: ModelReport }) {
  const rows = [
    ...(report.domain ? [{ key: "domain", value: report.domain }] : []),
    ...(report.docString ? [{ key: "description", value: report.docString }] : []),
    ...report.metadata,
  ];
  return (
    <Block title="Metadata" note={rows.length === 0 ? "none in the file" : undefined}>
      {rows.length > 0 && (
        <dl className="kv">
          {rows.map((row) => (
            <Fragment key={row.key}>
              <dt className="mono">{row.key}</dt>
              <dd title={row.value}>{row.value}</dd>
            </Fragment>
          ))}
        </dl>
      )}
    </Block>
  );
}

function Functions({ report }: { report: ModelReport }) {
  return (
    <Block title="Functions" note={plural(report.functions.length, "function")}>
      <dl className="kv">
        {report.functions.map((each) => (
          <Fragment key={`${each.domain} ${each.name}`}>
            <dt className="mono">{[each.domain, each.name].filter(Boolean).join(".")}</dt>
            <dd>{plural(each.nodeCount, "node")}</dd>
          </Fragment>
        ))}
      </dl>
    </Block>
  );
}
