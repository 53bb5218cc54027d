import { useQuery } from "@tanstack/react-query";
import { EndpointStatus } from "@/components/EndpointStatus";
import { ErrorState } from "@/components/ErrorState";
import { Sheet } from "@/components/Sheet";
import { Skeleton } from "@/components/Skeleton";
import { endpointsQuery, exampleRequestQuery } from "./queries";
import { TryForm } from "./TryForm";

/** Ask an endpoint the way a client would, beginning with the input example that was logged with the model. */
export function TrySheet({ endpoint: name, onClose }: { endpoint: string; onClose: () => void }) {
  const endpoints = useQuery(endpointsQuery());
  const example = useQuery(exampleRequestQuery(name));
  const endpoint = endpoints.data?.find((each) => each.name === name);
  return (
    <Sheet
      open
      onClose={onClose}
      width={560}
      title={`Try ${name}`}
      sub={endpoint ? `${endpoint.modelName} v${endpoint.version}` : undefined}
      actions={endpoint ? <EndpointStatus state={endpoint.state} /> : undefined}
      data-testid="try-sheet"
    >
      {endpoints.isError ? (
        <ErrorState
          title="The endpoint could not be read"
          error={endpoints.error}
          onRetry={() => void endpoints.refetch()}
        />
      ) : !endpoint ? (
        endpoints.data ? (
          <p className="p-3 text-fg-2">This endpoint does not exist any more.</p>
        ) : (
          <Skeleton rows={8} />
        )
      ) : example.isPending ? (
        <Skeleton rows={8} />
      ) : (
        <TryForm
          key={`${endpoint.name} ${endpoint.version}`}
          endpoint={endpoint}
          example={example.data ?? null}
          exampleError={example.error}
        />
      )}
    </Sheet>
  );
}
