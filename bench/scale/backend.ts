/**
 * What the scale run needs of a backend: two stores of a kind, one with few sessions and one with many.
 *
 * @module
 */
import type { Store, Sweepable } from '../../src/store/store.ts'

export type Size = 'small' | 'large'
export const SIZES: readonly Size[] = ['small', 'large']

export type ScaleStore = Store & Partial<Sweepable>

export interface Backend {
  readonly name: string
  /** How many times the small store's time the large one may take. */
  readonly goal: number
  /** Versions and settings, for the report. */
  readonly about: string
  readonly stores: Readonly<Record<Size, ScaleStore>>
  /** Calls of one round. */
  readonly calls: number
  /** Calls that are under way at once when throughput is measured; 1 where the driver is synchronous. */
  readonly atOnce: number
  /** Runs `work` for 0 to `count` - 1 on the store of that size, in the fastest way there is to fill it. */
  fill(size: Size, count: number, work: (store: Store, n: number) => Promise<void>): Promise<void>
  /** After filling: what the backend would do by itself in a while, so that no round pays for it. */
  settle(): Promise<void>
  /** Processes of the server that work for these calls. */
  serverProcesses(size: Size): Promise<readonly number[]>
  /** The database another process can open, where the processes of one machine share a file. */
  readonly file?: string
  /** Why nothing is swept here. */
  readonly noSweep?: string
  close(): Promise<void>
}

/** `width` at once, each the next number when it is done with one. */
export async function inParallel(count: number, width: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0
  async function worker(): Promise<void> {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker))
}
