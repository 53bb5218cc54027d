import type { DrydockError } from "@/lib/api";
import { ErrorState } from "../ErrorState";
import { Skeleton } from "../Skeleton";

type Reading = {
  isError: boolean;
  isFetching: boolean;
  error: DrydockError | null;
  refetch: () => Promise<unknown>;
};

/** In a viewer's place until its file has been read: what is coming, or why it did not come and the way to ask again. */
export function Unread({ what, query, rows = 12 }: { what: string; query: Reading; rows?: number }) {
  if (!query.isError || query.isFetching) return <Skeleton rows={rows} />;
  return (
    <ErrorState
      title={`The ${what} could not be read`}
      error={query.error}
      safe="Nothing was changed."
      onRetry={() => void query.refetch()}
    />
  );
}
