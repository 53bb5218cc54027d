import { queryOptions, useMutation } from "@tanstack/react-query";
import { api } from "@/lib/api";
import { keys } from "@/lib/cache";

export { endpointsQuery, modelVersionQuery } from "@/lib/queries";

export const exampleRequestQuery = (endpoint: string) =>
  queryOptions({ queryKey: keys.exampleRequest(endpoint), queryFn: () => api.exampleRequest(endpoint) });

export function useTryEndpoint() {
  return useMutation({ mutationFn: (input: { endpoint: string; body: string }) => api.tryEndpoint(input) });
}
