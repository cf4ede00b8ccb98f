/**
 * Many measurements -> the one in the middle, and how far the others are from it.
 *
 * @module
 */

export interface Spread {
  readonly median: number
  /** A quarter of the measurements is below the first, a quarter above the second. */
  readonly quartiles: readonly [low: number, high: number]
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((one, other) => one - other)
  return { median: at(sorted, 0.5), quartiles: [at(sorted, 0.25), at(sorted, 0.75)] }
}

/** Between two neighbours in a straight line; NaN of nothing. */
function at(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN]
  return low + (high - low) * (place - Math.floor(place))
}

/** Three digits that count, and never an exponent. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (value >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(value >= 10 ? 1 : 2)
}
