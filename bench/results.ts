/**
 * What a run measured -> what each budget says of it.
 *
 * In: everything that was measured, and the last whole run of bench:scale. Out: one figure for each budget, or none where the
 * run left it out. Pure. Must not know how anything was measured.
 *
 * @module
 */
import { BUDGETS, type Budget, isReached } from './budgets.ts'
import type { Compared } from './lib/paired.ts'
import type { Spread } from './lib/stats.ts'
import type { Grown, Kept } from './memory/measure.ts'
import type { Commands, Updates } from './other/counted.ts'
import type { Imported } from './other/imports.ts'
import type { Stale } from './other/stale.ts'
import type { BackendResult } from './scale/report.ts'

export type Table = Readonly<Record<string, Compared>>

/** All that a run measured. A part that was left out is not there. */
export interface Measured {
  readonly http: Readonly<Record<string, Table>>
  readonly micro: Readonly<Record<string, Table>>
  readonly commands?: readonly Commands[]
  readonly updates?: readonly Updates[]
  readonly memory?: readonly Kept[]
  readonly growth?: readonly Grown[]
  readonly stale?: Stale
  readonly imports?: readonly Imported[]
  readonly cryptoCalls?: number
}

export interface Figure {
  readonly id: string
  readonly measured: number
  /** The middle half of the rounds. */
  readonly quartiles: readonly [number, number] | null
  readonly reached: boolean
  /** Of the fastest peer, in the same unit. */
  readonly peer: { readonly name: string; readonly measured: number } | null
  /** The same by processor time, where the goal is one of throughput. */
  readonly byCpu: number | null
  /** The same by an Express whose objects share shapes without us (decisions/015). */
  readonly bySecond: number | null
  /** Of what a hand would write, where the goal is one of throughput. */
  readonly limit: { readonly name: string; readonly measured: number } | null
}

export interface Results {
  readonly date: string
  readonly machine: string
  readonly versions: Readonly<Record<string, string>>
  readonly rounds: number
  readonly figures: readonly Figure[]
  readonly measured: Measured
}

type Found = Omit<Figure, 'id' | 'reached'>

export function figuresOf(measured: Measured, scale: readonly BackendResult[]): Figure[] {
  return BUDGETS.flatMap((budget) => {
    const found = figureOf(budget, measured, scale)
    return found === null ? [] : [{ id: budget.id, ...found, reached: isReached(budget, round(found.measured)) }]
  })
}

/** As it is printed: nobody should see "1.15" and "not reached" for a goal of 1.15. */
function round(value: number): number {
  return Number(value.toPrecision(3))
}

function figureOf({ id }: Budget, measured: Measured, scale: readonly BackendResult[]): Found | null {
  const { commands, updates, memory, stale } = measured
  const of = (app: string, path: string) => commands?.find((row) => row.app === app && row.path === path)
  switch (id) {
    case 'sealed-read-known':
      return ratio(measured, 'read', 'sojourn/read-known-prefix')
    case 'sealed-read-new':
      return ratio(measured, 'read', 'sojourn/read-new-prefix')
    case 'sealed-read-seen':
      return ratio(measured, 'read', 'sojourn/read-seen')
    case 'sealed-write':
      return ratio(measured, 'write', 'sojourn/write')
    case 'token-random':
    case 'token-issue':
    case 'token-open':
      return spread(measured.micro.token?.[`sojourn/${id}`]?.cpuMicros)
    case 'untouched-client':
      return spread(measured.micro.untouched?.['sojourn/untouched-client-side']?.cpuAdded)
    case 'untouched-client-crypto':
      return count(measured.cryptoCalls)
    case 'untouched-server':
      return count(
        of('express/sojourn-redis', '/untouched')?.commands,
        peer(of('express/express-session-redis', '/untouched')),
      )
    case 'untouched-skip':
      return count(of('express/sojourn-skip', '/untouched')?.commands)
    case 'commands-read':
      return count(of('express/sojourn-redis', '/read')?.commands, peer(of('express/express-session-redis', '/read')))
    case 'commands-read-cookies':
      return count(of('express/sojourn-redis', '/read')?.setCookies)
    case 'commands-near-hit':
      return count(of('express/sojourn-near', '/read')?.commands)
    case 'updates-kept': {
      const own = updates?.filter(({ app }) => app.includes('/sojourn-')).map(({ kept }) => kept)
      const theirs = updates?.filter(({ app }) => !app.includes('/sojourn-')) ?? []
      const [best] = [...theirs].sort((one, other) => other.kept - one.kept)
      const name = best && { name: best.app, measured: best.kept }
      return own === undefined ? null : count(Math.min(...own), name ?? null)
    }
    case 'memory-bytes':
    case 'memory-bytes-owner': {
      const keeper = id === 'memory-bytes' ? 'sojourn' : 'sojourn, with an owner'
      return count(
        memory?.find((kept) => kept.keeper === keeper)?.bytes,
        least(memory, ({ bytes }) => bytes),
      )
    }
    case 'memory-collection': {
      // The worse of the two.
      const own = memory?.filter(({ keeper }) => keeper.startsWith('sojourn')).map(({ collection }) => collection)
      const worst = own?.sort((one, other) => other.median - one.median)[0]
      const found = spread(worst)
      return found && { ...found, peer: least(memory, ({ collection }) => collection.median) }
    }
    case 'near-stale':
      return spread(stale?.millis)
    case 'near-stale-bound':
      return count(stale?.longest)
    default:
      return id.startsWith('scale-') ? scaled(id, scale) : kept(id, measured)
  }
}

