/**
 * What sojourn must reach: the one list that the run measures, the page opens with and CI compares.
 *
 * Out: goals. Must not know how anything is measured. A goal is never moved here because it was missed; where one cannot be
 * reached, `limit/` has the program that shows why, and `reason` says what it shows.
 *
 * @module
 */

export interface Budget {
  readonly id: string
  readonly what: string
  /** `most`: at most so much; `least`: at least; `exactly`. */
  readonly kind: 'most' | 'least' | 'exactly'
  readonly goal: number
  readonly unit: string
  /** A handful of requests, or many: a load generator with few cookies is always warm. */
  readonly state: 'cold' | 'warm' | '–'
}

type Row = readonly [id: string, what: string, kind: Budget['kind'], goal: number, unit: string, state: Budget['state']]

const EXPRESS = 'Express throughput kept against the same route without a session'
const NODE = 'bare node:http throughput kept'

const ROWS: readonly Row[] = [
  ['sealed-read-known', 'sealed read, first sight of a cookie, prefix known', 'most', 1.15, 'x limit', 'cold'],
  ['sealed-read-new', 'sealed read, first sight of a cookie, prefix new', 'most', 1.8, 'x limit', 'cold'],
  ['sealed-read-seen', 'sealed read, a cookie seen before', 'most', 0.25, 'x limit', 'warm'],
  ['sealed-write', 'sealed write', 'most', 1.15, 'x limit', 'warm'],
  ['token-random', 'token: random bytes', 'most', 0.3, 'µs', 'warm'],
  ['token-issue', 'token: a whole one', 'most', 1.6, 'µs', 'warm'],
  ['token-open', 'token: verify and hash', 'most', 1.8, 'µs', 'cold'],
  ['untouched-client', 'cookie present, session not touched, client-side', 'most', 2, 'µs', 'warm'],
  ['untouched-client-crypto', 'calls of node:crypto for it', 'exactly', 0, 'calls', '–'],
  ['untouched-server', 'cookie present, session not touched, server-side: store commands', 'most', 1, 'commands', '–'],
  ['untouched-skip', 'the same with skip', 'exactly', 0, 'commands', '–'],
  ['express-sealed-read-warm', `${EXPRESS}: sealed read`, 'least', 82, '%', 'warm'],
  ['express-sealed-read-cold', `${EXPRESS}: sealed read`, 'least', 78, '%', 'cold'],
  ['express-sealed-write-warm', `${EXPRESS}: sealed write`, 'least', 75, '%', 'warm'],
  ['express-sealed-write-cold', `${EXPRESS}: sealed write`, 'least', 68, '%', 'cold'],
  ['express-memory-read', `${EXPRESS}: memory store, read`, 'least', 85, '%', 'warm'],
  ['express-memory-write', `${EXPRESS}: memory store, write`, 'least', 80, '%', 'warm'],
  ['express-redis-read', `${EXPRESS}: Redis over TCP, read`, 'least', 75, '%', 'warm'],
  ['express-redis-write', `${EXPRESS}: Redis over TCP, write`, 'least', 65, '%', 'warm'],
  ['express-near-read', `${EXPRESS}: near cache, read`, 'least', 85, '%', 'warm'],
  ['express-postgres-read', `${EXPRESS}: PostgreSQL, read`, 'least', 50, '%', 'warm'],
  ['express-postgres-write', `${EXPRESS}: PostgreSQL, write`, 'least', 40, '%', 'warm'],
  ['express-sqlite-read', `${EXPRESS}: SQLite (WAL, NORMAL), read`, 'least', 80, '%', 'warm'],
  ['express-sqlite-write', `${EXPRESS}: SQLite (WAL, NORMAL), write`, 'least', 65, '%', 'warm'],
  ['node-sealed-read-cold', `${NODE}: sealed read`, 'least', 38, '%', 'cold'],
  ['node-sealed-read-warm', `${NODE}: sealed read`, 'least', 60, '%', 'warm'],
  ['node-memory-read', `${NODE}: memory store, read`, 'least', 62, '%', 'warm'],
  ['commands-read', 'store commands of a read-only request, Redis', 'exactly', 1, 'commands', '–'],
  ['commands-read-cookies', 'Set-Cookie headers of a read-only request', 'exactly', 0, 'headers', '–'],
  ['commands-near-hit', 'store commands of a near cache hit', 'exactly', 0, 'commands', '–'],
  ['updates-kept', 'updates kept of 50 overlapping, the handler waits 5 ms', 'exactly', 50, 'updates', '–'],
  ['memory-bytes', 'memory store, bytes for each live session, no owner', 'most', 420, 'bytes', '–'],
  ['memory-bytes-owner', 'memory store, bytes for each live session, with an owner', 'most', 480, 'bytes', '–'],
  ['memory-collection', 'memory store, a full collection at 200,000 sessions', 'most', 40, 'ms', '–'],
  ['near-stale', 'near cache: staleness after a revocation elsewhere, median', 'most', 5, 'ms', 'warm'],
  ['near-stale-bound', 'near cache: the longest staleness, against maxStale of 1 s', 'most', 1_000, 'ms', 'warm'],
  ['scale-sqlite-find', '1,000,000 sessions against 1,000: SQLite, find', 'most', 3, 'x', 'cold'],
  ['scale-sqlite-replace', '1,000,000 sessions against 1,000: SQLite, replace', 'most', 3, 'x', 'cold'],
  ['scale-postgres-find', '1,000,000 sessions against 1,000: PostgreSQL, find', 'most', 1.5, 'x', 'cold'],
  ['scale-postgres-replace', '1,000,000 sessions against 1,000: PostgreSQL, replace', 'most', 1.5, 'x', 'cold'],
  ['scale-redis-find', '1,000,000 sessions against 1,000: Redis, find', 'most', 1.5, 'x', 'cold'],
  ['scale-redis-replace', '1,000,000 sessions against 1,000: Redis, replace', 'most', 1.5, 'x', 'cold'],
]

export const BUDGETS: readonly Budget[] = ROWS.map(([id, what, kind, goal, unit, state]) => ({
  id,
  what,
  kind,
  goal,
  unit,
  state,
}))

export function isReached({ kind, goal }: Pick<Budget, 'kind' | 'goal'>, measured: number): boolean {
  if (kind === 'most') return measured <= goal
  return kind === 'least' ? measured >= goal : measured === goal
}

/** Microseconds of processor time a request that a budget of kept throughput lets the session take. */
export function allowedMicros(kept: number, baseMicros: number): number {
  return baseMicros * (100 / kept - 1)
}
