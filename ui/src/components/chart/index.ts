export { type Aligned, align } from "./align";
export { ChartCard } from "./ChartCard";
export { type CursorRow, CursorTable } from "./CursorTable";
export {
  type ChartGroup,
  type ChartTable,
  createChartGroup,
  type Points,
  publishTable,
  valueAt,
} from "./chartGroup";
export { LineChart } from "./LineChart";
export type { LineSeries } from "./uplotOptions";
