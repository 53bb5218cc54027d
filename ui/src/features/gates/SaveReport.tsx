import { ChevronDown, Download } from "lucide-react";
import { Button } from "@/components/Button";
import { Menu } from "@/components/Menu";
import type { ReportFormat } from "@/lib/api";
import { type Saved, useSaveReport } from "./queries";

const FORMS: readonly { format: ReportFormat; label: string; detail: string }[] = [
  { format: "html", label: "HTML", detail: "one offline page" },
  { format: "json", label: "JSON", detail: "the whole evidence" },
  { format: "csv", label: "CSV", detail: "gates and percentiles" },
  { format: "markdown", label: "Markdown", detail: "for a review" },
];

/** The evidence as a file. */
export function SaveReport({ of }: { of: Saved }) {
  const save = useSaveReport();
  return (
    <Menu
      align="end"
      minWidth={240}
      trigger={
        <Button icon={Download} busy={save.isPending} data-testid="save-report">
          Save report
          <ChevronDown size={12} aria-hidden />
        </Button>
      }
      entries={FORMS.map(({ format, label, detail }) => ({
        label,
        detail,
        onSelect: () => save.mutate({ of, format }),
      }))}
    />
  );
}
