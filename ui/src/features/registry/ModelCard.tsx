import { NoteEditor, TagEditor } from "@/components";
import type { RegisteredModel } from "@/lib/api";
import { draftOf } from "@/lib/drafts";
import { formatTime } from "@/lib/format";
import { useModelEdits } from "./queries";
import { Section } from "./Section";

/** What the model is for, in the words of those who made it; who may use it how, in tags. */
export function ModelCard({ model }: { model: RegisteredModel }) {
  const edit = useModelEdits(model.name);
  return (
    <Section
      title="Model card"
      sub={`registered ${formatTime(model.createdAtMs).slice(0, 16)}, changed ${formatTime(model.updatedAtMs).slice(0, 16)} UTC`}
      data-testid="model-card"
    >
      <div className="-mx-3 grid grid-cols-[minmax(0,3fr)_minmax(260px,2fr)] gap-x-4">
        <NoteEditor
          label="Description"
          text={model.description}
          draftKey={draftOf.model(model.name)}
          hint="No description yet: what it predicts, from what, for whom, and what it must not be used for."
          data-testid="model-description"
          onSave={edit.describe}
        />
        <div className="border-line-2 border-l">
          <TagEditor pairs={model.tags} onSet={edit.tag} onRemove={edit.untag} />
        </div>
      </div>
    </Section>
  );
}
