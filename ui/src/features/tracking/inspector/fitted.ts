/** Moves values so that the lowest stands at zero: a sparkline shows shape, and includes zero in its scale. */
export function fitted(values: readonly (number | null)[]): (number | null)[] {
  const finite = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const least = Math.min(...finite);
  return values.map((value) => (value === null || !Number.isFinite(value) ? null : value - least));
}
