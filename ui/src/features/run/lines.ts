import type { Aligned } from "@/components/chart/align";
import type { LineSeries } from "@/components/chart/uplotOptions";
import type { OutputSummary } from "@/lib/api";

/** The run palette, in its order. */
const COLORS = ["#3899E2", "#FA8927", "#82BA95", "#C3BCF5", "#E54533", "#A97391", "#E5F561", "#A7F9F8"];

/** One line a column; where a point stands for several rows, their least and greatest value are two lines of one colour. */
export function linesOf(summary: OutputSummary): {
  data: Aligned;
  series: LineSeries[];
  /** Each column once. */
  legend: LineSeries[];
} {
  const points = summary.series[0]?.low.length ?? 0;
  const rows = Array.from({ length: points }, (_, at) => at * summary.seriesRows + 1);
  const ys: (number | null)[][] = [];
  const series: LineSeries[] = [];
  const legend: LineSeries[] = [];
  summary.series.forEach((each, index) => {
    const look = { id: String(index), label: each.label, color: COLORS[index % COLORS.length] as string };
    ys.push(each.low);
    series.push(look);
    legend.push(look);
    if (summary.seriesRows > 1) {
      ys.push(each.high);
      series.push(look);
    }
  });
  return { data: [rows, ...ys], series, legend };
}
