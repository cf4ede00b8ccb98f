/**
 * A near cache: what was read lately is answered from the memory of this process.
 *
 * In: a store, perhaps a bus that tells of changes elsewhere, and the calls of `Store`. Out: their answers; `find` may be
 * up to `maxStale` behind what other processes wrote, never behind what this one did. Must not know which store it is.
 *
 * Absence is never kept: a session made elsewhere would not be found. Graves are: they only get longer, and one that has
 * ended is read again.
 *
 * @module
 */
import { ConfigError } from '../errors.ts'
import { withAtHand } from '../lib/at-hand.ts'
import { isFresh } from '../lib/composed/age.ts'
import { createCopies } from '../lib/composed/copies.ts'
import { freshFind, isDevelopmentOnly, type PowersOf, powersOf, requireStore } from '../lib/composed/inner.ts'
import { createReads } from '../lib/composed/reads.ts'
import { type Duration, parseDuration } from '../lib/duration.ts'
import type { Bus } from './bus/bus.ts'
import type { DevelopmentOnly, Entry, FreshFind, Store } from './store.ts'

/** How much a near cache keeps, how long, and who tells it of changes. */
export interface CachedStoreOptions {
  /**
   * The longest a copy is served, whatever the bus does: 1 second unless told. A logout or revocation in another process
   * is seen here after this time at the latest, and with a bus after some milliseconds.
   */
  readonly maxStale?: Duration
  /** `redisTracking`, `postgresBus`, or any object of that shape. While it is lost, nothing is served from memory. */
  readonly bus?: Bus
  /** How many copies: 10,000 unless told. */
  readonly maxEntries?: number
  /** How many bytes of memory, by an estimate from above: 67,108,864 (64 MiB) unless told. */
  readonly maxBytes?: number
  /** Milliseconds since the epoch; `Date.now` unless told. It judges copies, never sessions. */
  readonly clock?: () => number
}

/** What a near cache adds. */
export interface NearCache extends FreshFind {
  /** Leaves the bus and keeps nothing any more: for the end of a process. The store still works. */
  close(): void
}

/**
 * `store`, with a near cache in front of its `find`. A hit costs no command; everything else costs what it costs there.
 *
 * `findFresh` reads through, for a guard that must know now. The bus is subscribed to at the first `find`. A message that
 * this process could not send is no error of the write it tells of: the others then see it after `maxStale`.
 *
 * @throws ConfigError `OPTION_INVALID` where it is no store, or an option cannot work.
 */
export function cached<Inner extends Store>(
  store: Inner,
  options: CachedStoreOptions = {},
): Store & NearCache & DevelopmentOnly & PowersOf<Inner> {
  requireStore('cached', 'the store', store)
  const { bus, clock = Date.now, maxEntries = 10_000, maxBytes = 64 * 1024 * 1024 } = options
  const maxStale = parseDuration(options.maxStale ?? 1_000, 'the option maxStale of cached')
  if (bus !== undefined) requireBus(bus)
  const copies = createCopies(wholeNumber('maxEntries', maxEntries), wholeNumber('maxBytes', maxBytes))
  const reads = createReads()
  const findFresh = freshFind(store)
  let leave: (() => void) | null = null
  let listening = bus === undefined
  let closed = false
  let turns = 0

  function forget(key: string | null): void {
    if (key === null) {
      copies.clear()
      reads.voidAll()
    } else {
      copies.remove(key)
      reads.void(key)
    }
  }

  function listen(to: Bus): () => void {
    listening = true
    return to.subscribe(
      (key) => {
        if (key === null) listening = !closed
        forget(key)
      },
      () => {
        listening = false
        forget(null)
      },
    )
  }

  async function read(key: string, find: (key: string) => Promise<Entry | null>): Promise<Entry | null> {
    const since = clock()
    const turn = turns++
    const mayKeep = reads.begin(key)
    let entry: Entry | null = null
    try {
      entry = await find(key)
      return entry
    } finally {
      if (mayKeep() && listening && entry !== null) copies.put(key, { entry: { ...entry }, since, turn })
    }
  }

  /** Whatever came of a change, failures included, nobody here is served what was before it. */
  async function change<Answer>(key: string, isNews: (answer: Answer) => boolean, call: () => Promise<Answer>) {
    let news = true
    try {
      const answer = await call()
      news = isNews(answer)
      return answer
    } finally {
      forget(key)
      if (news) void publish(key)
    }
  }

  // Nobody waits for it, and what is not heard is covered by maxStale.
  async function publish(key: string): Promise<void> {
    try {
      await bus?.publish?.(key)
    } catch {}
  }

  function findAtHand(key: string): Entry | undefined {
    if (bus !== undefined && !closed) leave ??= listen(bus)
    const copy = listening ? copies.get(key) : null
    const fresh = copy !== null && isFresh({ since: copy.since, expiresAt: copy.entry.expiresAt }, maxStale, clock())
    return fresh ? { ...copy.entry } : undefined
  }

  const near: Store & NearCache & DevelopmentOnly & PowersOf<Inner> = {
    ...powersOf(store),
    developmentOnly: isDevelopmentOnly(store),

    async find(key) {
      return findAtHand(key) ?? read(key, (miss) => store.find(miss))
    },

    findFresh: (key) => read(key, findFresh),

    create: (key, entry, now) => change(key, Boolean, () => store.create(key, entry, now)),

    replace(key, entry, version, now) {
      return change(
        key,
        (answer) => answer === 'done',
        () => store.replace(key, entry, version, now),
      )
    },

    // No news for others: a copy that ends too early is read again when it has ended.
    extend(key, expiresAt, now) {
      return change(
        key,
        () => false,
        () => store.extend(key, expiresAt, now),
      )
    },

    bury(key, value, until, now) {
      return change(
        key,
        () => true,
        () => store.bury(key, value, until, now),
      )
    },

    close() {
      closed = true
      listening = false
      forget(null)
      leave?.()
    },
  }
  return withAtHand(near, { find: findAtHand, replace: null })
}

function requireBus(bus: unknown): void {
  if (typeof bus === 'object' && bus !== null && typeof Reflect.get(bus, 'subscribe') === 'function') return
  throw new ConfigError(
    'OPTION_INVALID',
    'Cannot use the option bus of cached: it has no method subscribe. Give what redisTracking or postgresBus returns, or an object of that shape',
    { details: { option: 'bus' } },
  )
}

function wholeNumber(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new ConfigError(
    'OPTION_INVALID',
    `Cannot use the option ${name} of cached: found ${String(value)}. Pass a whole number above 0, or leave it out`,
    { details: { option: name } },
  )
}