interface KeptRow {
  readonly group: string
  readonly row: string
  readonly peers: readonly string[]
  /** What a hand would write for the same, in the same group. */
  readonly limit: string
}

/** Where a budget of kept throughput is found, and who does the same. */
const KEPT: Readonly<Record<string, KeptRow>> = {
  'express-sealed-read-warm': sealedRow('/read', 'warm', 'known'),
  'express-sealed-read-cold': sealedRow('/read', 'cold', 'sealed'),
  'express-sealed-write-warm': sealedRow('/write', 'warm', 'known'),
  'express-sealed-write-cold': sealedRow('/write', 'cold', 'sealed'),
  'express-memory-read': storedRow('express-alone', 'memory', '/read'),
  'express-memory-write': storedRow('express-alone', 'memory', '/write'),
  'express-redis-read': storedRow('express-servers', 'redis', '/read'),
  'express-redis-write': storedRow('express-servers', 'redis', '/write'),
  'express-near-read': {
    group: 'express-near',
    row: 'express/sojourn-near /read warm',
    peers: [],
    limit: 'express/limit-known /read warm',
  },
  'express-postgres-read': storedRow('express-servers', 'postgres', '/read'),
  'express-postgres-write': storedRow('express-servers', 'postgres', '/write'),
  'express-sqlite-read': storedRow('express-alone', 'sqlite', '/read'),
  'express-sqlite-write': storedRow('express-alone', 'sqlite', '/write'),
  'node-sealed-read-cold': nodeRow('sealed', 'cold', 'limit-sealed /read cold'),
  'node-sealed-read-warm': nodeRow('sealed', 'warm', 'limit-sealed /read cold'),
  'node-memory-read': nodeRow('memory', 'warm', 'limit-map /read warm'),
}

function sealedRow(path: string, state: string, limit: string): KeptRow {
  return {
    group: 'express-alone',
    row: `express/sojourn-sealed ${path} ${state}`,
    peers: ['cookie-session', 'iron-session'].map((name) => `express/${name} ${path} warm`),
    limit: `express/limit-${limit} ${path} ${state}`,
  }
}

function storedRow(group: string, store: string, path: string): KeptRow {
  return {
    group,
    row: `express/sojourn-${store} ${path} warm`,
    // None of the peers keeps sessions in SQLite; a name that is not there has no row.
    peers: [`express/express-session-${store} ${path} warm`],
    limit: `express/limit-${store} ${path} warm`,
  }
}

function nodeRow(app: string, state: string, limit: string): KeptRow {
  return { group: 'node', row: `node/sojourn-${app} /read ${state}`, peers: [], limit: `node/${limit}` }
}

function kept(id: string, { http }: Measured): Found | null {
  const found = KEPT[id]
  const own = found && http[found.group]?.[found.row]
  if (found === undefined || own === undefined) return null
  const { group, peers, limit } = found
  const rows = peers.flatMap((name) => {
    const measured = http[group]?.[name]
    return measured === undefined ? [] : [{ name, measured: 100 * measured.kept.median }]
  })
  const [best = null] = rows.sort((one, other) => other.measured - one.measured)
  const [low, high] = own.kept.quartiles
  return {
    measured: 100 * own.kept.median,
    quartiles: [100 * low, 100 * high],
    peer: best,
    byCpu: 100 / own.cpuRatio.median,
    bySecond: own.keptOfSecond === null ? null : 100 * own.keptOfSecond.median,
    limit: floorOf(http[group]?.[limit], limit),
  }
}

function floorOf(row: Compared | undefined, name: string): Figure['limit'] {
  return row === undefined ? null : { name, measured: 100 * row.kept.median }
}

const OF_NO_THROUGHPUT = { byCpu: null, bySecond: null, limit: null }

function ratio({ micro }: Measured, group: string, row: string): Found | null {
  const table = micro[group] ?? {}
  const peers = Object.entries(table)
    .filter(([name]) => !/^(limit|sojourn)\//.test(name))
    .map(([name, { cpuRatio }]) => ({ name, measured: cpuRatio.median }))
    .sort((one, other) => one.measured - other.measured)
  const found = spread(table[row]?.cpuRatio)
  return found && { ...found, peer: peers[0] ?? null }
}

function scaled(id: string, scale: readonly BackendResult[]): Found | null {
  const [, backend, call] = id.split('-')
  const found = scale.find(({ name }) => name.toLowerCase().startsWith(backend ?? ''))
  if (found === undefined || (call !== 'find' && call !== 'replace')) return null
  return spread(found.calls[call].ratio)
}

function spread(found: Spread | undefined): Found | null {
  return found === undefined
    ? null
    : { measured: found.median, quartiles: found.quartiles, ...OF_NO_THROUGHPUT, peer: null }
}

function count(found: number | undefined, best: Figure['peer'] = null): Found | null {
  return found === undefined ? null : { measured: found, quartiles: null, ...OF_NO_THROUGHPUT, peer: best }
}

function peer(row: Commands | undefined): Figure['peer'] {
  return row === undefined ? null : { name: row.app, measured: row.commands }
}

function least(memory: readonly Kept[] | undefined, of: (kept: Kept) => number): Figure['peer'] {
  const peers = memory?.filter(({ keeper }) => /session/.test(keeper)).sort((one, other) => of(one) - of(other))
  return peers?.[0] === undefined ? null : { name: peers[0].keeper, measured: of(peers[0]) }
}
