import { NoteEditor, TagEditor } from "@/components";
import { CopyText } from "@/components/CopyText";
import type { ModelVersion } from "@/lib/api";
import { draftOf } from "@/lib/drafts";
import { formatTime } from "@/lib/format";
import { Part } from "./Part";
import { useVersionEdits } from "./queries";

/** What people say of the version: description and tags, both edited in place. */
export function VersionAbout({ version }: { version: ModelVersion }) {
  const edit = useVersionEdits(version.name, version.version);
  return (
    <>
      <Part title="Description" note={`registered ${formatTime(version.createdAtMs).slice(0, 16)} UTC`}>
        <NoteEditor
          label="Description"
          text={version.description}
          draftKey={draftOf.version(version.name, version.version)}
          hint="None yet: what is new in this version?"
          data-testid="version-description"
          onSave={edit.describe}
        />
        <p className="flex items-center gap-2 px-3 text-fg-3 text-label">
          from <CopyText text={version.source} shown={version.source} label="source" className="min-w-0 truncate" />
        </p>
      </Part>
      <Part title="Tags">
        <TagEditor pairs={version.tags} onSet={edit.tag} onRemove={edit.untag} />
      </Part>
    </>
  );
}
