import { useQuery } from "@tanstack/react-query";
import { Network, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { EmptyState } from "@/components/EmptyState";
import { ErrorState } from "@/components/ErrorState";
import { Select } from "@/components/Select";
import { Skeleton } from "@/components/Skeleton";
import { Split } from "@/components/Split";
import type { EnsembleList, EnsembleSummary } from "@/lib/api";
import { formatInteger, plural } from "@/lib/format";
import type { InspectSource } from "@/lib/view";
import { useCover } from "./cover";
import { FeatureTable } from "./FeatureTable";
import { FollowRow, type RowChoice } from "./FollowRow";
import { ensemblesQuery, followQuery, treeQuery } from "./queries";
import { TreeDrawing } from "./TreeDrawing";
import { TreeList } from "./TreeList";
import { featureNames, firstTarget } from "./words";

/** Tree ensembles as trees: browse them, see what they ask, follow a row through all of them. */
export function TreesBench({ source }: { source: InspectSource }) {
  const list = useQuery(ensemblesQuery(source));
  const [chosen, setChosen] = useState(0);
  if (list.isError)
    return (
      <ErrorState
        error={list.error}
        title="The trees could not be read"
        safe="Nothing was run and nothing was changed"
        onRetry={() => void list.refetch()}
      />
    );
  if (!list.data) return <Skeleton rows={16} />;
  const ensemble = list.data.ensembles[chosen];
  if (!ensemble)
    return (
      <EmptyState
        icon={TriangleAlert}
        title="No ensemble of this model can be read"
        detail={list.data.problems.join(" ")}
      />
    );
  return (
    <div className="flex h-full min-h-0 flex-col" data-testid="trees-bench">
      <Head list={list.data} chosen={chosen} onChosen={setChosen} ensemble={ensemble} />
      <EnsemblePanes key={chosen} source={source} ensemble={ensemble} list={list.data} />
    </div>
  );
}

type HeadProps = { list: EnsembleList; ensemble: EnsembleSummary; chosen: number; onChosen: (chosen: number) => void };

function Head({ list, ensemble, chosen, onChosen }: HeadProps) {
  const depths = ensemble.trees.map((tree) => tree.depth);
  const [least, most] = [Math.min(...depths), Math.max(...depths)];
  const applied = ensemble.runtimeTransform ?? ensemble.postTransform;
  return (
    <div className="flex h-9 flex-none items-center gap-3 overflow-hidden whitespace-nowrap border-line border-b px-4">
      <Network size={14} className="flex-none text-fg-2" aria-hidden />
      {list.ensembles.length > 1 ? (
        <Select
          size={24}
          label="Ensemble"
          className="w-64"
          options={list.ensembles.map((each, index) => ({
            value: String(index),
            label: each.name || each.op,
            detail: plural(each.trees.length, "tree"),
          }))}
          value={String(chosen)}
          onChange={(value) => onChosen(Number(value))}
        />
      ) : (
        <span className="font-medium">{ensemble.op}</span>
      )}
      <span className="tnum truncate text-fg-2" data-testid="trees-facts">
        {plural(ensemble.trees.length, "tree")} · depth {least === most ? most : `${least} to ${most}`} ·{" "}
        {formatInteger(ensemble.splits)} splits · {formatInteger(ensemble.leaves)} leaves ·{" "}
        {ensemble.labels.length > 0
          ? plural(ensemble.labels.length, "class", "classes")
          : plural(ensemble.targets, "target")}{" "}
        · {ensemble.aggregate}
        {ensemble.postTransformApplies && ` · ${applied}`}
      </span>
      {note(list, ensemble) && (
        <span className="ml-auto flex min-w-0 items-center gap-1.5 text-warn" title={note(list, ensemble) ?? ""}>
          <TriangleAlert size={12} className="flex-none" aria-hidden />
          <span className="truncate">{note(list, ensemble)}</span>
        </span>
      )}
    </div>
  );
}

/** What somebody who trusts the file would get wrong. */
function note(list: EnsembleList, ensemble: EnsembleSummary): string | null {
  if (list.problems.length > 0) return list.problems.join(" ");
  if (ensemble.runtimeTransform && ensemble.targets > 1)
    return `The file asks for ${ensemble.postTransform}; ONNX Runtime 1.30 computes ${ensemble.runtimeTransform}: it takes the numbers of the two for each other's`;
  if (ensemble.postTransform !== "NONE" && !ensemble.postTransformApplies)
    return `The file asks for ${ensemble.postTransform}, which ONNX Runtime leaves out where there is one output`;
  return null;
}

type PanesProps = { source: InspectSource; ensemble: EnsembleSummary; list: EnsembleList };

function EnsemblePanes({ source, ensemble, list }: PanesProps) {
  const [tree, setTree] = useState(0);
  const [choice, setChoice] = useState<RowChoice | null>(null);
  const [target, setTarget] = useState<number | null>(null);
  const view = useQuery(treeQuery(source, ensemble.place, tree));
  const request = { place: ensemble.place, ...(choice ?? { rows: { kind: "generated" as const, seed: 0 }, row: 0 }) };
  const follow = useQuery({ ...followQuery(source, request), enabled: choice !== null });
  const followed = (choice !== null && follow.data) || null;
  const shown = target ?? (followed ? firstTarget(ensemble, followed) : 0);
  const nameOf = featureNames(ensemble, list.logged);
  const counted = useCover(source, ensemble.place);
  return (
    <Split
      id="lab.trees.list"
      label="Width of the list of trees"
      initial={300}
      min={240}
      max={420}
      minRest={640}
      start={<TreeList ensemble={ensemble} followed={followed} target={shown} tree={tree} onTree={setTree} />}
      end={
        <Split
          id="lab.trees.side"
          label="Width of the features"
          sized="end"
          initial={400}
          min={340}
          max={560}
          minRest={320}
          start={
            view.data ? (
              <TreeDrawing
                key={tree}
                ensemble={ensemble}
                tree={view.data}
                path={followed?.path.trees[tree] ?? null}
                cover={counted.cover}
                nameOf={nameOf}
              />
            ) : view.isError ? (
              <ErrorState
                error={view.error}
                title="The tree could not be read"
                safe="Nothing was run and nothing was changed"
                onRetry={() => void view.refetch()}
              />
            ) : (
              <Skeleton rows={8} />
            )
          }
          end={
            <>
              <FollowRow
                ensemble={ensemble}
                example={list.logged.example}
                followed={followed}
                busy={follow.isFetching}
                error={choice !== null ? follow.error : null}
                choice={choice}
                target={shown}
                onFollow={(next) => {
                  setTarget(null);
                  setChoice(next);
                }}
                onTarget={setTarget}
              />
              <FeatureTable ensemble={ensemble} followed={followed} counted={counted} nameOf={nameOf} />
            </>
          }
        />
      }
    />
  );
}
