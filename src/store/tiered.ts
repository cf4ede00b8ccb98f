/**
 * A fast store in front of a lasting one: copies in Redis, sessions in the main database.
 *
 * In: two stores, and the calls of `Store`. Out: the answers of `durable`; `find` may answer from a copy in `fast` that was
 * confirmed less than `maxStale` ago. Must not know which stores they are. Nothing depends on `fast`: flushed, full or
 * down it costs speed, never a session.
 *
 * A copy gets into `fast` only over a lease that its reader took there before it read `durable`, and every change voids
 * what is in `fast` after `durable` has it. All orders of the two come out right:
 *
 * - reader leases, reads the old entry; writer writes, voids; reader refills: the lease is gone, and with it the refill;
 * - reader leases, reads, refills; writer voids the copy before it answers;
 * - writer writes and voids, then the reader leases: what it reads is what was written;
 * - `fast` is flushed in between: the lease is gone; a new one never has the version of an old one, they are random;
 * - two readers: the second finds the lease and answers without a refill; so do all, until it ends, after a dead reader;
 * - the writer cannot reach `fast`: it answers when every copy older than its write is past `maxStale`.
 *
 * @module
 */
import { randomInt } from 'node:crypto'
import { ConfigError } from '../errors.ts'
import { isFresh } from '../lib/composed/age.ts'
import { createDetour } from '../lib/composed/detour.ts'
import { decodeCopy, encodeCopy, LEASE } from '../lib/composed/envelope.ts'
import { freshFind, isDevelopmentOnly, type PowersOf, powersOf, requireStore } from '../lib/composed/inner.ts'
import { warnOnce } from '../lib/composed/warn-once.ts'
import { type Duration, parseDuration } from '../lib/duration.ts'
import type { DevelopmentOnly, Entry, FreshFind, Store, Sweepable } from './store.ts'

/** How old an answer from `fast` may be. */
export interface TieredStoreOptions {
  /**
   * How long a copy is served without asking `durable` again. 1 second unless told. It is also how long a write takes
   * while `fast` cannot be reached, so it must stay well below `storeTimeout` of `createSessions` (2 seconds).
   */
  readonly maxStale?: Duration
  /** Milliseconds since the epoch; `Date.now` unless told. It judges copies, never sessions. */
  readonly clock?: () => number
}

const FAST_FAILED =
  'The fast store of tiered fails. Sessions go on from the durable one, and every change takes maxStale longer until it works again'

/** The largest range `randomInt` takes: no two leases of one key share a version while anybody remembers either. */
const MOST_VERSIONS = 2 ** 48 - 1

/**
 * `durable` with copies of it in `fast`. `fast` must be one for all processes, and needs a table or prefix of its own.
 *
 * A read costs one command in `fast`; a miss costs two more there and one in `durable`, once in `maxStale` for each
 * session. A change costs one command in each. Where `fast` fails or hangs for 100 ms, readers go straight to `durable` for
 * a second; a `replace` or `bury` then answers `maxStale` after `durable` did: with its answer everybody sees it. Servers
 * whose clocks differ may then see the old entry longer, by the difference. A failure of `fast` is never an error of the
 * call, it is a warning of the process, once; one of `durable` always is an error.
 *
 * The index, the epochs, listings and what is swept are those of `durable`.
 *
 * @throws ConfigError `OPTION_INVALID` where one is no store, both are the same, or `maxStale` is no duration.
 */
export function tiered<Durable extends Store>(
  fast: Store,
  durable: Durable,
  options: TieredStoreOptions = {},
): Store & FreshFind & DevelopmentOnly & PowersOf<Durable> {
  requireStore('tiered', 'the fast store', fast)
  requireStore('tiered', 'the durable store', durable)
  if (Object.is(fast, durable)) throw sameTwice()
  const maxStale = parseDuration(options.maxStale ?? 1_000, 'the option maxStale of tiered')
  const clock = options.clock ?? Date.now
  const detour = createDetour(clock, warnOnce('SOJOURN_TIERED', FAST_FAILED))
  const findDurable = freshFind(durable)

  async function takeLease(key: string, since: number): Promise<number | null> {
    const version = randomInt(1, MOST_VERSIONS)
    // The end of a copy's time frees its key, and that of a lease whose reader has died.
    const lease = { value: LEASE, version, expiresAt: since + maxStale }
    const taken = await detour.ask(() => fast.create(key, lease, since))
    return taken?.answer ? version : null
  }

  function refill(key: string, entry: Entry, since: number, lease: number): void {
    const copy = {
      value: encodeCopy({ entry, since }),
      version: randomInt(1, MOST_VERSIONS),
      expiresAt: since + maxStale,
    }
    // Nobody waits for it: it may fail, and be late.
    void detour.ask(() => fast.replace(key, copy, lease, clock()))
  }

  /** A grave that is over at once: whoever holds a lease or a copy's version finds them gone, and the key is free. */
  function voidCopy(key: string): Promise<void> {
    const now = clock()
    return fast.bury(key, '', now + 1, now)
  }

  /** Runs a change, and voids the copy whatever came of it: a refusal says that the caller's knowledge is old. */
  async function change<Answer>(key: string, mustBeSeen: (answer: Answer) => boolean, call: () => Promise<Answer>) {
    try {
      const answer = await call()
      if (mustBeSeen(answer)) await detour.tell(() => voidCopy(key), maxStale)
      else await detour.ask(() => voidCopy(key))
      return answer
    } catch (error) {
      // It may have been made or not.
      void detour.ask(() => voidCopy(key))
      throw error
    }
  }

  return {
    ...powersOf(durable),
    ...sweepOf(fast, durable, clock),
    developmentOnly: isDevelopmentOnly(fast, durable),

    async find(key) {
      const found = await detour.ask(() => fast.find(key))
      const since = clock()
      const copy = found?.answer ? decodeCopy(found.answer.value) : null
      if (copy !== null && isFresh({ since: copy.since, expiresAt: copy.entry.expiresAt }, maxStale, since)) {
        return copy.entry
      }
      const lease = found === null ? null : await takeLease(key, since)
      const entry = await findDurable(key)
      // Absence is not copied: an entry made a moment later would have to wait for it to end.
      if (lease !== null && entry !== null) refill(key, entry, since, lease)
      return entry
    },

    findFresh: findDurable,

    // Over nothing, or over what has ended and is served from no copy: there is nobody to wait for.
    create: (key, entry, now) => change(key, never, () => durable.create(key, entry, now)),

    replace(key, entry, version, now) {
      return change(
        key,
        (answer) => answer === 'done',
        () => durable.replace(key, entry, version, now),
      )
    },

    // A copy that ends too early is read again when it has ended.
    extend: (key, expiresAt, now) => change(key, never, () => durable.extend(key, expiresAt, now)),

    bury: (key, value, until, now) => change(key, always, () => durable.bury(key, value, until, now)),
  }
}

const never = (): boolean => false
const always = (): boolean => true

/** Graves and copies in `fast` end by the clock of this store, entries by the caller's. */
function sweepOf(fast: Store & Partial<Sweepable>, durable: Store & Partial<Sweepable>, clock: () => number) {
  if (typeof fast.sweep !== 'function') return {}
  return {
    async sweep(now: number): Promise<number> {
      fast.sweep?.(clock()).catch(() => {})
      return (await durable.sweep?.(now)) ?? 0
    },
  }
}

function sameTwice(): ConfigError {
  return new ConfigError(
    'OPTION_INVALID',
    'Cannot use the stores of tiered: found the same store twice. Give the fast one a table or prefix of its own',
    { details: { option: 'fast' } },
  )
}
