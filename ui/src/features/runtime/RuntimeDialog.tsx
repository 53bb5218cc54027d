import { useQuery } from "@tanstack/react-query";
import { Cpu, FolderSearch, TriangleAlert, Undo2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Button, Dialog, ErrorState, Skeleton, Status, toast } from "@/components";
import { ErrorLine } from "@/components/ErrorLine";
import { TextInput } from "@/components/TextInput";
import { api, type RuntimeCheck, type RuntimeSettings } from "@/lib/api";
import { FolderFindings } from "./FolderFindings";
import { runtimeQuery, useCheckFolder, useChooseFolder } from "./queries";

/** Which ONNX Runtime computes: the one that came along, or a folder of GPU libraries. */
export function RuntimeDialog({ onClose }: { onClose: () => void }) {
  const { data, error, refetch } = useQuery(runtimeQuery());
  return (
    <Dialog
      open
      onClose={onClose}
      title="Runtime"
      sub="ONNX Runtime, and where it comes from"
      width={640}
      data-testid="runtime-dialog"
    >
      {data ? (
        <Settings settings={data} />
      ) : error ? (
        <ErrorState title="The runtime could not be asked" error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton rows={8} />
      )}
    </Dialog>
  );
}

function Settings({ settings }: { settings: RuntimeSettings }) {
  const check = useCheckFolder();
  const choose = useChooseFolder();
  const [folder, setFolder] = useState("");
  const pick = async () => {
    try {
      const picked = await api.pickRuntimeFolder();
      if (!picked) return;
      setFolder(picked);
      check.mutate(picked);
    } catch (error) {
      toast.error("The folder dialog did not open", error);
    }
  };
  const use = (next: string | null) =>
    choose.mutate(next, {
      onSuccess: () => {
        check.reset();
        setFolder("");
        toast.ok({ title: next === null ? "Back to the library that came along" : "GPU pack chosen" });
      },
    });
  const found = check.data;
  const asked = folder.trim();
  return (
    <div className="flex flex-col">
      <Loaded settings={settings} />
      <section className="flex flex-col gap-2 border-line-2 border-t px-4 py-3" data-testid="gpu-pack">
        <h3 className="font-semibold text-head">GPU pack</h3>
        <p className="text-fg-2">
          {settings.gpuPack === null ? (
            "None: the library that came along is used. A pack is the capi folder of the onnxruntime-gpu wheel, unpacked anywhere."
          ) : (
            <span className="mono selectable break-all">{settings.gpuPack}</span>
          )}
        </p>
        <form
          className="flex gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (asked) check.mutate(asked);
          }}
        >
          <TextInput
            size={28}
            mono
            value={folder}
            onChange={setFolder}
            aria-label="Folder of the GPU pack"
            placeholder="/opt/onnxruntime-gpu/onnxruntime/capi"
            data-testid="pack-folder"
            className="min-w-0 flex-1"
          />
          <Button size={28} icon={FolderSearch} onClick={() => void pick()}>
            Browse
          </Button>
          <Button size={28} type="submit" data-testid="pack-check" disabled={!asked || check.isPending}>
            {check.isPending ? "Checking" : "Check folder"}
          </Button>
        </form>
        {check.isError && (
          <ErrorLine
            title="This folder cannot be used"
            error={check.error}
            onDismiss={check.reset}
            data-testid="pack-refused"
          />
        )}
        {choose.isError && <ErrorLine title="The choice was not kept" error={choose.error} onDismiss={choose.reset} />}
        {found && <FolderFindings found={found} />}
        <div className="flex gap-2">
          {usable(found) && (
            <Button
              size={28}
              variant="primary"
              data-testid="pack-use"
              disabled={choose.isPending}
              onClick={() => found && use(found.folder.folder)}
            >
              Use this pack
            </Button>
          )}
          {settings.gpuPack !== null && (
            <Button
              size={28}
              icon={Undo2}
              data-testid="pack-none"
              disabled={choose.isPending}
              onClick={() => use(null)}
            >
              Go back to the library that came along
            </Button>
          )}
        </div>
      </section>
    </div>
  );
}

const usable = (found: RuntimeCheck | undefined) => found !== undefined && found.probe !== null;

function Loaded({ settings }: { settings: RuntimeSettings }) {
  const { loaded } = settings;
  return (
    <section className="flex flex-col gap-1 px-4 py-3" data-testid="runtime-loaded">
      <Row label="In this app">
        {loaded.available ? (
          <Status tone="ok">ONNX Runtime {loaded.version}</Status>
        ) : (
          <Told>{loaded.problem ?? "none"}</Told>
        )}
      </Row>
      <Row label="Library">
        <span className="mono selectable break-all">{loaded.libraryPath ?? "—"}</span>
      </Row>
      <Row label="Built for">
        <span className="flex items-center gap-1.5">
          <Cpu size={12} className="text-fg-3" aria-hidden />
          {loaded.providers.map((each) => each.replace(/ExecutionProvider$/, "")).join(", ") || "—"}
        </span>
      </Row>
      <Row label="Workers load">
        {settings.nextProblem ? (
          <Told>{settings.nextProblem}</Told>
        ) : (
          <span className="mono selectable break-all">{settings.nextLibrary}</span>
        )}
      </Row>
      {settings.restartNeeded && (
        <Row label="">
          <Told>Workers use the chosen library now; the app and its endpoints do after a restart.</Told>
        </Row>
      )}
      {settings.overriddenBy !== null && (
        <Row label="">
          <Told>
            The variable DRYDOCK_ONNXRUNTIME names <span className="mono break-all">{settings.overriddenBy}</span>,
            which comes before this choice.
          </Told>
        </Row>
      )}
    </section>
  );
}

/** A sentence that may need more than a line. */
function Told({ children }: { children: ReactNode }) {
  return (
    <span className="flex items-start gap-1.5">
      <TriangleAlert size={12} className="mt-1 flex-none text-warn" aria-hidden />
      <span className="min-w-0">{children}</span>
    </span>
  );
}

export function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="grid min-h-6 grid-cols-[112px_minmax(0,1fr)] items-baseline gap-x-3">
      <span className="text-fg-2">{label}</span>
      <span className="min-w-0">{children}</span>
    </div>
  );
}
