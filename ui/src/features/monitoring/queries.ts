export { endpointStatsQuery, endpointsQuery } from "@/lib/queries";
