/**
 * The rows about memory.
 *
 * @module
 */
import { join } from 'node:path'
import { type Side, startSide } from '../lib/side.ts'
import { type Spread, spreadOf } from '../lib/stats.ts'

export const SESSIONS = 200_000

const KEEPERS = [
  'sojourn',
  'sojourn, with an owner',
  'a Map of objects',
  'express-session',
  '@fastify/session',
] as const

export interface Kept {
  readonly keeper: string
  readonly bytes: number
  /** Milliseconds of a full collection with all of them. */
  readonly collection: Spread
}

export async function measureMemory(onProgress: (share: number) => void): Promise<Kept[]> {
  const kept: Kept[] = []
  for (const [n, keeper] of KEEPERS.entries()) {
    const script = join(import.meta.dirname, 'memory-process.ts')
    const side = await startSide(script, [keeper, String(SESSIONS)], {
      node: ['--expose-gc', '--max-old-space-size=4096'],
    })
    const { bytes, collections } = await side.ask<{ bytes: number; collections: number[] }>('run')
    kept.push({ keeper, bytes, collection: spreadOf(collections) })
    side.end()
    onProgress((n + 1) / KEEPERS.length)
  }
  return kept
}

export interface Grown {
  readonly sessions: number
  readonly bytes: number
  readonly find: Spread
  readonly replace: Spread
  /** By those of the smallest, in the same round. */
  readonly findRatio: Spread
  readonly replaceRatio: Spread
}

const SIZES: readonly (readonly [sessions: number, bytes: number])[] = [
  [1_000, 300],
  [10_000, 300],
  [100_000, 300],
  [1_000_000, 300],
  [1_000, 2_000],
  [1_000, 16_000],
]

export async function measureGrowth(rounds: number, onProgress: (share: number) => void): Promise<Grown[]> {
  const sides: Side[] = []
  for (const size of SIZES) {
    const script = join(import.meta.dirname, 'growth-process.ts')
    sides.push(await startSide(script, size.map(String), { node: ['--max-old-space-size=8192'] }))
  }
  const found: { find: number; replace: number }[][] = SIZES.map(() => [])
  for (let round = -3; round < rounds; round++) {
    const order = sides.map((_, n) => n)
    for (const n of round % 2 === 0 ? order : order.toReversed()) {
      const once = await sides[n]?.ask<{ find: number; replace: number }>('run', 2_000)
      if (round >= 0 && once !== undefined) found[n]?.push(once)
    }
    onProgress((round + 4) / (rounds + 3))
  }
  for (const side of sides) side.end()
  const smallest = found[0] ?? []
  return SIZES.map(([sessions, bytes], n) => {
    const own = found[n] ?? []
    const over = (call: 'find' | 'replace') => spreadOf(own.map((once) => once[call]))
    const ratio = (call: 'find' | 'replace') =>
      spreadOf(own.map((once, i) => once[call] / (smallest[i]?.[call] ?? Number.NaN)))
    return {
      sessions,
      bytes,
      find: over('find'),
      replace: over('replace'),
      findRatio: ratio('find'),
      replaceRatio: ratio('replace'),
    }
  })
}
